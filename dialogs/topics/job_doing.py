"""Jobs done with by command: accepted, declined, reported, rated, moved; each once for its key."""

from typing import Protocol

from dialogs.booking.jobbook import JobBook, Part
from dialogs.booking.machinery import Machinery
from dialogs.booking.standing import standing
from dialogs.booking.states import Side
from dialogs.booking.taking import person_of
from dialogs.booking.terms import Booking, BookingError, Person, State
from dialogs.context import Context
from dialogs.messages import Reply, ReplyKind
from dialogs.topics import job_text
from dialogs.topics.job_deed import Deed
from dialogs.topics.job_reading import Span
from dialogs.topics.job_text import about, facts, say


class Carry(Protocol):
    """Carries a message from one side of a job to the other."""

    async def carry(self, to: Person, topic: str, reply: Reply) -> None:
        """Once for each topic (at most 160 characters)."""
        ...


class Doing:
    """Carries out what buttons and read-backs stand for. Refusals of the ledger become replies."""

    def __init__(self, machinery: Machinery, book: JobBook, carry: Carry) -> None:
        self._machinery = machinery
        self._book = book
        self._carry = carry

    async def accept(self, booking: str, context: Context) -> Reply:
        """Take a job that is offered."""
        try:
            taken = await self._machinery.accept(
                person_of(context.inbound), booking, _key(context, f"accept {booking}")
            )
        except BookingError as error:
            return job_text.refusal(error)
        mine = taken.provider_person == person_of(context.inbound)
        if taken.state is State.OFFERED and not mine:
            return say("accepted_full", {"number": taken.number})
        return job_text.accepted(taken, await self._book.fit(taken), context.now)

    async def decline(self, booking: str, why: str, context: Context) -> Reply:
        """Not this job."""
        try:
            left = await self._machinery.decline(
                person_of(context.inbound), booking, why, _key(context, f"decline {booking}")
            )
        except BookingError as error:
            return job_text.refusal(error)
        return say("declined", {"number": left.number})

    async def report(self, booking: str, done: bool, context: Context, deed: Deed | None = None) -> Reply:
        """Done, or not, as one side says."""
        person = person_of(context.inbound)
        area, total = (deed.area_mu, deed.total) if deed else (None, None)
        key = deed.key(context) if deed else _key(context, "finish")
        try:
            now = await self._machinery.finish(person, booking, done, area, total, key)
        except BookingError as error:
            return job_text.refusal(error)
        return job_text.reported(now, _side(now, person), context.now)

    async def rate(self, booking: str, stars: int, context: Context) -> Reply:
        """What one side thinks of the other."""
        try:
            await self._machinery.rate(person_of(context.inbound), booking, stars, _key(context, "rate"))
        except BookingError as error:
            return job_text.refusal(error)
        return say("thanks", {"stars": stars})

    async def other_day(self, booking: str, span: Span, context: Context, deed: Deed | None = None) -> Reply:
        """Another day: of the farmer an order, of the operator a proposal to the farmer."""
        person, now = person_of(context.inbound), context.now
        key = deed.key(context) if deed else _key(context, "day")
        mine = await self._book.part(person, booking)
        part = mine.booking.part if mine else None
        try:
            moved = await self._machinery.reschedule(person, booking, span.first, span.last, part, key)
        except BookingError as error:
            return job_text.refusal(error)
        if _side(moved, person) is not Side.FARMER:
            return about(say("proposed", {"when": job_text.days_in_words(span.first, span.last, now)}), moved)
        values = facts(moved, now)
        if moved.state is State.ACCEPTED:
            return about(say("moved_day", {**values, "state": standing(moved, now)}), moved)
        return about(say("asked_anew", values), moved)

    async def stay(self, part: Part, context: Context) -> Reply:
        """The day as it is; the operator who has proposed another one hears of it."""
        if part.side is not Side.FARMER:
            return say("stay")
        try:
            kept = await self._machinery.stay(person_of(context.inbound), part.booking.id, _key(context, "stay"))
        except BookingError as error:
            return job_text.refusal(error)
        if part.booking.proposed is None:
            return about(say("stay"), kept)
        return about(say("stay_told", facts(kept, context.now)), kept)

    async def carry_out(self, deed: Deed, context: Context) -> Reply:
        """What was read back and agreed to."""
        person, key, ledger = person_of(context.inbound), deed.key(context), self._machinery
        if deed.what in {"finish", "not_done"}:
            return await self.report(deed.booking, deed.what == "finish", context, deed)
        if deed.what == "accept":
            return await self.accept(deed.booking, context)
        if deed.what in {"move", "agree"} and deed.first and deed.last:
            return await self.other_day(deed.booking, Span(deed.first, deed.last), context, deed)
        try:
            if deed.what in {"off", "broken"} and deed.first and deed.last:
                why = deed.words
                moved = await ledger.days_off(person, deed.first, deed.last, why, key, machine=deed.machine)
                return job_text.kept_free(deed, await self._named(deed, person), moved, context.now)
            if deed.what == "back":
                await ledger.back(person, key)
                return say("done_back")
            if deed.what == "take_back":
                left = await ledger.decline(person, deed.booking, deed.words, key)
                return say("taken_back", {"number": left.number})
            if deed.what == "complain":
                await ledger.complain(person, deed.booking, deed.words, key)
                return say("complained", kind=ReplyKind.HANDOFF)
        except BookingError as error:
            return job_text.refusal(error)
        raise ValueError(f"nothing to be done: {deed.what}")

    async def pass_on(self, part: Part, words: str, context: Context) -> Reply:
        """Carry a message to the other side of a job."""
        booking, farmer = part.booking, part.side is Side.FARMER
        to = booking.provider_person if farmer else booking.person
        if to is None:
            return say("gone")
        key = "message_to_provider" if farmer else "message_to_farmer"
        message = say(key, {**facts(booking, context.now), "words": words})
        topic = f"booking:{booking.id}:words:{context.inbound.external_id}"
        await self._carry.carry(to, topic[:160], about(message, booking))
        return say("carried", {"words": words})

    async def _named(self, deed: Deed, person: Person) -> str | None:
        provider = await self._book.provider(person) if deed.machine else None
        return next((one.name for one in provider.machines if one.id == deed.machine), None) if provider else None


def _key(context: Context, what: str) -> str:
    inbound = context.inbound
    return f"{inbound.channel}|{inbound.user}|{inbound.external_id}|{what}"


def _side(booking: Booking, person: Person) -> Side:
    if person == booking.person:
        return Side.FARMER
    return Side.PROVIDER if person == booking.provider_person else Side.STATION
