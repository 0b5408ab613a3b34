"""Calls to people on duty, and what became of messages: the ports of the ladder over the outbox."""

from collections.abc import AsyncIterator, Callable, Sequence

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.circular import Circulars
from bot.delivery.models import OutboxRow
from bot.delivery.outbox import Envelope, Outbox
from bot.delivery.policy import State
from dialogs.messages import Reply
from knowledge_base.warnings.calls import Call, Delivered

PRIORITY = 5
"""Behind red warnings, before all others."""
_AT_ONCE = 1_000


class OutboxCalls:
    """`Calls` over the outbox. `text` is what a call says."""

    def __init__(self, outbox: Outbox, circulars: Circulars, text: Callable[[Call], Reply]) -> None:
        self._outbox = outbox
        self._circulars = circulars
        self._text = text

    async def put(self, session: AsyncSession, calls: Sequence[Call]) -> None:
        """Send calls until their warnings expire."""
        await self._outbox.put(
            session,
            (
                Envelope(
                    call.channel,
                    call.user,
                    call.topic,
                    self._text(call),
                    PRIORITY,
                    expires_at=call.about.subject.expires_at,
                )
                for call in calls
            ),
        )

    async def withdraw(self, session: AsyncSession, topics: Sequence[str]) -> None:
        """Hold back what has not gone out yet."""
        for start in range(0, len(topics), _AT_ONCE):
            await self._circulars.withdraw(session, topics[start : start + _AT_ONCE])


class OutboxDeliveries:
    """`Deliveries` over the outbox."""

    async def of(self, session: AsyncSession, topic: str) -> AsyncIterator[Sequence[Delivered]]:
        """Everybody whom the topic was for and from whom it was not withdrawn, in portions."""
        query = (
            select(OutboxRow.channel, OutboxRow.user, OutboxRow.state, OutboxRow.sent_at)
            .where(OutboxRow.topic == topic, OutboxRow.state != State.SUPERSEDED)
            .order_by(OutboxRow.channel, OutboxRow.user)
            .limit(_AT_ONCE)
        )
        last: tuple[str, str] | None = None
        while True:
            further = query if last is None else query.where(tuple_(OutboxRow.channel, OutboxRow.user) > tuple_(*last))
            rows = (await session.execute(further)).all()
            if rows:
                yield [Delivered(*row) for row in rows]
            if len(rows) < _AT_ONCE:
                return
            last = (rows[-1].channel, rows[-1].user)

    async def latest(self, session: AsyncSession, channel: str, user: str) -> str | None:
        """The topic of the warning that a person got last."""
        mine = (OutboxRow.channel == channel, OutboxRow.user == user, OutboxRow.state == State.SENT)
        query = select(OutboxRow.topic).where(*mine, OutboxRow.topic.startswith("warning:"))
        topic: str | None = await session.scalar(query.order_by(OutboxRow.sent_at.desc()).limit(1))
        return topic
