"""What counts from now on goes to the loudspeakers too: a `Follower` of the warnings that come in."""

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from dialogs.messages import Reply
from knowledge_base.warnings.dispatch import Bulletin
from knowledge_base.warnings.models import WarningRow
from knowledge_base.warnings.speakers import Loudspeakers, SpokenWarning
from knowledge_base.warnings.terms import Colour, Status


class LoudspeakerFollower:
    """Hands bulletins to the loudspeakers; `words` is what a warning says to people, of which the spoken part is said."""

    def __init__(self, loudspeakers: Loudspeakers, words: Callable[[Bulletin], Reply]) -> None:
        self._loudspeakers = loudspeakers
        self._words = words

    async def __call__(self, session: AsyncSession, bulletin: Bulletin) -> None:
        """In the caller's transaction. An unknown colour is treated like yellow."""
        warning = bulletin.warning
        reply = self._words(bulletin)
        spoken = SpokenWarning(
            id=warning.root_id,
            version=warning.version,
            colour=warning.colour or Colour.YELLOW,
            text=reply.spoken or reply.text,
            expires=warning.expires_at,
            area=bulletin.territory,
            drill=bulletin.alert.status is Status.EXERCISE,
            cancel=bulletin.ending,
            merged=await _earlier_ids(session, warning.root_id),
        )
        await self._loudspeakers.put(session, spoken)


async def _earlier_ids(session: AsyncSession, root: str) -> tuple[str, ...]:
    """The names that messages of this chain went out under before the chains became one."""
    topics = await session.scalars(
        select(WarningRow.topic).where(WarningRow.root_id == root, WarningRow.topic.is_not(None))
    )
    ids = {topic.split(":")[1] for topic in topics if topic is not None}
    return tuple(sorted(ids - {root}))
