"""Which half hours are free: hours of the week without days off and without what is taken."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from dialogs.consultation.hours import FARTHEST, NOTICE, Period, day_of, starts
from dialogs.consultation.models import ConsultantRow, DaysOffRow, HoursRow, SlotRow
from dialogs.consultation.terms import Consultant, Slot, Way
from dialogs.consultation.views import consultant_of


async def able(session: AsyncSession, kind: str | None, place: str | None) -> Sequence[Consultant]:
    """Who may be asked about a kind of matter by somebody from a place; None for any kind, anywhere."""
    rows = await session.scalars(select(ConsultantRow).where(ConsultantRow.active).order_by(ConsultantRow.name))
    return [one for row in rows if fits(one := consultant_of(row), kind, place)]


def fits(consultant: Consultant, kind: str | None, place: str | None) -> bool:
    """Whether a consultant deals with that kind and serves that place."""
    knows = kind is None or not consultant.kinds or kind in consultant.kinds
    return knows and (not consultant.areas or place is None or place.startswith(consultant.areas))


async def free(
    session: AsyncSession, of: Collection[Consultant], first: date, last: date, now: datetime
) -> Sequence[Slot]:
    """The free half hours of these days, the earliest first; of two at once that of who has fewer appointments."""
    first, last = max(first, day_of(now)), min(last, day_of(now) + FARTHEST)
    ids = [one.id for one in of]
    hours = (await session.scalars(select(HoursRow).where(HoursRow.consultant_id.in_(ids)))).all()
    off = (await session.scalars(select(DaysOffRow).where(DaysOffRow.consultant_id.in_(ids)))).all()
    held = select(SlotRow.consultant_id, SlotRow.start).where(
        SlotRow.consultant_id.in_(ids), SlotRow.start >= now - timedelta(days=1)
    )
    taken = {(consultant, start) for consultant, start in await session.execute(held)}
    load = {one: sum(1 for consultant, _ in taken if consultant == one) for one in ids}
    found = []
    for one in of:
        periods = [Period(row.weekday, row.begins, row.ends) for row in hours if row.consultant_id == one.id]
        closed = [(row.first, row.last) for row in off if row.consultant_id == one.id]
        for start in starts(periods, first, last):
            day = day_of(start)
            if start < now + NOTICE or (one.id, start) in taken or any(a <= day <= b for a, b in closed):
                continue
            found.append(Slot(one, start))
    return sorted(found, key=lambda slot: (slot.start, load[slot.consultant.id], slot.consultant.name))


async def is_free(session: AsyncSession, consultant: str, way: Way, start: datetime, now: datetime) -> bool:
    """Whether that half hour may be taken, as far as hours and days off go."""
    row = await session.get(ConsultantRow, consultant)
    if row is None or not row.active or way not in row.ways:
        return False
    day = day_of(start)
    return any(slot.start == start for slot in await free(session, [consultant_of(row)], day, day, now))
