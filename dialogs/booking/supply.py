"""What the store knows of the machines that may do a job: read for the matching."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import cos, radians

from sqlalchemy import ColumnElement, false, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from dialogs.booking import hours
from dialogs.booking.matching import Candidate, Load, rules
from dialogs.booking.models import (
    AreaRow,
    BookingRow,
    DaysOffRow,
    MachineDayRow,
    MachineRow,
    PriceRow,
    ProviderRow,
)
from dialogs.booking.nearness import COUNTY, KM_PER_DEGREE, SAME_TOWN, Spot, neighbours, village_of
from dialogs.booking.terms import Person, State, Wish

_FEWEST_DIGITS = 2


def spot(place: str, latitude: float | None, longitude: float | None, name: str = "") -> Spot:
    """A place as it is kept."""
    return Spot(place, None if latitude is None or longitude is None else (latitude, longitude), name)


def not_working(first: date, last: date) -> Sequence[ColumnElement[bool]]:
    """The days off that fall on any of these days."""
    return (DaysOffRow.ended_at.is_(None), DaysOffRow.first <= last, DaysOffRow.last >= first)


async def candidates(
    session: AsyncSession,
    wish: Wish,
    now: datetime,
    *,
    without: Collection[str] = (),
    only_machine: str | None = None,
    booking: str | None = None,
    person: Person | None = None,
) -> Sequence[Candidate]:
    """The machines that may do the job and can be asked.

    `without`: providers left out; `booking`: the one it is for; `person`: the farmer, whose own machines need no order.
    """
    found = await _served(session, wish, without, only_machine, person)
    if not found:
        return []
    machines = {one.machine.id: one.machine for one in found}
    horizon = wish.last + timedelta(days=rules().most_days)
    loads = await _loads(session, machines, wish, horizon, booking)
    lately = await _lately(session, {one.provider.id for one in found}, hours.today(now))
    off = await _off(session, machines, wish.first, horizon)
    return [
        Candidate(
            machine=one.machine.id,
            provider=one.provider.id,
            provider_name=one.provider.name,
            base=spot(one.provider.place, one.provider.latitude, one.provider.longitude),
            capacity=one.machine.capacity,
            crops=frozenset(one.machine.crops),
            areas=frozenset(one.areas),
            prices=one.prices,
            jobs_lately=lately.get(one.provider.id, 0),
            loads=loads[one.machine.id],
            off=off[one.machine.id],
        )
        for one in found
    ]


@dataclass(slots=True)
class _Found:
    provider: ProviderRow
    machine: MachineRow
    areas: set[str] = field(default_factory=set)
    prices: dict[tuple[str, str], Decimal] = field(default_factory=dict)


async def _served(
    session: AsyncSession, wish: Wish, without: Collection[str], only: str | None, person: Person | None
) -> Collection[_Found]:
    """The machines that have a price for the job and whose providers serve the place."""
    around = [wish.place[:digits] for digits in range(_FEWEST_DIGITS, len(wish.place) + 1)]
    query = (
        select(ProviderRow, MachineRow, AreaRow.place, PriceRow.crop, PriceRow.price)
        .join(MachineRow, MachineRow.provider_id == ProviderRow.id)
        .join(AreaRow, AreaRow.provider_id == ProviderRow.id)
        .join(PriceRow, PriceRow.machine_id == MachineRow.id)
        .where(
            ProviderRow.active,
            ProviderRow.channel.is_not(None),
            ProviderRow.user.is_not(None),
            MachineRow.active,
            AreaRow.place.in_(around),
            PriceRow.service == wish.service,
            PriceRow.crop.in_(["", wish.crop or ""]),
        )
    )
    if without:
        query = query.where(ProviderRow.id.not_in(without))
    if person is not None:
        query = query.where(or_(ProviderRow.channel != person.channel, ProviderRow.user != person.user))
    if only is not None:
        query = query.where(MachineRow.id == only)
    found: dict[str, _Found] = {}
    for provider, machine, area, crop, price in await session.execute(query):
        one = found.setdefault(machine.id, _Found(provider, machine))
        one.areas.add(area)
        one.prices[wish.service, crop] = price
    return found.values()


async def _loads(
    session: AsyncSession, machines: Mapping[str, MachineRow], wish: Wish, horizon: date, booking: str | None
) -> Mapping[str, Mapping[date, Load]]:
    columns = (MachineDayRow.machine_id, MachineDayRow.day, MachineDayRow.capacity, MachineDayRow.taken)
    here = (MachineDayRow.machine_id.in_(machines), MachineDayRow.day.between(wish.first, horizon))
    known = {
        (machine, day): (room, taken)
        for machine, day, room, taken in await session.execute(select(*columns).where(*here))
    }
    offered = await _offered(session, machines, wish, booking)
    pooled = await _pooled(session, machines, wish, booking)
    loads: defaultdict[str, dict[date, Load]] = defaultdict(dict)
    for machine, day in known.keys() | offered.keys() | pooled.keys():
        capacity, taken = known.get((machine, day), (machines[machine].capacity, Decimal(0)))
        asked_for = offered.get((machine, day), Decimal(0))
        loads[machine][day] = Load(capacity, taken, asked_for, pooled.get((machine, day), 0))
    return loads


async def _offered(
    session: AsyncSession, machines: Collection[str], wish: Wish, booking: str | None
) -> Mapping[tuple[str, date], Decimal]:
    """The 亩 for which machines are asked and have not answered."""
    query = (
        select(BookingRow.machine_id, BookingRow.day, func.sum(BookingRow.area))
        .where(
            BookingRow.state == State.OFFERED,
            BookingRow.machine_id.in_(machines),
            BookingRow.day.between(wish.first, wish.last),
            BookingRow.id != (booking or ""),
        )
        .group_by(BookingRow.machine_id, BookingRow.day)
    )
    return {(machine, day): area for machine, day, area in await session.execute(query) if machine and day}


async def _pooled(
    session: AsyncSession, machines: Collection[str], wish: Wish, booking: str | None
) -> Mapping[tuple[str, date], int]:
    """Plots nearby of the same job on machines' days, accepted or asked for."""
    plot = Spot(wish.place, wish.position, wish.place_text)
    where = (BookingRow.place, BookingRow.latitude, BookingRow.longitude, BookingRow.place_text)
    columns = (BookingRow.machine_id, BookingRow.day, *where)
    query = select(*columns).where(
        BookingRow.state.in_([State.OFFERED, State.ACCEPTED]),
        BookingRow.machine_id.in_(machines),
        BookingRow.day.between(wish.first, wish.last),
        BookingRow.service == wish.service,
        BookingRow.crop.is_not_distinct_from(wish.crop),
        BookingRow.id != (booking or ""),
        roughly_near(plot),
    )
    found: Counter[tuple[str, date]] = Counter()
    for machine, day, place, latitude, longitude, name in await session.execute(query):
        if machine and day and neighbours(plot, spot(place, latitude, longitude, name), rules().pool_km):
            found[machine, day] += 1
    return found


def roughly_near(plot: Spot) -> ColumnElement[bool]:
    """All bookings of neighbours' plots and few others: what the database can tell."""
    near = [BookingRow.place.startswith(plot.code[:SAME_TOWN])] if len(plot.code) >= SAME_TOWN else []
    if village := village_of(plot.name):
        in_county = BookingRow.place.startswith(plot.code[:COUNTY])
        near.append(in_county & BookingRow.place_text.endswith(village, autoescape=True))
    if plot.position:
        latitude, longitude = plot.position
        high, wide = rules().pool_km / KM_PER_DEGREE, rules().pool_km / (KM_PER_DEGREE * cos(radians(latitude)))
        near.append(
            BookingRow.latitude.between(latitude - high, latitude + high)
            & BookingRow.longitude.between(longitude - wide, longitude + wide)
        )
    return or_(false(), *near)


async def _lately(session: AsyncSession, providers: Collection[str], today: date) -> Mapping[str, int]:
    """How many jobs a provider has, or had lately."""
    query = (
        select(BookingRow.provider_id, func.count())
        .where(
            BookingRow.provider_id.in_(providers),
            BookingRow.state.in_([State.ACCEPTED, State.DONE, State.EXPIRED]),
            BookingRow.day >= today - timedelta(days=rules().lately_days),
        )
        .group_by(BookingRow.provider_id)
    )
    return {provider: count for provider, count in await session.execute(query) if provider}


async def _off(
    session: AsyncSession, machines: Mapping[str, MachineRow], first: date, last: date
) -> Mapping[str, frozenset[date]]:
    query = select(DaysOffRow).where(
        DaysOffRow.provider_id.in_({machine.provider_id for machine in machines.values()}), *not_working(first, last)
    )
    rows = (await session.scalars(query)).all()
    return {
        machine.id: frozenset(
            day
            for row in rows
            if row.provider_id == machine.provider_id and row.machine_id in {None, machine.id}
            for day in _each(max(row.first, first), min(row.last, last))
        )
        for machine in machines.values()
    }


def _each(first: date, last: date) -> Sequence[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


async def works(session: AsyncSession, machine: MachineRow, first: date, last: date) -> bool:
    """Whether no day off falls on any of these days. Ask under the provider's lock, or it may change."""
    query = select(DaysOffRow.id).where(
        DaysOffRow.provider_id == machine.provider_id,
        or_(DaysOffRow.machine_id.is_(None), DaysOffRow.machine_id == machine.id),
        *not_working(first, last),
    )
    return (await session.scalar(query.limit(1))) is None
