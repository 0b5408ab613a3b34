"""Days that the weather spoils: both sides are told, and offered other days of the same machine."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from functools import partial

from sqlalchemy import select

from dialogs.booking.entry import SYSTEM, Entry
from dialogs.booking.ledger import Ledger
from dialogs.booking.matching import days
from dialogs.booking.models import BookingDayRow, BookingRow
from dialogs.booking.notices import What
from dialogs.booking.spoiling import spoiling
from dialogs.booking.states import Step
from dialogs.booking.supply import candidates
from dialogs.booking.terms import Quote, State
from dialogs.booking.views import quote_of, wish_of

LOOK_AHEAD = timedelta(days=10)
DAYS_OFFERED = 3


async def spoil(ledger: Ledger, place: str, day: date, why: str, only: Collection[str] | None) -> int:
    """Tell both sides of every job of that day whose place's code begins with `place`; how many were told now.

    `only`: the bookings of these ids; None for all that weather can spoil.

    The booking stands until the farmer takes another day, or cancels. Of a job of several days
    both sides are told once, not once for each day: they have been asked when it is to be.
    """
    held = select(BookingDayRow.booking_id).where(BookingDayRow.day == day)
    which = BookingRow.service.in_(spoiling().services) if only is None else BookingRow.id.in_(only)
    query = select(BookingRow.id).where(
        BookingRow.state == State.ACCEPTED,
        BookingRow.id.in_(held),
        BookingRow.place.startswith(place, autoescape=True),
        BookingRow.spoiled.is_(None),
        which,
    )
    async with ledger.reading() as entry:
        ids = (await entry.session.scalars(query.order_by(BookingRow.created_at))).all()

    return sum([await ledger.change(partial(_spoil_one, booking, day, why)) for booking in ids])


async def _spoil_one(booking: str, day: date, why: str, entry: Entry) -> bool:
    row = await entry.lock(booking)
    if row.state != State.ACCEPTED or row.spoiled is not None or row.day is None or row.last_day is None:
        return False
    if not row.day <= day <= row.last_day:
        return False
    row.spoiled = day
    entry.step(row, Step.SPOIL, SYSTEM, why)
    await entry.tell_both(row, What.SPOILED, why, quotes=await _other_days(entry, row, day))
    return True


async def _other_days(entry: Entry, row: BookingRow, spoiled: date) -> Sequence[Quote]:
    """The next days of the same machine that are free, after the spoiled one."""
    after = spoiled + timedelta(days=1)
    wish = wish_of(row, after, max(row.last, spoiled + LOOK_AHEAD))
    found = await candidates(entry.session, wish, entry.now, only_machine=row.machine_id, booking=row.id)
    options = [option for one in found for option in days(one, wish, entry.now)]
    return [quote_of(option) for option in options[:DAYS_OFFERED]]
