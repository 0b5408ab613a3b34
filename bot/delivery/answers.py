"""The agents' answers on their way to those who asked."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.backlog import VISITED
from bot.delivery.models import OutboxRow
from bot.delivery.outbox import Envelope, Outbox
from bot.delivery.policy import State
from dialogs.answer import answer, feedback_choices
from dialogs.messages import Reply, ReplyKind
from knowledge_base.curation.post import Message
from knowledge_base.library import Library

KEPT = timedelta(days=60)
"""An answer that could not be delivered by then is about last season's field."""
AWAY = "away"
"""What a waiting message is called on a channel where the person must be there."""


class AnswerPost:
    """A `Post` over the outbox. `visited` are the channels that reach only who is there."""

    def __init__(
        self, outbox: Outbox, library: Library, clock: Callable[[], datetime], visited: Collection[str] = VISITED
    ) -> None:
        self._outbox = outbox
        self._library = library
        self._clock = clock
        self._visited = frozenset(visited)

    async def put(self, session: AsyncSession, messages: Sequence[Message]) -> None:
        """Take answers over in the caller's transaction."""
        keys = {key for message in messages if message.entry for key in message.entry.follow_ups}
        titles = await self._library.titles(sorted(keys))
        expires_at = self._clock() + KEPT
        envelopes = (Envelope(m.channel, m.user, m.topic, _reply(m, titles), expires_at=expires_at) for m in messages)
        await self._outbox.put(session, envelopes)

    async def progress(self, session: AsyncSession, topics: Sequence[str]) -> Mapping[str, Mapping[str, int]]:
        """How many messages of each topic are in which state."""
        query = (
            select(OutboxRow.topic, OutboxRow.channel, OutboxRow.state, func.count())
            .where(OutboxRow.topic.in_(topics))
            .group_by(OutboxRow.topic, OutboxRow.channel, OutboxRow.state)
        )
        counts: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
        for about, channel, state, count in await session.execute(query):
            away = state == State.WAITING and channel in self._visited
            counts[about][AWAY if away else state] += count
        return {about: dict(states) for about, states in counts.items()}


def _reply(message: Message, titles: Mapping[str, str]) -> Reply:
    if message.entry is not None:
        follow_ups = {key: titles[key] for key in message.entry.follow_ups if key in titles}
        return answer(message.entry, follow_ups, message.before)
    return Reply(
        ReplyKind.ANSWER,
        f"{message.before}\n{message.spoken}",
        message.before + message.spoken,
        message.detail,
        choices=feedback_choices(message.about),
    )
