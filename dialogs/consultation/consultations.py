"""Legal consultations: the one door to their ledger."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime, timedelta
from uuid import uuid4

from sqlalchemy import or_, select

from dialogs.booking.machinery import five_digits
from dialogs.booking.terms import Person
from dialogs.consultation import rounds, supply
from dialogs.consultation.away import displace, take_off
from dialogs.consultation.entry import Actor, Entry
from dialogs.consultation.ledger import Ledger
from dialogs.consultation.models import ConsultationRow
from dialogs.consultation.notices import Notify, To, What
from dialogs.consultation.states import OPEN, Side, Step
from dialogs.consultation.stories import Line, Stories
from dialogs.consultation.terms import (
    Appointment,
    Consultant,
    Meeting,
    NotPossible,
    NotYours,
    Reason,
    Slot,
    State,
    Way,
)
from dialogs.consultation.vault import Vault
from dialogs.consultation.views import view
from knowledge_base.store import Store

SHOWN = timedelta(days=30)
"""So long a farmer sees what is over."""


class Consultations:
    """Every command is one transaction, done once for its `key`: the same command again changes nothing.

    Commands raise `NotYours` for an appointment that is unknown or somebody else's, and `NotPossible` with the reason;
    then nothing has changed.
    """

    def __init__(  # noqa: PLR0917 - its parts
        self,
        store: Store,
        notify: Notify,
        vault: Vault,
        clock: Callable[[], datetime],
        new_id: Callable[[], str] = lambda: uuid4().hex,
        new_number: Callable[[], str] = five_digits,
    ) -> None:
        self._ledger = Ledger(store, notify, clock, new_id, new_number)
        self._stories = Stories(vault)

    async def able(self, kind: str | None, place: str | None) -> Sequence[Consultant]:
        """Who may be asked about a kind of matter by somebody from a place; None for any kind, anywhere."""
        async with self._ledger.reading() as entry:
            return await supply.able(entry.session, kind, place)

    async def free(self, of: Sequence[Consultant], first: date, last: date) -> Sequence[Slot]:
        """Their free half hours of these days, both included. Nothing is reserved by it."""
        async with self._ledger.reading() as entry:
            return await supply.free(entry.session, of, first, last, entry.now)

    async def book(self, person: Person, meeting: Meeting, key: str, *, draft: str | None = None) -> Appointment:
        """Take a half hour. `draft`: what was told goes along, as the farmer has agreed. Raises `NotPossible` (`taken`)."""

        async def act(entry: Entry) -> Sequence[ConsultationRow]:
            row = ConsultationRow(
                id=entry.new_id(),
                number=await entry.fresh_number(),
                state=State.BOOKED,
                channel=person.channel,
                user=person.user,
                kind=meeting.kind,
                way=meeting.way,
                place=meeting.place,
                consultant_id=meeting.consultant,
                start=meeting.start,
                placed_at=entry.now,
                created_at=entry.now,
                touched_at=entry.now,
                events=0,
            )
            if not await supply.is_free(entry.session, meeting.consultant, meeting.way, meeting.start, entry.now):
                raise NotPossible(Reason.TAKEN)
            entry.session.add(row)
            await entry.session.flush()
            await entry.take(row, meeting.consultant, meeting.way, meeting.start)
            entry.step(row, Step.BOOK, Actor(Side.FARMER, person))
            if draft is not None:
                await self._stories.hand_over(entry, draft, row)
            await entry.tell(row, To.CONSULTANT, What.BOOKED)
            return [row]

        return await self._one("book", person, key, act)

    async def mine(self, person: Person) -> Sequence[Appointment]:
        """A farmer's open appointments and those that were over in the last 30 days, the next first."""
        async with self._ledger.reading() as entry:
            shown = or_(ConsultationRow.state.in_(OPEN), ConsultationRow.touched_at >= entry.now - SHOWN)
            mine = (ConsultationRow.channel == person.channel, ConsultationRow.user == person.user)
            rows = await entry.session.scalars(
                select(ConsultationRow).where(*mine, shown).order_by(ConsultationRow.start, ConsultationRow.id)
            )
            return [await view(entry.session, row) for row in rows.all()]

    async def move(
        self, person: Person, appointment: str, way: Way, slot: tuple[str, datetime], key: str
    ) -> Appointment:
        """Another half hour, a consultant's id and its start, for the same appointment. A story stays with who may read it."""

        async def act(entry: Entry) -> Sequence[ConsultationRow]:
            row = await entry.of_farmer(person, appointment)
            before = row.consultant_id
            entry.step(row, Step.MOVE, Actor(Side.FARMER, person))
            if slot[0] != before:
                await entry.tell(row, To.CONSULTANT, What.CANCELLED)
            await entry.take(row, slot[0], way, slot[1])
            await entry.tell(row, To.CONSULTANT, What.MOVED if slot[0] == before else What.BOOKED)
            return [row]

        return await self._one(f"move {appointment}", person, key, act)

    async def cancel(self, person: Person, appointment: str, why: str, key: str) -> Appointment:
        """Not wanted any more; the consultant is told."""

        async def act(entry: Entry) -> Sequence[ConsultationRow]:
            row = await entry.of_farmer(person, appointment)
            if row.state == State.CANCELLED:
                return [row]
            held = row.state == State.BOOKED
            entry.step(row, Step.CANCEL, Actor(Side.FARMER, person), why)
            await entry.give_back(row)
            await self._stories.close(entry, row)
            if held:
                await entry.tell(row, To.CONSULTANT, What.CANCELLED)
            return [row]

        return await self._one(f"cancel {appointment}", person, key, act)

    async def share(self, person: Person, appointment: str, key: str) -> Appointment:
        """Let the consultant whom the appointment is with now read the story. Raises `NotPossible` (`no_story`)."""

        async def act(entry: Entry) -> Sequence[ConsultationRow]:
            row = await entry.of_farmer(person, appointment)
            await self._stories.share_again(entry, row)
            return [row]

        return await self._one(f"share {appointment}", person, key, act)

    async def agenda(self, consultant: Person) -> Sequence[Appointment]:
        """A consultant's appointments that are not closed, the next first. Raises `NotYours` for somebody who is none."""
        async with self._ledger.reading() as entry:
            return await _booked(entry, (await entry.consultant(consultant)).id)

    async def agenda_of(self, consultant: str) -> Sequence[Appointment]:
        """The same by a consultant's id."""
        async with self._ledger.reading() as entry:
            return await _booked(entry, consultant)

    async def consultant(self, person: Person) -> Consultant | None:
        """The consultant who is that person."""
        async with self._ledger.reading() as entry:
            try:
                return await entry.consultant(person)
            except NotYours:
                return None

    async def displace(self, consultant: Person, appointment: str, why: str, key: str) -> Appointment:
        """The consultant cannot: the farmer is offered other half hours."""

        async def act(entry: Entry) -> Sequence[ConsultationRow]:
            row = await entry.of_consultant(consultant, appointment)
            if row.state == State.DISPLACED:
                return [row]
            await displace(entry, row, Actor(Side.CONSULTANT, consultant), why)
            return [row]

        return await self._one(f"displace {appointment}", consultant, key, act)

    async def days_off(self, consultant: Person, first: date, last: date, why: str, key: str) -> Sequence[Appointment]:
        """No hours on these days. The appointments of those days, displaced; their farmers are told. Raises `NotPossible` (`days`)."""

        async def act(entry: Entry) -> Sequence[ConsultationRow]:
            mine = await entry.consultant(consultant)
            return await take_off(entry, mine.id, (first, last), why, Actor(Side.CONSULTANT, consultant))

        return await self._ledger.command("days_off", consultant, key, act)

    async def days_off_for(
        self, by: Person, consultant: str, days: tuple[date, date], why: str, key: str
    ) -> Sequence[Appointment]:
        """The same, entered by the station's `by` for a consultant by id, linked to a chat account or not."""

        async def act(entry: Entry) -> Sequence[ConsultationRow]:
            return await take_off(entry, consultant, days, why, Actor(Side.STATION, by))

        return await self._ledger.command(f"days_off {consultant}", by, key, act)

    async def call_off(self, by: Person, appointment: str, why: str, key: str) -> Appointment:
        """Cancelled by the station's `by`; farmer and consultant are told why."""

        async def act(entry: Entry) -> Sequence[ConsultationRow]:
            row = await entry.lock(appointment)
            held = row.state == State.BOOKED
            entry.step(row, Step.CANCEL, Actor(Side.STATION, by), why)
            await entry.give_back(row)
            await self._stories.close(entry, row)
            await entry.tell(row, To.FARMER, What.CALLED_OFF, why=why)
            if held:
                await entry.tell(row, To.CONSULTANT, What.CALLED_OFF, why=why)
            return [row]

        return await self._one(f"call_off {appointment}", by, key, act)

    async def finish(self, by: Person, appointment: str, key: str, *, done: bool) -> Appointment:
        """They met, or did not, as who speaks first says; who is contradicted afterwards is told. Raises `NotPossible`: `too_early`, `displaced`, `over`."""

        async def act(entry: Entry) -> Sequence[ConsultationRow]:
            row = await entry.lock(appointment)
            side = Side.FARMER if (row.channel, row.user) == (by.channel, by.user) else Side.CONSULTANT
            if side is Side.CONSULTANT and (await entry.consultant(by)).id != row.consultant_id:
                raise NotYours
            if row.state == (State.DONE if done else State.NOT_DONE):
                return [row]
            if row.state == State.DISPLACED:
                raise NotPossible(Reason.DISPLACED)
            if row.state == State.BOOKED and entry.now < row.start:
                raise NotPossible(Reason.TOO_EARLY)
            first = await entry.said_by(row)
            if first not in {None, side}:
                await entry.tell(row, To.FARMER if first is Side.FARMER else To.CONSULTANT, What.DISPUTED, once="once")
                return [row]
            entry.step(row, Step.DONE if done else Step.NOT_DONE, Actor(side, by))
            await self._stories.close(entry, row)
            return [row]

        return await self._one(f"finish {appointment}", by, key, act)

    async def tell(self, person: Person, draft: str, line: Line) -> None:
        """Keep what was told, sealed; nobody may read it so far."""
        await self._ledger.change(lambda entry: self._stories.add(entry, person, draft, line))

    async def drop_draft(self, person: Person, draft: str) -> None:
        """Delete what was told for an appointment that does not come about."""
        await self._ledger.change(lambda entry: self._stories.drop_draft(entry, person, draft))

    async def held(self, consultant: Person, appointment: str) -> Appointment:
        """One of a consultant's appointments, closed or not. Raises `NotYours`."""
        async with self._ledger.reading() as entry:
            mine = await entry.consultant(consultant)
            row = await entry.session.get(ConsultationRow, appointment)
            if row is None or row.consultant_id != mine.id:
                raise NotYours
            return await view(entry.session, row)

    async def read(self, consultant: Person, appointment: str) -> Sequence[Line]:
        """What was told, for its consultant alone; each reading is written down. Raises `NotPossible` (`no_story`)."""

        async def act(entry: Entry) -> Sequence[Line]:
            return await self._stories.read(entry, await entry.of_consultant(consultant, appointment))

        return await self._ledger.change(act)

    async def has_story(self, person: Person) -> bool:
        """Whether something is kept that somebody has told."""
        async with self._ledger.reading() as entry:
            return await self._stories.kept(entry, person)

    async def withdraw(self, person: Person) -> int:
        """Delete at once all that somebody has told; how many stories."""
        return await self._ledger.change(lambda entry: self._stories.withdraw(entry, person))

    async def renew(self) -> int:
        """Seal all stories anew with the first key; how many."""
        return await self._ledger.change(self._stories.renew)

    async def tick(self) -> None:
        """Do what time brings: reminders, the question whether they met, what expires, what is deleted. Safe to run twice."""
        await rounds.go_round(self._ledger, self._stories)

    async def _one(
        self, what: str, by: Person, key: str, act: Callable[[Entry], Awaitable[Sequence[ConsultationRow]]]
    ) -> Appointment:
        (appointment,) = await self._ledger.command(what, by, key, act)
        return appointment


async def _booked(entry: Entry, consultant: str) -> Sequence[Appointment]:
    rows = await entry.session.scalars(
        select(ConsultationRow)
        .where(ConsultationRow.consultant_id == consultant, ConsultationRow.state == State.BOOKED)
        .order_by(ConsultationRow.start)
    )
    return [await view(entry.session, row) for row in rows.all()]
