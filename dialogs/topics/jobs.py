"""Jobs in the chat: the operator's offers, list and days off; for both sides what comes after the work."""

from dataclasses import replace
from datetime import date, timedelta

from dialogs.booking.assent import agrees
from dialogs.booking.jobbook import JobBook, Provider
from dialogs.booking.sayings import bare, sayings
from dialogs.booking.taking import person_of
from dialogs.booking.telling import ACTION
from dialogs.context import Context
from dialogs.messages import Reply, ReplyKind
from dialogs.service import Service
from dialogs.session import Form, Session
from dialogs.short_answers import short_answers
from dialogs.topics import job_text
from dialogs.topics.job_deed import CONFIRM, MACHINE, TEXT, WHICH, Deed, deed_in
from dialogs.topics.job_doing import Doing
from dialogs.topics.job_reading import JobReading, Span
from dialogs.topics.job_talk import LONGEST_COMPLAINT, JobTalk
from dialogs.topics.job_text import say
from dialogs.topics.job_words import clauses, job_words

FORGOTTEN = timedelta(minutes=30)
"""After so long a read-back that nobody answered is dropped."""
SAID = "said"
"""Where a form keeps what was read back."""
_BESIDE = 2
"""Characters beside a day that is agreed to."""


class ProviderJobs(Service):
    """Only registered operators are heard as such, and only the two sides of a job as those: to everybody else it says nothing."""

    action = ACTION
    intents = frozenset({"my_bookings"})

    def __init__(self, talk: JobTalk, book: JobBook, reading: JobReading, doing: Doing) -> None:
        self._talk = talk
        self._book = book
        self._reading = reading
        self._doing = doing

    def meant(self, text: str, session: Session) -> str | None:
        """The button that a plain yes or no stands for."""
        yes = next((one for one in session.offered.values() if one.startswith(f"{ACTION}:yes:")), None)
        if yes is None or session.form is None or session.form.service != ACTION:
            return None
        if short_answers().agrees(text):
            return yes
        return f"{ACTION}:keep" if short_answers().denies(text) else None

    async def in_words(self, context: Context) -> list[Reply] | None:
        """The reply to a sentence of somebody with such a job; None for all others."""
        form = self._form(context)
        if form and context.now - form.touched_at > FORGOTTEN:
            context.session.form = form = None
        before = context.session.form
        answered = await self._in_form(context, form) if form else await self._stars(context)
        reply = answered or await self._talk.afresh(context)
        if reply is None and before is None and context.session.pending is None:
            reply = await self._plainly(context)
        if reply is None:
            return None
        if before is not None and before.service != ACTION and context.session.form is not before:
            note = job_words().text("left_other")
            reply = replace(reply, text=note + reply.text, spoken=note + reply.spoken)
        context.session.turn_to(context.said)
        again = self.resume(context) if form is not None and context.session.form is form and not answered else None
        if reply.kind is ReplyKind.CONFIRM and (kept := self._form(context)):
            kept.slots[SAID] = reply.text
        return [reply, again] if again else [reply]

    async def asked(self, context: Context) -> list[Reply] | None:
        """What somebody has booked: of an operator who has booked nothing, the jobs."""
        reply = await self._talk.all_jobs(context)
        return [reply] if reply else None

    async def pressed(self, rest: str, context: Context) -> list[Reply] | None:
        """A button; None for one that means nothing any more. The ledger knows whose booking it is."""
        what, _, value = rest.partition(":")
        match what:
            case "yes":
                return await self._agreed(value, context)
            case "keep":
                context.session.form = None if self._form(context) else context.session.form
                return [say("kept")]
            case "stay":
                part = await self._book.part(person_of(context.inbound), value)
                return [await self._doing.stay(part, context) if part else say("gone")]
            case "pick" | "mc":
                return await self._picked(what, value, context)
        reply = await self._with_booking(what, value, context)
        return [reply] if reply else None

    def resume(self, context: Context) -> Reply | None:
        """What was read back, once more: a yes must not be taken for one to something else."""
        form = self._form(context)
        if form is None or form.asking != CONFIRM or SAID not in form.slots:
            return None
        deed, text = deed_in(form), form.slots[SAID]
        return Reply(ReplyKind.CONFIRM, text, text, choices=job_text.agreeing(deed))

    async def _with_booking(self, what: str, value: str, context: Context) -> Reply | None:
        more, _, booking = value.partition(":")
        match what:
            case "ok":
                return await self._doing.accept(value, context)
            case "no":
                return await self._talk.not_this(value, context)
            case "done" | "not":
                return await self._doing.report(value, what == "done", context)
            case "r" if more.isdecimal() and len(more) == 1:
                return await self._doing.rate(booking, int(more), context)
            case "day" if (day := _day(more)) is not None:
                return await self._doing.other_day(booking, Span(day, day), context)
            case "bad":
                part = await self._book.part(person_of(context.inbound), value)
                return await self._talk.complaint(part, "", context) if part else say("gone")
        return None

    async def _stars(self, context: Context) -> Reply | None:
        """The answer to how many stars."""
        asked = next((one for one in context.session.offered.values() if one.startswith(f"{ACTION}:r:")), None)
        return await self._talk.stars(asked.rpartition(":")[2], context) if asked else None

    async def _plainly(self, context: Context) -> Reply | None:
        """A plain yes or no to what somebody was told unasked: a day that was proposed, or a job that was offered."""
        text = context.said.text
        span = self._reading.days_named(context)
        part = await self._talk.asking.proposed(context)
        if part and part.booking.proposed:
            day = part.booking.proposed
            deed = Deed(what="agree", origin=context.inbound.external_id, booking=part.booking.id, first=day, last=day)
            if span and span.first == span.last == day and len(self._reading.heard(context).rest) <= _BESIDE:
                return await self._doing.carry_out(deed, context)
            if agrees(text):
                return await self._talk.with_job(part, deed, context)
            if self._denies(context):
                return await self._doing.stay(part, context)
        if agrees(text) or job_words().has("over", *clauses(text)):
            waiting = [one for one in await self._book.to_report(person_of(context.inbound)) if one.other_reported]
            if waiting:
                return await self._talk.one_of(
                    waiting, Deed(what="finish", origin=context.inbound.external_id), context
                )
        if agrees(text) and await self._book.provider(person_of(context.inbound)):
            return await self._talk.answering.agreed(context)
        if self._denies(context) and await self._book.provider(person_of(context.inbound)):
            return await self._talk.answering.unclear(context)
        return None

    def _denies(self, context: Context) -> bool:
        return any(sayings().has("deny", one) or job_words().has("stay", one) for one in clauses(context.said.text))

    async def _in_form(self, context: Context, form: Form) -> Reply | None:
        deed, text = deed_in(form), bare(context.said.text)
        if form.asking == CONFIRM and self._agrees(deed, context):
            context.session.form = None
            return await self._doing.carry_out(deed, context)
        away = any(job_words().has("cancel", one) for one in clauses(context.said.text))
        if (away and self._reading.days_named(context) is None) or (
            form.asking == CONFIRM and sayings().has("deny", text)
        ):
            context.session.form = None
            return say("kept")
        person = person_of(context.inbound)
        if form.asking == WHICH:
            return await self._talk.picked(deed, context)
        if form.asking == TEXT:
            part = await self._book.part(person, deed.booking)
            return await self._talk.complaint(part, context.said.text[:LONGEST_COMPLAINT], context) if part else None
        heard = self._reading.heard(context)
        if heard.asks or heard.names_other:
            return None
        provider = await self._book.provider(person)
        if deed.what in {"off", "broken"} and provider:
            return await self._off_answered(deed, form, provider, context)
        if form.asking == CONFIRM and deed.what in {"finish", "move"}:
            part = await self._book.part(person, deed.booking)
            better = self._corrected(deed, context)
            return await self._talk.with_job(part, better, context) if part and better else None
        return None

    def _agrees(self, deed: Deed, context: Context) -> bool:
        """Whether a sentence says yes, and at most says again what was read back."""
        first, *rest = clauses(context.said.text) or ("",)
        if agrees(context.said.text):
            return True
        if not rest or not agrees(first):
            return False
        span = self._reading.off(context, from_today=deed.what == "broken")
        same_days = span is not None and (span.first, span.last) == (deed.first, deed.last)
        worked = self._reading.worked(context)
        return same_days or (deed.what == "finish" and worked == (deed.area_mu, deed.total) and any(worked))

    def _corrected(self, deed: Deed, context: Context) -> Deed | None:
        """Other figures or another day than were read back; None where none are said."""
        if deed.what == "finish":
            area, total = self._reading.worked(context)
            better = {"area_mu": deed.area_mu if area is None else area, "total": total or deed.total}
            return deed.model_copy(update=better) if area is not None or total is not None else None
        new = self._reading.moved(context)
        if isinstance(new, int):
            return deed.model_copy(update={"shift": new})
        if new is None or new.refused:
            return None
        return deed.model_copy(update={"first": new.first, "last": new.last, "shift": None})

    async def _off_answered(self, deed: Deed, form: Form, provider: Provider, context: Context) -> Reply | None:
        """Which machine, which days, or other days than were read back."""
        if form.asking == MACHINE:
            machine = self._reading.machine(provider, context)
            if machine is None:
                return None
            return await self._talk.days_off.read_back(
                deed.model_copy(update={"machine": machine.id}), provider, context
            )
        span = self._reading.off(context, from_today=deed.what == "broken", since=deed.first)
        if span is None:
            return None
        days = {"first": None, "last": None} if span.refused else {"first": span.first, "last": span.last}
        return await self._talk.days_off.read_back(deed.model_copy(update=days), provider, context)

    async def _picked(self, what: str, value: str, context: Context) -> list[Reply] | None:
        form, person = self._form(context), person_of(context.inbound)
        if form is None:
            return None
        deed = deed_in(form)
        if what == "mc":
            provider = await self._book.provider(person)
            if provider is None or value not in {one.id for one in provider.machines}:
                return None
            return [await self._talk.days_off.read_back(deed.model_copy(update={"machine": value}), provider, context)]
        part = await self._book.part(person, value)
        return [await self._talk.with_job(part, deed, context)] if part else None

    async def _agreed(self, value: str, context: Context) -> list[Reply] | None:
        form = self._form(context)
        if form is None or form.asking != CONFIRM or context.now - form.touched_at > FORGOTTEN:
            return None
        deed = deed_in(form)
        if deed.origin[-10:] != value:
            return None
        context.session.form = None
        return [await self._doing.carry_out(deed, context)]

    def _form(self, context: Context) -> Form | None:
        form = context.session.form
        return form if form is not None and form.service == ACTION else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
