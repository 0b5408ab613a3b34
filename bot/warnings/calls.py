"""Calls to people on duty, and what became of messages: the ports of the ladder over the outbox."""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from datetime import datetime, timedelta

from pydantic import TypeAdapter
from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.circular import Circulars
from bot.delivery.models import OutboxRow
from bot.delivery.outbox import Envelope, Outbox
from bot.delivery.policy import State
from dialogs.messages import Reply
from knowledge_base.warnings.calls import Call, Delivered, LadderCall, Whom

PRIORITY = 5
"""Behind red warnings, before all others."""
HELP = timedelta(hours=24)
"""How long a call for help is worth sending at least: who presses the button as the warning ends needs help all the same."""
_AT_ONCE = 1_000
_REPLY = TypeAdapter(Reply)
_LATELY = 20
"""Warnings that a person got last."""


class OutboxCalls:
    """`Calls` over the outbox. `text` is what a call says."""

    def __init__(self, outbox: Outbox, circulars: Circulars, text: Callable[[Call], Reply]) -> None:
        self._outbox = outbox
        self._circulars = circulars
        self._text = text

    async def put(self, session: AsyncSession, calls: Sequence[Call]) -> None:
        """Send calls until their warnings expire; those for help for a day at least."""
        await self._outbox.put(
            session,
            (
                Envelope(
                    call.channel,
                    call.user,
                    call.topic,
                    self._text(call),
                    PRIORITY,
                    expires_at=_until(call),
                )
                for call in calls
            ),
        )

    async def repeat(self, session: AsyncSession, beginning: str, of: Iterable[Whom], to: Sequence[Whom]) -> None:
        """Send what went to some people, on topics with that beginning, to others too."""
        said: dict[str, OutboxRow] = {}
        for channel, user in of:
            theirs = (OutboxRow.channel == channel, OutboxRow.user == user, OutboxRow.topic.startswith(beginning))
            rows = await session.scalars(select(OutboxRow).where(*theirs).order_by(OutboxRow.created_at))
            said |= {row.topic: row for row in rows}
        again = [(row, _REPLY.validate_python(row.payload)) for row in said.values()]
        await self._outbox.put(
            session,
            (
                Envelope(channel, user, row.topic, reply, PRIORITY, expires_at=row.expires_at)
                for row, reply in again
                for channel, user in to
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

    async def latest(self, session: AsyncSession, channel: str, user: str) -> Sequence[str]:
        """The topics of the warnings that a person got, the last one first."""
        mine = (OutboxRow.channel == channel, OutboxRow.user == user, OutboxRow.state == State.SENT)
        query = select(OutboxRow.topic).where(*mine, OutboxRow.topic.startswith("warning:"))
        return (await session.scalars(query.order_by(OutboxRow.sent_at.desc()).limit(_LATELY))).all()


def _until(call: Call) -> datetime:
    about = call.about
    ends = about.subject.expires_at
    return ends if isinstance(about, LadderCall) else max(ends, about.at + HELP)
