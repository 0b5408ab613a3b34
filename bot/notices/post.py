"""How notices reach people: through the outbox, behind everything else."""

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.circular import Addressee, Circulars, Letter
from bot.delivery.outbox import ORDINARY
from dialogs.messages import Reply
from knowledge_base.notices.notice import Notice
from knowledge_base.warnings.dispatch import Recipient, Recipients

PRIORITY = 2 * ORDINARY
"""Behind every warning, and behind the answers that somebody waits for."""


def topic(id_: str) -> str:
    """What the messages of a notice are kept under."""
    return f"notice:{id_}"


class OutboxPost:
    """A `Post` over letters to many. `text` is what a notice says, `retraction` that it does not hold."""

    def __init__(
        self, circulars: Circulars, text: Callable[[str, Notice], Reply], retraction: Callable[[Notice], Reply]
    ) -> None:
        self._circulars = circulars
        self._text = text
        self._retraction = retraction

    async def send(self, session: AsyncSession, id_: str, notice: Notice, to: Recipients) -> int:
        """Keep a message for each person, to be sent until the notice ends; to how many."""
        letter = Letter(topic(id_), self._text(id_, notice), PRIORITY, notice.valid_until)
        return await self._circulars.put(session, letter, _addressed(to))

    async def withdraw(self, session: AsyncSession, id_: str) -> int:
        """Hold back for ever what has not gone out yet; how many messages."""
        return await self._circulars.withdraw(session, [topic(id_)])

    async def reached(self, session: AsyncSession, id_: str) -> Recipients:
        """Who got, or may have got, a notice; `after` is a message that is being sent at this moment."""
        async for people in self._circulars.reached(session, topic(id_)):
            yield [Recipient(one.channel, one.user, after=one.sending) for one in people]

    async def retract(self, session: AsyncSession, id_: str, notice: Notice, to: Recipients, until: datetime) -> int:
        """Say that a notice does not hold; to how many."""
        letter = Letter(f"{topic(id_)}:retracted", self._retraction(notice), PRIORITY, until)
        return await self._circulars.put(session, letter, _addressed(to))


async def _addressed(to: Recipients) -> AsyncIterator[Sequence[Addressee]]:
    async for people in to:
        yield [Addressee(one.channel, one.user, one.due_at, one.after) for one in people]
