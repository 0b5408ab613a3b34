"""What waits in the outbox: for us, and, on a channel that reaches only who is there, for its reader."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.models import AttemptRow, OutboxRow
from bot.delivery.policy import State
from knowledge_base.portions import portions

VISITED = frozenset({"web"})
"""Channels that reach only people whose page is open: what waits there for others is not late."""
_AT_ONCE = 500

Present = Mapping[str, Mapping[str, float]]
"""By visited channel: who is there at this process, and for how many seconds."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits on a channel with one priority.

    `due` could be delivered now, and `oldest` is since when that which waits longest could be: since it was due, and its
    reader there, or, where a try has failed, since the first one, though the next one is still to come. `away` is due and
    waits for its reader.
    """

    channel: str
    priority: int
    waiting: int
    due: int
    oldest: datetime | None
    away: int = 0


async def backlog(session: AsyncSession, now: datetime, present: Present) -> list[Backlog]:
    """What waits, by channel and priority."""
    ready, tried = case((OutboxRow.due_at <= now, 1)), case((OutboxRow.attempts > 0, 1))
    counts = (func.count(), func.count(ready), func.count(tried))
    every = (
        select(OutboxRow.channel, OutboxRow.priority, *counts, func.min(OutboxRow.due_at))
        .where(OutboxRow.state == State.WAITING)
        .group_by(OutboxRow.channel, OutboxRow.priority)
    )
    rows = (await session.execute(every)).all()
    there = {channel: await _there(session, channel, now, people) for channel, people in present.items()}
    found = []
    for channel, priority, waiting, due, failing, oldest in rows:
        if channel in VISITED:
            count, since = there.get(channel, {}).get(priority, (0, None))
            found.append(Backlog(channel, priority, waiting, count, since, max(due - count, 0)))
            continue
        first = await _first_try(session, channel, priority) if failing else None
        moments = [moment for moment in (oldest if due else None, first) if moment is not None]
        found.append(Backlog(channel, priority, waiting, due, min(moments) if moments else None))
    return found


async def _first_try(session: AsyncSession, channel: str, priority: int) -> datetime | None:
    """When the first try failed of the message that has been in the outbox for the longest of those that were tried."""
    longest = (
        select(OutboxRow.id)
        .where(OutboxRow.channel == channel, OutboxRow.state == State.WAITING, OutboxRow.priority == priority)
        .where(OutboxRow.attempts > 0)
        .order_by(OutboxRow.created_at)
        .limit(1)
    )
    first = select(func.min(AttemptRow.at)).where(AttemptRow.outbox_id == longest.scalar_subquery())
    return await session.scalar(first)


async def _there(
    session: AsyncSession, channel: str, now: datetime, people: Mapping[str, float]
) -> dict[int, tuple[int, datetime]]:
    """By priority: how much is due to people who are there, and since when it could be delivered."""
    found: dict[int, tuple[int, datetime]] = {}
    for some in portions(people, _AT_ONCE):
        mine = (
            select(OutboxRow.priority, OutboxRow.user, func.count(), func.min(OutboxRow.due_at))
            .where(OutboxRow.channel == channel, OutboxRow.state == State.WAITING, OutboxRow.due_at <= now)
            .where(OutboxRow.user.in_(some))
            .group_by(OutboxRow.priority, OutboxRow.user)
        )
        for priority, user, count, due_at in await session.execute(mine):
            since = max(due_at, now - timedelta(seconds=people[user]))
            before, oldest = found.get(priority, (0, since))
            found[priority] = (before + count, min(oldest, since))
    return found
