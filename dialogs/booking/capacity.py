"""Taking and giving back a machine's days. The database keeps the limit; whoever comes too late gets nothing."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from dialogs.booking.matching import spread
from dialogs.booking.models import BookingDayRow, BookingRow, MachineDayRow, MachineRow


async def take(session: AsyncSession, row: BookingRow, machine: MachineRow, first: date) -> bool:
    """Take what the booking's area needs from `first` on: all of it, or nothing and False."""
    parts = spread(row.area, machine.capacity, first)
    for number, (day, area) in enumerate(parts):
        if not await _take(session, machine, day, area):
            await _give(session, machine.id, parts[:number])
            return False
    session.add_all(BookingDayRow(booking_id=row.id, day=day, machine_id=machine.id, area=area) for day, area in parts)
    await session.flush()
    return True


async def release(session: AsyncSession, row: BookingRow) -> None:
    """Give back whatever a booking holds."""
    query = select(BookingDayRow).where(BookingDayRow.booking_id == row.id).order_by(BookingDayRow.day)
    held = (await session.scalars(query)).all()
    for one in held:
        await _give(session, one.machine_id, [(one.day, one.area)])
        session.expunge(one)
    if held:
        await session.execute(delete(BookingDayRow).where(BookingDayRow.booking_id == row.id))


async def _take(session: AsyncSession, machine: MachineRow, day: date, area: Decimal) -> bool:
    taking = (
        update(MachineDayRow)
        .where(
            MachineDayRow.machine_id == machine.id,
            MachineDayRow.day == day,
            MachineDayRow.taken + area <= MachineDayRow.capacity,
        )
        .values(taken=MachineDayRow.taken + area)
        .returning(MachineDayRow.day)
        .execution_options(synchronize_session=False)
    )
    if await session.scalar(taking) is not None:
        return True
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    fresh = {"machine_id": machine.id, "day": day, "capacity": machine.capacity, "taken": Decimal(0)}
    opening = insert(MachineDayRow).values(fresh).on_conflict_do_nothing().returning(MachineDayRow.day)
    # Opened by another one between the two statements: there may be room as well.
    await session.scalar(opening)
    return await session.scalar(taking) is not None


async def _give(session: AsyncSession, machine: str, parts: Sequence[tuple[date, Decimal]]) -> None:
    for day, area in parts:
        await session.execute(
            update(MachineDayRow)
            .where(MachineDayRow.machine_id == machine, MachineDayRow.day == day)
            .values(taken=MachineDayRow.taken - area)
            .execution_options(synchronize_session=False)
        )
