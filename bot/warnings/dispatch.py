"""How warnings reach people: through the outbox, the gravest first."""

from collections.abc import AsyncIterator, Callable, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.circular import Addressee, Circulars, Letter
from dialogs.messages import Reply
from knowledge_base.warnings.dispatch import Bulletin, Recipient, Recipients
from knowledge_base.warnings.terms import Colour

PRIORITIES = {Colour.RED: 0, Colour.ORANGE: 10, Colour.YELLOW: 20, Colour.BLUE: 30}
"""In the outbox; an unknown colour is treated like yellow."""

WarningText = Callable[[Bulletin], Reply]
"""What a warning says to people."""


class OutboxDispatch:
    """A `Dispatch` over letters to many."""

    def __init__(self, circulars: Circulars, text: WarningText) -> None:
        self._circulars = circulars
        self._text = text

    async def withdraw(self, session: AsyncSession, topics: Sequence[str]) -> int:
        """Hold back for ever what has not gone out yet; how many messages."""
        return await self._circulars.withdraw(session, topics)

    async def reached(self, session: AsyncSession, topics: Sequence[str]) -> Recipients:
        """Who got, or may have got, a message; `after` is one that is being sent at this moment."""
        for topic in topics:
            async for people in self._circulars.reached(session, topic):
                yield [Recipient(one.channel, one.user, after=one.sending) for one in people]

    async def send(self, session: AsyncSession, bulletin: Bulletin, to: Recipients) -> int:
        """Keep a message for each person, to be sent until the warning expires; to how many."""
        warning = bulletin.warning
        if warning.topic is None:
            raise ValueError("a warning goes out under a topic")
        priority = PRIORITIES[Colour(warning.colour) if warning.colour else Colour.YELLOW]
        letter = Letter(warning.topic, self._text(bulletin), priority, warning.expires_at)
        return await self._circulars.put(session, letter, _addressed(to))


async def _addressed(to: Recipients) -> AsyncIterator[Sequence[Addressee]]:
    async for people in to:
        yield [Addressee(one.channel, one.user, one.due_at, one.after) for one in people]
