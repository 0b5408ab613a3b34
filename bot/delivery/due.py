"""What may be claimed: the statement that finds it, in the order in which it goes out."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, exists, not_, or_, select
from sqlalchemy.orm import aliased

from bot.delivery.models import OutboxRow
from bot.delivery.policy import State

_COLUMNS = (
    OutboxRow.id,
    OutboxRow.user,
    OutboxRow.payload,
    OutboxRow.letter_id,
    OutboxRow.attempts,
    OutboxRow.expires_at,
    OutboxRow.priority,
    OutboxRow.due_at,
    OutboxRow.claimed_until,
    OutboxRow.request,
)


def free(now: datetime) -> Any:
    """Nobody has the message in hand."""
    return or_(OutboxRow.claimed_until.is_(None), OutboxRow.claimed_until <= now)


def due(channel: str, now: datetime, users: Sequence[str] | None, without: Collection[str]) -> Select[Any]:
    """What is to be sent on a channel now, the most urgent first. `users`: only theirs; `without`: not these messages."""
    query = select(*_COLUMNS).where(
        OutboxRow.channel == channel,
        OutboxRow.state == State.WAITING,
        # What was to go at once does so, though the clock has been put back since.
        or_(OutboxRow.due_at <= now, and_(OutboxRow.attempts == 0, OutboxRow.due_at <= OutboxRow.created_at)),
        free(now),
        or_(OutboxRow.expires_at.is_(None), OutboxRow.expires_at > now),
    )
    before = aliased(OutboxRow)
    held = exists().where(before.id == OutboxRow.after_id, before.claimed_until > now)
    query = query.where(or_(OutboxRow.after_id.is_(None), not_(held)))
    if users is not None:
        query = query.where(OutboxRow.user.in_(users))
    if without:
        query = query.where(OutboxRow.id.not_in(without))
    # No further than the index goes: many are equal that far, and would all be sorted for each claim.
    return query.order_by(OutboxRow.priority, OutboxRow.due_at)
