"""What a consultant cannot keep: one appointment, or all of the days off."""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import select

from dialogs.consultation import supply
from dialogs.consultation.entry import Actor, Entry
from dialogs.consultation.hours import FARTHEST, day_of
from dialogs.consultation.models import ConsultationRow, DaysOffRow
from dialogs.consultation.notices import To, What
from dialogs.consultation.states import Step
from dialogs.consultation.terms import NotPossible, Reason, State

OFFERED = 3
_AHEAD = timedelta(days=14)


async def displace(entry: Entry, row: ConsultationRow, by: Actor, why: str) -> None:
    """The half hour is free again; the farmer is offered others, of the same consultant where there are any."""
    entry.step(row, Step.DISPLACE, by, why)
    await entry.give_back(row)
    await entry.session.flush()
    able = [one for one in await supply.able(entry.session, row.kind, row.place or None) if row.way in one.ways]
    today = day_of(entry.now)
    slots = await supply.free(entry.session, able, today, today + _AHEAD, entry.now)
    same = [slot for slot in slots if slot.consultant.id == row.consultant_id]
    await entry.tell(row, To.FARMER, What.DISPLACED, slots=(same or slots)[:OFFERED])


async def take_off(
    entry: Entry, consultant: str, days: tuple[date, date], why: str, by: Actor
) -> Sequence[ConsultationRow]:
    """No hours on these days, both included; the appointments of those days, displaced. Raises `NotPossible` (`days`)."""
    first, last = days
    if not day_of(entry.now) <= last or not first <= last <= first + FARTHEST:
        raise NotPossible(Reason.DAYS)
    entry.session.add(
        DaysOffRow(id=entry.new_id(), consultant_id=consultant, first=first, last=last, why=why, at=entry.now)
    )
    await entry.session.flush()
    query = select(ConsultationRow).where(
        ConsultationRow.consultant_id == consultant,
        ConsultationRow.state == State.BOOKED,
        ConsultationRow.start > entry.now,
    )
    ids = [row.id for row in await entry.session.scalars(query) if first <= day_of(row.start) <= last]
    locked = [await entry.lock(one) for one in sorted(ids)]
    # Until the lock was had the farmer may have cancelled or moved it.
    rows = [row for row in locked if row.state == State.BOOKED and first <= day_of(row.start) <= last]
    for row in rows:
        await displace(entry, row, by, why)
    return rows
