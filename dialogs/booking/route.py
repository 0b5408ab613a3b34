"""Route fit: what else a machine does that day near a plot."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from dialogs.booking.models import BookingDayRow, BookingRow
from dialogs.booking.terms import Booking

_VILLAGE, _TOWN = 12, 9


@dataclass(frozen=True, slots=True)
class Fit:
    """How many other plots the machine works on that day: in the same village, and elsewhere in the same town."""

    village: int = 0
    town: int = 0


async def fit(session: AsyncSession, booking: Booking) -> Fit:
    """The fit of a booking that is offered or accepted; nothing where no day is fixed."""
    row = await session.get(BookingRow, booking.id)
    if row is None or row.machine_id is None or row.day is None:
        return Fit()
    query = (
        select(BookingRow.place)
        .join(BookingDayRow, BookingDayRow.booking_id == BookingRow.id)
        .where(
            BookingDayRow.machine_id == row.machine_id, BookingDayRow.day == row.day, BookingDayRow.booking_id != row.id
        )
    )
    return fit_of(row.place, (await session.scalars(query)).all())


def fit_of(place: str, others: Iterable[str]) -> Fit:
    """The same from the codes of the places."""
    near = [other for other in others if len(place) >= _TOWN and other[:_TOWN] == place[:_TOWN]]
    village = sum(len(place) >= _VILLAGE and other == place for other in near)
    return Fit(village, len(near) - village)
