"""Wishes about jobs in a sentence: whose they are, which job is meant, and what is read back before it is done."""

import re
from collections.abc import Sequence
from datetime import date

from dialogs.booking import hours
from dialogs.booking.days import Refused
from dialogs.booking.jobbook import JobBook, Part, Provider
from dialogs.booking.links import AlreadyLinked, Links
from dialogs.booking.machinery import Machinery
from dialogs.booking.sayings import bare
from dialogs.booking.states import OPEN, Side
from dialogs.booking.taking import person_of
from dialogs.booking.terms import State
from dialogs.context import Context
from dialogs.messages import Reply, ReplyKind
from dialogs.topics import job_text
from dialogs.topics.job_deed import CONFIRM, DAYS, MACHINE, TEXT, WHICH, Deed, keep
from dialogs.topics.job_doing import Doing
from dialogs.topics.job_reading import UNTIL_MENDED, JobReading, Span
from dialogs.topics.job_text import say
from dialogs.topics.job_words import OPERATOR, job_words

LONGEST = 150
"""Characters of a message that is carried to the other side."""
LONGEST_COMPLAINT = 1000
_REFUSED = {
    Refused.PAST: "past_days",
    Refused.FAR: "far_days",
    Refused.WIDE: "far_days",
    Refused.NONE: "no_such_days",
}


class JobTalk:
    """Hears operators as such, and both sides of a job as those; to everybody else it has nothing to say."""

    def __init__(self, machinery: Machinery, book: JobBook, links: Links, *, reading: JobReading, doing: Doing) -> None:
        self._machinery = machinery
        self._book = book
        self._links = links
        self._reading = reading
        self._doing = doing

    async def afresh(self, context: Context) -> Reply | None:
        """The reply to a sentence that begins something; None where it is about something else."""
        person = person_of(context.inbound)
        provider: Provider | None = None
        looked = False
        for what, match in job_words().wishes(context.said.text, context.said.normalized):
            if what == "bind":
                return await self._bind(match["code"], context)
            if what in OPERATOR:
                if not looked:
                    provider, looked = await self._book.provider(person), True
                reply = await self._of_operator(what, provider, context) if provider else None
            else:
                reply = await self._of_either(what, match, context)
            if reply:
                return reply
        return None

    async def off(self, deed: Deed, provider: Provider, context: Context) -> Reply:
        """Days off: which days, which machine, what they move; read back."""
        broken = deed.what == "broken"
        if deed.machine is None and (broken or self._reading.names_machine(context)):
            machine = self._reading.machine(provider, context)
            if machine is None and len(provider.machines) > 1:
                keep(context, self._with_days(deed, context), MACHINE)
                return say("ask_machine", kind=ReplyKind.ASK, choices=job_text.machines(provider))
            deed = deed.model_copy(update={"machine": machine.id if machine else None})
        deed = self._with_days(deed, context)
        if deed.first is None or deed.last is None:
            span = self._reading.off(context, from_today=False)
            keep(context, deed, DAYS)
            return say(_REFUSED[span.refused] if span and span.refused else "ask_days", kind=ReplyKind.ASK)
        deed = deed.model_copy(update={"words": deed.words or context.said.text[:200]})
        keep(context, deed, CONFIRM)
        moves = await self._book.on_days(provider.id, *_window(deed), deed.machine)
        name = next((one.name for one in provider.machines if one.id == deed.machine), None)
        return job_text.days_off(deed, name, moves, context.now)

    async def with_job(self, part: Part, deed: Deed, context: Context) -> Reply:
        """Go on with a job: do what needs no yes, read back the rest."""
        deed = deed.model_copy(update={"booking": part.booking.id})
        if deed.what == "tell":
            context.session.form = None
            return await self._doing.pass_on(part, deed.words, context)
        if deed.what == "rate":
            context.session.form = None
            return await self._doing.rate(part.booking.id, int(deed.words), context)
        if deed.what == "complain" and not deed.words:
            return await self.complaint(part, "", context)
        keep(context, deed, CONFIRM)
        return job_text.read_back(deed, part.booking, context.now)

    async def complaint(self, part: Part, words: str, context: Context) -> Reply:
        """Ask what is wrong, or read back what the station will be told."""
        deed = Deed(what="complain", origin=context.inbound.external_id, booking=part.booking.id, words=words)
        keep(context, deed, CONFIRM if words else TEXT)
        if not words:
            return say("ask_complaint", kind=ReplyKind.ASK)
        return job_text.read_back(deed, part.booking, context.now)

    async def _of_operator(self, what: str, provider: Provider, context: Context) -> Reply | None:
        match what:
            case "accept" | "accept_all" | "decline":
                return await self._answered(what, provider, context)
            case "list":
                return await self._listed(provider, context)
            case "off":
                return await self.off(Deed(what="off", origin=context.inbound.external_id), provider, context)
            case "broken" if self._reading.names_machine(context):
                return await self.off(Deed(what="broken", origin=context.inbound.external_id), provider, context)
            case "back":
                offs = await self._book.off(provider.id)
                if not offs:
                    return say("not_off")
                deed = Deed(what="back", origin=context.inbound.external_id)
                keep(context, deed, CONFIRM)
                return job_text.back(deed, offs, context.now)
            case "move":
                return await self._moved(context)
        return None

    async def _of_either(self, what: str, match: re.Match[str], context: Context) -> Reply | None:
        person = person_of(context.inbound)
        if what in {"finish", "not_done"}:
            parts = await self._book.to_report(person)
            if not parts:
                known = what == "finish" and await self._book.provider(person)
                return say("none_to_report") if known else None
            area, total = self._reading.worked(context)
            deed = Deed(what="finish", origin=context.inbound.external_id, area_mu=area, total=total)
            deed = deed if what == "finish" else Deed(what="not_done", origin=deed.origin)
            return await self._one_of(parts, deed, context)
        if what == "rate":
            stars = job_words().stars(match)
            parts = self._narrowed(await self._book.to_rate(person), context)
            if len(parts) > 1:
                deed = Deed(what="rate", origin=context.inbound.external_id, words=str(stars))
                return await self._one_of(parts, deed, context)
            return await self._doing.rate(parts[0].booking.id, stars, context) if parts else None
        parts = self._narrowed(await self._book.shared(person), context)
        if not parts:
            return None
        if what == "complain":
            words = match["told"] or match["more"] or match["plain"] or ""
            words = context.said.text.strip() if len(words) > 2 else ""
            deed = Deed(what="complain", origin=context.inbound.external_id, words=words[:LONGEST_COMPLAINT])
            return await self._one_of(parts, deed, context)
        words = _as_said(context.said.text, match["words"])
        if len(words) > LONGEST:
            return say("carry_long")
        running = [one for one in parts if one.booking.state is State.ACCEPTED] or parts
        deed = Deed(what="tell", origin=context.inbound.external_id, words=words)
        return await self._one_of(running, deed, context)

    async def _answered(self, what: str, provider: Provider, context: Context) -> Reply | None:
        """接 and 不接, to what waits for an answer; of what was accepted: cannot come after all."""
        jobs = await self._machinery.jobs(person_of(context.inbound))
        named = self._reading.narrowed(jobs, context) if jobs else []
        offered = [one for one in jobs if one.state is State.OFFERED]
        meant = [one for one in named if one.state is State.OFFERED]
        if what == "accept_all" and offered:
            replies = [await self._doing.accept(one.id, context) for one in offered]
            return job_text.joined(replies)
        if what != "decline":
            if not meant:
                return say("no_offer")
            if len(meant) > 1:
                return job_text.which(meant, "ok", "which_accept")
            return await self._doing.accept(meant[0].id, context)
        span = self._reading.off(context, from_today=False)
        if span and not span.refused and not any(span.touches(one) for one in jobs):
            return await self.off(Deed(what="off", origin=context.inbound.external_id), provider, context)
        if len(meant) == 1:
            return await self._doing.decline(meant[0].id, context.said.text, context)
        if meant:
            return job_text.which(meant, "no")
        accepted = [Part(one, Side.PROVIDER) for one in named]
        deed = Deed(what="take_back", origin=context.inbound.external_id, words=context.said.text[:200])
        return await self._one_of(accepted, deed, context) if accepted else None

    async def _listed(self, provider: Provider, context: Context) -> Reply:
        jobs = await self._machinery.jobs(person_of(context.inbound))
        jobs = self._reading.narrowed(jobs, context) if jobs else jobs
        fits = [(one, await self._book.fit(one)) for one in jobs]
        return job_text.listed(provider, fits, await self._book.off(provider.id), context.now)

    def _with_days(self, deed: Deed, context: Context) -> Deed:
        if deed.first is not None:
            return deed
        broken = deed.what == "broken"
        span = self._reading.off(context, from_today=broken)
        if span is None and broken:
            today = hours.today(context.now)
            span = Span(today, today + UNTIL_MENDED)
        if span is None or span.refused:
            return deed
        first = min(span.first, hours.today(context.now)) if broken else span.first
        return deed.model_copy(update={"first": first, "last": span.last})

    async def _moved(self, context: Context) -> Reply | None:
        """Another day for an accepted job; not where it may be an order of one's own that is to be moved."""
        person = person_of(context.inbound)
        jobs = [one for one in await self._machinery.jobs(person) if one.state is State.ACCEPTED]
        span = self._reading.off(context, from_today=False)
        own = [one for one in await self._machinery.mine(person) if one.state in OPEN]
        if not jobs or own or span is None or span.refused:
            return None
        deed = Deed(what="move", origin=context.inbound.external_id, first=span.first, last=span.last)
        return await self._one_of([Part(one, Side.PROVIDER) for one in jobs], deed, context)

    async def _one_of(self, parts: Sequence[Part], deed: Deed, context: Context) -> Reply:
        """Ask which job is meant, or go on with the only one."""
        meant = self._narrowed(parts, context)
        if len(meant) > 1:
            keep(context, deed, WHICH)
            return job_text.which([one.booking for one in meant], "pick")
        return await self.with_job(meant[0], deed, context)

    async def _bind(self, code: str, context: Context) -> Reply:
        try:
            name = await self._links.bind(code, person_of(context.inbound))
        except AlreadyLinked:
            return say("bound_other")
        return say("bound", {"name": name}) if name else say("bound_not")

    def _narrowed(self, parts: Sequence[Part], context: Context) -> Sequence[Part]:
        meant = {one.id for one in self._reading.narrowed([part.booking for part in parts], context)}
        return [part for part in parts if part.booking.id in meant]


def _window(deed: Deed) -> tuple[date, date]:
    if deed.first is None or deed.last is None:
        raise ValueError("no days are known")
    return deed.first, deed.last


def _as_said(text: str, words: str) -> str:
    """The end of a sentence with its marks, from where a part of it without marks begins."""
    for at in range(len(text)):
        if bare(text[at:]) == words:
            return text[at:].strip(" ，,：:、")
    return words
