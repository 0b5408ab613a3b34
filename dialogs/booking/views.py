"""Bookings as values, from their rows."""

from collections.abc import Sequence
from datetime import date
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from dialogs.booking.matching import Option, rules
from dialogs.booking.models import BookingDayRow, BookingRow, MachineRow, ProviderRow
from dialogs.booking.nearness import Spot, neighbours
from dialogs.booking.supply import roughly_near, spot
from dialogs.booking.terms import Booking, Person, Quote, State, Wish

_Row = TypeVar("_Row", ProviderRow, MachineRow)


def wish_of(row: BookingRow, first: date | None = None, last: date | None = None) -> Wish:
    """What the farmer wants now, or would want on other days."""
    return Wish(
        service=row.service,
        crop=row.crop,
        area_mu=row.area,
        place=row.place,
        place_text=row.place_text,
        first=first or row.first,
        last=last or row.last,
        part=row.part,
        date_text=row.date_text,
        position=spot(row.place, row.latitude, row.longitude).position,
        note=row.note,
    )


def quote_of(option: Option) -> Quote:
    """What a machine's day would cost."""
    return Quote(
        day=option.day,
        price_mu=option.price,
        total=option.total,
        provider=option.candidate.provider_name,
        distance_km=option.distance_km,
        pooled=option.pooled,
        last_day=option.last_day,
    )


async def view(session: AsyncSession, row: BookingRow) -> Booking:
    """A booking as it stands."""
    provider = await _kept(session, ProviderRow, row.provider_id)
    machine = await _kept(session, MachineRow, row.machine_id)
    person = Person(provider.channel, provider.user) if provider and provider.channel and provider.user else None
    return Booking(
        id=row.id,
        number=row.number,
        state=State(row.state),
        person=Person(row.channel, row.user),
        wish=wish_of(row),
        provider=provider.name if provider else None,
        provider_person=person,
        machine=machine.name if machine else None,
        day=row.day,
        last_day=row.last_day,
        part=row.part,
        price_mu=row.price,
        total=row.total,
        distance_km=row.distance_km,
        pooled=await _pooled(session, row),
        until=row.until,
        farmer_done=row.farmer_done,
        provider_done=row.provider_done,
        area_done=row.area_done,
        station_told=row.station_told == row.round,
        proposed=row.proposed,
    )


async def _kept(session: AsyncSession, kind: type[_Row], id_: str | None) -> _Row | None:
    """A row by its id; the session itself forgets what nobody holds, and reads it again and again."""
    if id_ is None:
        return None
    key = (kind, id_)
    if key not in session.info:
        session.info[key] = await session.get(kind, id_)
    found: _Row | None = session.info[key]
    return found


async def _pooled(session: AsyncSession, row: BookingRow) -> int:
    """How many neighbours' plots of the same job the machine works on in the same visit."""
    if row.machine_id is None or row.day is None:
        return 0
    plot = spot(row.place, row.latitude, row.longitude, row.place_text)
    query = (
        select(BookingRow.place, BookingRow.latitude, BookingRow.longitude, BookingRow.place_text)
        .join(BookingDayRow, BookingDayRow.booking_id == BookingRow.id)
        .where(
            BookingDayRow.machine_id == row.machine_id,
            BookingDayRow.day == row.day,
            BookingRow.id != row.id,
            BookingRow.service == row.service,
            BookingRow.crop.is_not_distinct_from(row.crop),
            roughly_near(plot),
        )
    )
    others: Sequence[Spot] = [spot(*found) for found in await session.execute(query)]
    return sum(neighbours(plot, other, rules().pool_km) for other in others)
