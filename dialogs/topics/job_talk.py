"""Wishes about jobs in a sentence: whose they are, which job is meant, and what is read back before it is done."""

import re
from collections.abc import Sequence
from datetime import timedelta

from dialogs.booking import hours
from dialogs.booking.days import Refused
from dialogs.booking.jobbook import JobBook, Part, Provider
from dialogs.booking.links import AlreadyLinked, Links
from dialogs.booking.machinery import Machinery
from dialogs.booking.sayings import bare, sayings
from dialogs.booking.states import Side
from dialogs.booking.taking import person_of
from dialogs.booking.telling import rating
from dialogs.booking.terms import State
from dialogs.context import Context
from dialogs.messages import Reply, ReplyKind
from dialogs.topics import job_text
from dialogs.topics.job_answering import Answering
from dialogs.topics.job_asking import Asking
from dialogs.topics.job_days_off import DaysOff
from dialogs.topics.job_deed import CONFIRM, TEXT, WHICH, Deed, keep
from dialogs.topics.job_doing import Doing
from dialogs.topics.job_reading import JobReading, Span
from dialogs.topics.job_text import say
from dialogs.topics.job_words import OPERATOR, as_said, clauses, job_words

LONGEST = 150
"""Characters of a message that is carried to the other side."""
LONGEST_COMPLAINT = 1000
_REFUSED = {
    Refused.PAST: "move_past",
    Refused.FAR: "far_days",
    Refused.WIDE: "far_days",
    Refused.NONE: "move_none",
}


class JobTalk:
    """Hears operators as such, and both sides of a job as those; to everybody else it has nothing to say."""

    def __init__(self, machinery: Machinery, book: JobBook, links: Links, *, reading: JobReading, doing: Doing) -> None:
        self._machinery = machinery
        self.answering = Answering(machinery, reading, doing)
        self.asking = Asking(machinery, book, reading)
        self.days_off = DaysOff(book, reading)
        self._book = book
        self._links = links
        self._reading = reading
        self._doing = doing

    async def afresh(self, context: Context) -> Reply | None:
        """The reply to a sentence that begins something; None where it is about something else."""
        person = person_of(context.inbound)
        known: dict[str, Provider | None] = {}

        async def provider() -> Provider | None:
            if "provider" not in known:
                known["provider"] = await self._book.provider(person)
            return known["provider"]

        answers = job_words().answers(context.said.text, context.said.normalized)
        if answers and await provider() and (reply := await self.answering.heard(answers, context)):
            return reply
        for what, match in job_words().wishes(context.said.text, context.said.normalized):
            if what == "bind":
                return await self._bind(match["code"], context)
            if what in OPERATOR:
                operator = await provider()
                reply = await self._of_operator(what, operator, context) if operator else None
            else:
                reply = await self._of_either(what, match, context)
            if reply:
                return reply
        if job_words().has("job_asks", bare(context.said.text)) and (operator := await provider()):
            return await self.asking.of_one(operator, context)
        # 我的预约 of somebody who has jobs and no bookings.
        if sayings().has("list", bare(context.said.normalized)):
            return await self.all_jobs(context)
        return None

    async def all_jobs(self, context: Context) -> Reply | None:
        """The jobs of an operator who has booked nothing; None for all others."""
        operator = await self._book.provider(person_of(context.inbound))
        if operator is None or await self.asking.open_ones(context):
            return None
        return await self.asking.listed(operator, context)

    async def stars(self, booking: str, context: Context) -> Reply | None:
        """The stars that were just asked for, in words; None where none are said."""
        stars = job_words().stars_said(context.said.text)
        return await self._doing.rate(booking, stars, context) if stars else None

    async def picked(self, deed: Deed, context: Context) -> Reply | None:
        """Which of those asked about is meant, in words; None where it is not said."""
        person, text = person_of(context.inbound), context.said.normalized
        parts = [part for one in deed.among if (part := await self._book.part(person, one))]
        jobs = [part.booking for part in parts]
        if deed.what in {"accept", "decline"} and any(job_words().has("all", one) for one in clauses(text)):
            return await self.answering.all_of(deed, parts, context)
        place = sayings().find("ordinal", bare(text))
        if place and (at := int(place.lastindex or 0) - 1) < len(parts):
            return await self.with_job(parts[at], deed, context)
        meant = self._reading.named(jobs, text, context)
        answers = job_words().answers(context.said.text, text)
        plain = len(meant) == 1 and (bool(answers) or self._reading.explains(text, jobs, context))
        if not plain or (answers and deed.what in {"accept", "decline"}):
            return None
        return await self.with_job(next(part for part in parts if part.booking.id == meant[0].id), deed, context)

    async def not_this(self, booking: str, context: Context) -> Reply:
        """The button of an offer; of a job that was accepted since it is read back."""
        part = await self._book.part(person_of(context.inbound), booking)
        if part and part.side is Side.PROVIDER and part.booking.state is State.ACCEPTED:
            return await self.with_job(part, Deed(what="take_back", origin=context.inbound.external_id), context)
        return await self._doing.decline(booking, "", context)

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
        if deed.what in {"accept", "decline"}:
            context.session.form = None
            if deed.what == "accept":
                return await self._doing.accept(part.booking.id, context)
            return await self._doing.decline(part.booking.id, deed.words, context)
        if deed.shift is not None and part.booking.day:
            by, last = timedelta(days=deed.shift), part.booking.last_day or part.booking.day
            deed = deed.model_copy(update={"first": part.booking.day + by, "last": last + by})
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
            case "decline":
                return await self._declined(provider, context)
            case "list":
                return await self.asking.listed(provider, context)
            case "off":
                return await self.days_off.read_back(
                    Deed(what="off", origin=context.inbound.external_id), provider, context
                )
            case "away" if self.days_off.told(context):
                return await self.days_off.read_back(
                    Deed(what="off", origin=context.inbound.external_id), provider, context
                )
            case "broken" if self._reading.names_machine(context):
                return await self.days_off.read_back(
                    Deed(what="broken", origin=context.inbound.external_id), provider, context
                )
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
        if what in {"where", "cost"}:
            return await self.asking.standing(context) or await self.asking.of_mine(context)
        if what == "haggle":
            return await self.asking.price(context)
        if what in {"finish", "not_done", "contradicts"}:
            return await self._reported(what, context)
        person = person_of(context.inbound)
        if what in {"rate", "no_stars"}:
            return await self._rated(what, match, context)
        parts = self._narrowed(await self._book.shared(person), context)
        if not parts:
            return None
        if what == "complain":
            words = match["told"] or match["more"] or match["plain"] or ""
            words = "" if job_words().has("no_reason", bare(words)) else context.said.text.strip()
            today = hours.today(context.now)
            parts = [one for one in parts if one.booking.day and one.booking.day <= today] or parts
            deed = Deed(what="complain", origin=context.inbound.external_id, words=words[:LONGEST_COMPLAINT])
            return await self.one_of(parts, deed, context)
        words = as_said(context.said.text, match["words"])
        if len(words) > LONGEST:
            return say("carry_long")
        running = [one for one in parts if one.booking.state is State.ACCEPTED] or parts
        deed = Deed(what="tell", origin=context.inbound.external_id, words=words)
        return await self.one_of(running, deed, context)

    async def _reported(self, what: str, context: Context) -> Reply | None:
        person = person_of(context.inbound)
        parts = await self._book.to_report(person)
        area, total = self._reading.worked(context)
        if what == "contradicts":
            parts = [one for one in parts if one.other_reported]
            if area is None and total is None:
                return None
        if not parts:
            known = what == "finish" and await self._book.provider(person)
            return say("none_to_report") if known else None
        deed = Deed(what="finish", origin=context.inbound.external_id, area_mu=area, total=total)
        deed = Deed(what="not_done", origin=deed.origin) if what == "not_done" else deed
        return await self.one_of(parts, deed, context)

    async def _rated(self, what: str, match: re.Match[str], context: Context) -> Reply | None:
        parts = self._narrowed(await self._book.to_rate(person_of(context.inbound)), context)
        if not parts:
            return None
        if what == "no_stars":
            return say("ask_stars", kind=ReplyKind.ASK, choices=rating(parts[0].booking))
        stars = job_words().stars(match)
        if len(parts) > 1:
            deed = Deed(what="rate", origin=context.inbound.external_id, words=str(stars))
            return await self.one_of(parts, deed, context)
        return await self._doing.rate(parts[0].booking.id, stars, context)

    async def _declined(self, provider: Provider, context: Context) -> Reply | None:
        """Cannot come: on days that are named it is a day off, which is read back; else it is about the jobs."""
        jobs = await self._machinery.jobs(person_of(context.inbound))
        span = self._reading.off(context, from_today=False)
        if span and not span.refused and not self._reading.points(jobs, context.said.normalized):
            return await self.days_off.read_back(
                Deed(what="off", origin=context.inbound.external_id), provider, context
            )
        return await self.answering.declined(self._reading.narrowed(jobs, context), context)

    async def _moved(self, context: Context) -> Reply | None:
        """Another day for an accepted job; not where it may be an order of one's own that is to be moved."""
        jobs = await self._machinery.jobs(person_of(context.inbound))
        jobs = [one for one in jobs if one.state is State.ACCEPTED]
        if not jobs:
            return None
        text = context.said.normalized
        new = self._reading.moved(context)
        own = await self.asking.open_ones(context)
        if new is None or (own and not self._reading.points(jobs, text)):
            return None
        if isinstance(new, Span) and new.refused:
            return say(_REFUSED[new.refused])
        deed = Deed(what="move", origin=context.inbound.external_id)
        if isinstance(new, Span):
            deed = deed.model_copy(update={"first": new.first, "last": new.last})
        else:
            deed = deed.model_copy(update={"shift": new})
        # The day that is named is the new one: it tells no job from another.
        named = self._reading.named(jobs, text, context, by_day=False) or self._reading.from_day(jobs, context) or jobs
        return await self.one_of([Part(one, Side.PROVIDER) for one in named], deed, context, narrow=False)

    async def one_of(self, parts: Sequence[Part], deed: Deed, context: Context, *, narrow: bool = True) -> Reply:
        """Ask which job is meant, or go on with the only one. Without `narrow` what is said was looked at before."""
        meant = self._narrowed(parts, context) if narrow else parts
        if len(meant) > 1:
            among = tuple(one.booking.id for one in meant)
            keep(context, deed.model_copy(update={"among": among}), WHICH)
            return job_text.which([one.booking for one in meant], "pick", "which", context.now)
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
