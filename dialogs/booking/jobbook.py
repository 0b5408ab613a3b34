"""What a person's jobs are, as operator or as farmer: read for the chat, the calendar and the console."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, or_, select

from dialogs.booking import hours
from dialogs.booking.models import BookingRow, DaysOffRow, MachineRow, ProviderRow, RatingRow
from dialogs.booking.route import Fit, fit
from dialogs.booking.states import Side
from dialogs.booking.terms import Booking, Person, State
from dialogs.booking.views import view
from knowledge_base.store import Store

LATELY = timedelta(days=14)
"""So long what is over can be rated, complained of and talked about."""
_OVER = (State.DONE, State.NOT_DONE, State.EXPIRED)


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine by its id."""

    id: str
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Provider:
    """A registered provider and the machines that work."""

    id: str
    name: str
    machines: tuple[Machine, ...]


@dataclass(frozen=True, slots=True)
class Off:
    """Days off that are not over; of one machine, or of all."""

    first: date
    last: date
    machine: str | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A booking and on which side of it somebody is."""

    booking: Booking
    side: Side

    @property
    def other_reported(self) -> bool:
        """Whether the other side has said that the work was done, and this one nothing yet."""
        words = (self.booking.farmer_done, self.booking.provider_done)
        mine, other = words if self.side is Side.FARMER else words[::-1]
        return mine is None and other is True


class JobBook:
    """Reads one store."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    async def provider(self, person: Person) -> Provider | None:
        """Who somebody is in the register; None for everybody else."""
        mine = (ProviderRow.channel == person.channel, ProviderRow.user == person.user)
        async with self._store.session() as session:
            row = await session.scalar(select(ProviderRow).where(*mine))
            if row is None:
                return None
            query = select(MachineRow).where(MachineRow.provider_id == row.id, MachineRow.active)
            machines = (await session.scalars(query.order_by(MachineRow.name, MachineRow.id))).all()
            return Provider(row.id, row.name, tuple(Machine(one.id, one.kind, one.name) for one in machines))

    async def on_days(self, provider: str, first: date, last: date, machine: str | None = None) -> Sequence[Booking]:
        """What is offered or accepted for these days and not reported as done or not done; of one machine, or of all."""
        query = select(BookingRow).where(
            BookingRow.provider_id == provider,
            BookingRow.state.in_([State.OFFERED, State.ACCEPTED]),
            BookingRow.day <= last,
            BookingRow.last_day >= first,
            BookingRow.farmer_done.is_(None),
            BookingRow.provider_done.is_(None),
        )
        return await self._views(query if machine is None else query.where(BookingRow.machine_id == machine))

    async def off(self, provider: str) -> Sequence[Off]:
        """Days off that are not over, the next ones first."""
        query = select(DaysOffRow, MachineRow.name).outerjoin(MachineRow, MachineRow.id == DaysOffRow.machine_id)
        mine = (
            DaysOffRow.provider_id == provider,
            DaysOffRow.ended_at.is_(None),
            DaysOffRow.last >= hours.today(self._clock()),
        )
        async with self._store.session() as session:
            rows = await session.execute(query.where(*mine).order_by(DaysOffRow.first))
            return [Off(row.first, row.last, name, row.why) for row, name in rows]

    async def to_report(self, person: Person) -> Sequence[Part]:
        """Jobs whose day has come and of which it is not settled whether they were done, the latest first."""
        today = hours.today(self._clock())
        return await self._parts(person, BookingRow.state == State.ACCEPTED, BookingRow.day <= today)

    async def to_rate(self, person: Person) -> Sequence[Part]:
        """What is over and not rated by this person, the latest first."""
        since = self._clock() - LATELY
        parts = await self._parts(person, BookingRow.state.in_(_OVER), BookingRow.touched_at >= since)
        async with self._store.session() as session:
            return [one for one in parts if not await session.get(RatingRow, (one.booking.id, one.side.value))]

    async def shared(self, person: Person) -> Sequence[Part]:
        """Jobs with somebody on the other side: accepted, or over lately; the running ones first."""
        lately = and_(BookingRow.state.in_(_OVER), BookingRow.touched_at >= self._clock() - LATELY)
        return await self._parts(person, or_(BookingRow.state == State.ACCEPTED, lately))

    async def part(self, person: Person, booking: str) -> Part | None:
        """A booking with a machine, for one of its two sides; None for everybody else."""
        return next(iter(await self._parts(person, BookingRow.id == booking)), None)

    async def fit(self, booking: Booking) -> Fit:
        """The route fit of a job."""
        async with self._store.session() as session:
            return await fit(session, booking)

    async def calendar(self, provider: str, since: date) -> Sequence[Booking]:
        """What a provider has accepted, from a day on."""
        mine = (BookingRow.provider_id == provider, BookingRow.state.in_([State.ACCEPTED, State.DONE]))
        return await self._views(select(BookingRow).where(*mine, BookingRow.last_day >= since))

    async def _parts(self, person: Person, *which: Any) -> Sequence[Part]:
        farmer = and_(BookingRow.channel == person.channel, BookingRow.user == person.user)
        provider = and_(ProviderRow.channel == person.channel, ProviderRow.user == person.user)
        query = (
            select(BookingRow)
            .join(ProviderRow, ProviderRow.id == BookingRow.provider_id)
            .where(or_(farmer, provider), *which)
        )
        found = sorted(await self._views(query), key=lambda one: one.day or date.min, reverse=True)
        found.sort(key=lambda one: one.state is not State.ACCEPTED)
        return [Part(one, Side.PROVIDER if one.provider_person == person else Side.FARMER) for one in found]

    async def _views(self, query: Select[Any]) -> Sequence[Booking]:
        async with self._store.session() as session:
            rows = (
                await session.scalars(query.order_by(BookingRow.day, BookingRow.created_at, BookingRow.number))
            ).all()
            return [await view(session, row) for row in rows]
