"""After the machine's clock was put back: what was to happen soon would wait for as long as it was put back by."""

from datetime import datetime, timedelta

from sqlalchemy import exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.models import AttemptRow, OutboxRow
from bot.delivery.results import IN_HAND
from knowledge_base.clock import APART


async def set_right(session: AsyncSession, channel: str, now: datetime, lease: timedelta) -> None:
    """Shorten leases of a channel's messages to `lease`, and make due what waits after a try that is still to come.

    A lease is not ended: who has it may be alive, and renews it by the new clock.
    """
    mine = (OutboxRow.channel == channel, OutboxRow.state.in_(IN_HAND))
    last = select(AttemptRow.at).where(AttemptRow.outbox_id == OutboxRow.id).order_by(AttemptRow.id.desc()).limit(1)
    wrong = {
        "claimed_until": ((*mine, OutboxRow.claimed_until > now + lease + APART), now + lease),
        "due_at": ((*mine, OutboxRow.attempts > 0, OutboxRow.due_at > now, last.scalar_subquery() > now + APART), now),
    }
    for column, (those, right) in wrong.items():
        if await session.scalar(select(exists().where(*those))):  # without taking SQLite's one write lock
            change = update(OutboxRow).where(*those).values({column: right})
            await session.execute(change.execution_options(synchronize_session=False))
