"""What time brings: offers that run out, orders nobody takes, reminders, and asking whether it was done."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy import ColumnElement, select

from dialogs.booking import hours
from dialogs.booking.afterwards import after_silence, closing
from dialogs.booking.asking import Offer, anybody, ask_on, pass_on
from dialogs.booking.entry import SYSTEM, Entry
from dialogs.booking.ledger import Ledger
from dialogs.booking.models import BookingRow
from dialogs.booking.notices import What
from dialogs.booking.states import Step
from dialogs.booking.terms import State
from knowledge_base.warnings.calls import officers
from knowledge_base.warnings.models import Role

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Chore:
    """One thing that time brings.

    `due` finds the bookings, `worth` looks closer and only reads; then `act` does it under lock, after it was asked for
    `worth` once more: another process may have been quicker.
    """

    due: Callable[[datetime], Sequence[ColumnElement[bool]]]
    worth: Callable[[Entry, BookingRow], Awaitable[bool]]
    act: Callable[[Entry, BookingRow], Awaitable[None]]


def _offered(now: datetime) -> Sequence[ColumnElement[bool]]:
    return BookingRow.state == State.OFFERED, BookingRow.until <= now


async def _ran_out(entry: Entry, row: BookingRow) -> bool:
    return row.state == State.OFFERED and row.until is not None and row.until <= entry.now


async def _ask_another(entry: Entry, row: BookingRow) -> None:
    silent = row.provider_id
    await pass_on(entry, row, Step.RUN_OUT, SYSTEM, offer=Offer.RUN_OUT)
    if silent:
        await entry.tell_another(row, silent, What.OFFER_OVER)
    await ask_on(entry, row)


def _asked(_now: datetime) -> Sequence[ColumnElement[bool]]:
    return (BookingRow.state == State.ASKED,)


def _over(entry: Entry, row: BookingRow) -> bool:
    return not hours.still_open(row.last, row.part, entry.now)


async def _something_new(entry: Entry, row: BookingRow) -> bool:
    """Its last day is over, somebody can be asked who could not before, or the station can be told at last."""
    if row.state != State.ASKED:
        return False
    if _over(entry, row) or await anybody(entry, row):
        return True
    return row.station_told != row.round and bool(await officers(entry.session, Role.DUTY, row.place))


async def _look_again(entry: Entry, row: BookingRow) -> None:
    if _over(entry, row):
        entry.step(row, Step.GIVE_UP, SYSTEM)
        await entry.tell_farmer(row, What.UNSERVED)
        await entry.tell_station(row, What.UNSERVED)
    else:
        await ask_on(entry, row)


def _near(now: datetime) -> Sequence[ColumnElement[bool]]:
    today = hours.today(now)
    return BookingRow.state == State.ACCEPTED, BookingRow.day.between(today, today + timedelta(days=1))


async def _evening(entry: Entry, row: BookingRow) -> bool:
    if row.state != State.ACCEPTED or row.day is None or row.reminded_evening == row.day:
        return False
    return hours.evening_before(row.day) <= entry.now < hours.two_hours_before(row.day, row.part)


async def _remind_evening(entry: Entry, row: BookingRow) -> None:
    row.reminded_evening = row.day
    await entry.tell_both(row, What.EVENING_BEFORE, once=str(row.day))


async def _soon(entry: Entry, row: BookingRow) -> bool:
    if row.state != State.ACCEPTED or row.day is None or row.reminded_soon == row.day:
        return False
    return hours.two_hours_before(row.day, row.part) <= entry.now < hours.begins(row.day, row.part)


async def _remind_soon(entry: Entry, row: BookingRow) -> None:
    row.reminded_soon = row.day
    await entry.tell_both(row, What.SOON, once=str(row.day))


def _past(now: datetime) -> Sequence[ColumnElement[bool]]:
    return BookingRow.state == State.ACCEPTED, BookingRow.last_day <= hours.today(now)


async def _evening_has_come(entry: Entry, row: BookingRow) -> bool:
    if row.state != State.ACCEPTED or row.last_day is None or row.asked_done == row.last_day:
        return False
    return entry.now >= hours.evening_of(row.last_day, row.part)


async def _ask_done(entry: Entry, row: BookingRow) -> None:
    row.asked_done = row.last_day
    if row.farmer_done is None:
        await entry.tell_farmer(row, What.ASK_DONE, once=str(row.last_day))
    if row.provider_done is None:
        await entry.tell_provider(row, What.ASK_DONE, once=str(row.last_day))


async def _silent(entry: Entry, row: BookingRow) -> bool:
    return closing(row, entry.now) is not None


CHORES: Sequence[Chore] = (
    Chore(_offered, _ran_out, _ask_another),
    Chore(_asked, _something_new, _look_again),
    Chore(_near, _evening, _remind_evening),
    Chore(_near, _soon, _remind_soon),
    Chore(_past, _evening_has_come, _ask_done),
    Chore(_past, _silent, after_silence),
)


async def go_round(ledger: Ledger) -> None:
    """Do whatever is due. A booking that fails does not keep the others waiting."""
    for chore in CHORES:
        for booking in await _due(ledger, chore):
            try:
                await ledger.change(partial(_do, chore, booking))
            except Exception as error:  # noqa: BLE001 - the others go on
                log.error("booking_chore_failed", chore=chore.act.__name__, booking=booking, error=type(error).__name__)


async def _due(ledger: Ledger, chore: Chore) -> Sequence[str]:
    async with ledger.reading() as entry:
        rows = (await entry.session.scalars(select(BookingRow).where(*chore.due(entry.now)))).all()
        return [row.id for row in sorted(rows, key=lambda row: row.created_at) if await chore.worth(entry, row)]


async def _do(chore: Chore, booking: str, entry: Entry) -> None:
    row = await entry.lock(booking)
    if await chore.worth(entry, row):
        await chore.act(entry, row)
