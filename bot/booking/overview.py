"""Bookings as the console shows them: a list, one with its events, the week of all machines, complaints."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import func, select

from dialogs.booking.models import (
    BookingDayRow,
    BookingRow,
    ComplaintRow,
    DaysOffRow,
    EventRow,
    MachineDayRow,
    MachineRow,
    OfferRow,
    ProviderRow,
    RatingRow,
)
from dialogs.booking.supply import not_working
from dialogs.booking.terms import Booking
from dialogs.booking.views import view
from knowledge_base.store import Store

WEEK = 7
LISTED = 100
"""Bookings and complaints on one page; older ones are found by number."""


@dataclass(frozen=True, slots=True)
class Slot:
    """What a machine does of a booking on one day, in 亩."""

    booking: str
    number: str
    service: str
    crop: str | None
    place: str
    area: Decimal
    part: str | None


@dataclass(frozen=True, slots=True)
class MachineWeek:
    """A machine's week: its jobs by day, how much of its day is taken, and the days off."""

    provider: str
    provider_name: str
    name: str
    capacity: Decimal
    days: dict[date, list[Slot]]
    taken: dict[date, Decimal]
    off: frozenset[date]


@dataclass(frozen=True, slots=True)
class Story:
    """A booking with its events, the providers who were asked, the stars and complaints."""

    booking: Booking
    created_at: datetime
    events: Sequence[EventRow]
    offers: Sequence[tuple[OfferRow, str]]
    ratings: Sequence[RatingRow]
    complaints: Sequence[ComplaintRow]


class Overview:
    """Reads one store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def recent(self, state: str = "", number: str = "") -> Sequence[Booking]:
        """The latest bookings, of a state or a number."""
        query = select(BookingRow).order_by(BookingRow.created_at.desc(), BookingRow.number).limit(LISTED)
        if state:
            query = query.where(BookingRow.state == state)
        if number:
            query = query.where(BookingRow.number == number)
        async with self._store.session() as session:
            return [await view(session, row) for row in await session.scalars(query)]

    async def story(self, id_: str) -> Story | None:
        """Everything about one booking."""
        async with self._store.session() as session:
            row = await session.get(BookingRow, id_)
            if row is None:
                return None
            events = await session.scalars(select(EventRow).filter_by(booking_id=id_).order_by(EventRow.number))
            offers = await session.execute(
                select(OfferRow, ProviderRow.name)
                .join(ProviderRow, ProviderRow.id == OfferRow.provider_id)
                .where(OfferRow.booking_id == id_)
                .order_by(OfferRow.number)
            )
            ratings = await session.scalars(select(RatingRow).filter_by(booking_id=id_))
            complaints = await session.scalars(select(ComplaintRow).filter_by(booking_id=id_).order_by(ComplaintRow.at))
            return Story(
                await view(session, row),
                row.created_at,
                events.all(),
                [(offer, name) for offer, name in offers],
                ratings.all(),
                complaints.all(),
            )

    async def complaints_open(self) -> int:
        """How many complaints nobody has seen to."""
        waiting = select(func.count()).select_from(ComplaintRow).where(ComplaintRow.handled_at.is_(None))
        async with self._store.session() as session:
            return await session.scalar(waiting) or 0

    async def complaints(self) -> Sequence[tuple[ComplaintRow, BookingRow]]:
        """The latest complaints, those first that nobody has seen to."""
        query = select(ComplaintRow, BookingRow).join(BookingRow, BookingRow.id == ComplaintRow.booking_id)
        async with self._store.session() as session:
            rows = await session.execute(
                query.order_by(ComplaintRow.handled_at.is_not(None), ComplaintRow.at.desc()).limit(LISTED)
            )
            return [(complaint, booking) for complaint, booking in rows]

    async def week(self, first: date) -> Sequence[MachineWeek]:
        """What each machine does in the seven days from `first` on."""
        last = first + timedelta(days=WEEK - 1)
        slots: defaultdict[str, defaultdict[date, list[Slot]]] = defaultdict(lambda: defaultdict(list))
        taken: defaultdict[str, dict[date, Decimal]] = defaultdict(dict)
        async with self._store.session() as session:
            held = (
                select(BookingDayRow, BookingRow)
                .join(BookingRow, BookingRow.id == BookingDayRow.booking_id)
                .where(BookingDayRow.day.between(first, last))
                .order_by(BookingDayRow.day, BookingRow.created_at, BookingRow.number)
            )
            for part, row in await session.execute(held):
                slot = Slot(row.id, row.number, row.service, row.crop, row.place_text, part.area, row.part)
                slots[part.machine_id][part.day].append(slot)
            for day in await session.scalars(select(MachineDayRow).where(MachineDayRow.day.between(first, last))):
                taken[day.machine_id][day.day] = day.taken
            machines = (
                select(MachineRow, ProviderRow)
                .join(ProviderRow, ProviderRow.id == MachineRow.provider_id)
                .where(MachineRow.active)
                .order_by(ProviderRow.name, MachineRow.name, MachineRow.id)
            )
            away = (await session.scalars(select(DaysOffRow).where(*not_working(first, last)))).all()
            return [
                MachineWeek(
                    provider=owner.id,
                    provider_name=owner.name,
                    name=machine.name,
                    capacity=machine.capacity,
                    days=dict(slots[machine.id]),
                    taken=taken[machine.id],
                    off=_off(machine, away, first),
                )
                for machine, owner in await session.execute(machines)
            ]


def _off(machine: MachineRow, away: Sequence[DaysOffRow], first: date) -> frozenset[date]:
    mine = [row for row in away if row.provider_id == machine.provider_id and row.machine_id in {None, machine.id}]
    week = [first + timedelta(days=number) for number in range(WEEK)]
    return frozenset(day for day in week if any(row.first <= day <= row.last for row in mine))
