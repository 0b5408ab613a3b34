"""How tries ended, written into the tables: many at once, in as few statements as there are kinds of endings."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, exists, func, insert, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.due import free
from bot.delivery.models import AttemptRow, OutboxRow
from bot.delivery.policy import PATIENCE, Outcome, State
from knowledge_base.statistics.models import TallyRow
from knowledge_base.statistics.terms import COUNTY_TIME, What

IN_HAND = (State.WAITING, State.SUPERSEDED)
"""What a worker may be sending at this moment."""


async def write(session: AsyncSession, results: Mapping[str, Outcome], now: datetime) -> None:
    """Keep each message's attempt, and what becomes of the message. What is not in the outbox any more is passed over."""
    attempts: defaultdict[str, list[str]] = defaultdict(list)
    changes: defaultdict[Outcome, list[str]] = defaultdict(list)
    for message, result in results.items():
        attempts[result.what].append(message)
        changes[result].append(message)
    for what, messages in attempts.items():
        tried = select(OutboxRow.id, literal(now, AttemptRow.at.type), literal(what)).where(OutboxRow.id.in_(messages))
        await session.execute(insert(AttemptRow).from_select(["outbox_id", "at", "outcome"], tried))
        channels = select(OutboxRow.channel, func.count()).where(OutboxRow.id.in_(messages)).group_by(OutboxRow.channel)
        for channel, count in (await session.execute(channels)).all():
            session.add(_counted(channel, what, count, now))
    for result, messages in changes.items():
        # What another worker has sent meanwhile stays sent.
        await session.execute(
            update(OutboxRow)
            .where(OutboxRow.id.in_(messages), OutboxRow.state.in_(IN_HAND))
            .values(_change(result, now))
            .execution_options(synchronize_session=False)
        )


async def expire(session: AsyncSession, now: datetime) -> int:
    """Close what may not be sent any more, and count it by channel; how many.

    What an older version put in without an end waits no longer than what this one puts in.
    """
    ended = or_(
        OutboxRow.expires_at <= now,
        and_(OutboxRow.expires_at.is_(None), OutboxRow.created_at <= now - PATIENCE, OutboxRow.due_at <= now),
    )
    over = (OutboxRow.state == State.WAITING, ended, free(now))
    if not await session.scalar(select(exists().where(*over))):
        return 0  # without taking SQLite's one write lock
    close = update(OutboxRow).where(*over).values(state=State.EXPIRED).returning(OutboxRow.channel)
    closed = Counter(await session.scalars(close.execution_options(synchronize_session=False)))
    session.add_all(_counted(channel, "expired", count, now) for channel, count in closed.items())
    return closed.total()


def _change(result: Outcome, now: datetime) -> dict[str, Any]:
    change: dict[str, Any] = {"attempts": OutboxRow.attempts + 1, "claimed_until": None}
    if result.state is State.SENT:
        change |= {"state": State.SENT, "sent_at": now}
    else:  # what was withdrawn while it was being sent is not tried again
        change["state"] = case((OutboxRow.state == State.WAITING, result.state), else_=OutboxRow.state)
    if result.due_at is not None:
        change["due_at"] = result.due_at
    return change


def _counted(channel: str, what: str, count: int, now: datetime) -> TallyRow:
    local = now.astimezone(COUNTY_TIME)
    return TallyRow(
        what=What.DELIVERY, day=local.date(), hour=local.hour, channel=channel, outcome=what[:24], count=count
    )
