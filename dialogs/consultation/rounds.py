"""What time brings: reminders, the question whether they met, appointments that expire, stories that are deleted."""

from collections.abc import Awaitable, Callable

import structlog
from sqlalchemy import ColumnElement, or_, select

from dialogs.consultation.entry import SYSTEM, Entry
from dialogs.consultation.hours import BEFORE, LENGTH, SILENCE, SILENCE_DISPLACED, evening_before
from dialogs.consultation.ledger import Ledger
from dialogs.consultation.models import ConsultationRow
from dialogs.consultation.notices import To, What
from dialogs.consultation.states import Step
from dialogs.consultation.stories import Stories
from dialogs.consultation.terms import State

log = structlog.get_logger(__name__)

_A_DAY_AND_MORE = 2 * LENGTH * 24
Act = Callable[[Entry, ConsultationRow], Awaitable[None]]


async def go_round(ledger: Ledger, stories: Stories) -> None:
    """Once. Each appointment is a transaction of its own, looked at again under lock; one that fails does not keep the others waiting."""

    async def expire(entry: Entry, row: ConsultationRow) -> None:
        due = SILENCE if row.state == State.BOOKED else SILENCE_DISPLACED
        if entry.now >= row.start + due:
            entry.step(row, Step.EXPIRE, SYSTEM)
            await stories.close(entry, row)

    booked = ConsultationRow.state == State.BOOKED
    async with ledger.reading() as entry:
        now = entry.now
        old = or_(
            booked & (ConsultationRow.start <= now - SILENCE),
            (ConsultationRow.state == State.DISPLACED) & (ConsultationRow.start <= now - SILENCE_DISPLACED),
        )
        over = booked & (ConsultationRow.start <= now - LENGTH) & ConsultationRow.asked_done.is_(None)
        near = booked & (ConsultationRow.start > now) & (ConsultationRow.start <= now + _A_DAY_AND_MORE)
        found = [(act, await _ids(entry, which)) for act, which in ((expire, old), (_ask, over), (_remind, near))]
    for act, ids in found:
        for one in ids:
            try:
                await _with(ledger, one, act)
            except Exception as error:  # noqa: BLE001 - the others go on
                log.error("consultation_chore_failed", appointment=one, error=type(error).__name__)
    await ledger.change(stories.purge)


async def _ids(entry: Entry, which: ColumnElement[bool]) -> list[str]:
    query = select(ConsultationRow.id).where(which).order_by(ConsultationRow.start)
    return list(await entry.session.scalars(query))


async def _with(ledger: Ledger, appointment: str, act: Act) -> None:
    async def once(entry: Entry) -> None:
        row = await entry.lock(appointment)
        if row.state in {State.BOOKED, State.DISPLACED}:
            await act(entry, row)

    await ledger.change(once)


async def _ask(entry: Entry, row: ConsultationRow) -> None:
    if row.state == State.BOOKED and row.asked_done is None and entry.now >= row.start + LENGTH:
        row.asked_done = entry.now
        for to in To:
            await entry.tell(row, to, What.ASK_DONE, once=row.start.isoformat())


async def _remind(entry: Entry, row: ConsultationRow) -> None:
    """The evening before and two hours before; not of what was agreed later than that."""
    if row.state != State.BOOKED or entry.now >= row.start:
        return
    what = None
    if entry.now >= row.start - BEFORE:
        if row.reminded_soon != row.start:
            row.reminded_soon = row.start
            what = What.SOON if row.placed_at < row.start - BEFORE else None
    elif entry.now >= evening_before(row.start) and row.reminded_evening != row.start:
        row.reminded_evening = row.start
        what = What.EVENING_BEFORE if row.placed_at < evening_before(row.start) else None
    if what is not None:
        for to in To:
            await entry.tell(row, to, what, once=row.start.isoformat())
