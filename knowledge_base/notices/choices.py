"""What people say of notices: which kinds they want none of, and which notice has helped them."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, select

from knowledge_base.notices.models import NoticeRefusalRow, NoticeRow, NoticeThanksRow
from knowledge_base.notices.notice import Kind
from knowledge_base.store import Store


class NoticeChoices:
    """The choices of one store. Who has said nothing gets all kinds."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def refused(self, channel: str, user: str) -> frozenset[Kind]:
        """The kinds of which a person wants nothing."""
        mine = (NoticeRefusalRow.channel == channel, NoticeRefusalRow.user == user)
        async with self._store.session() as session:
            kinds = await session.scalars(select(NoticeRefusalRow.kind).where(*mine))
            return frozenset(Kind(kind) for kind in kinds)

    async def refuse(self, channel: str, user: str, kinds: Collection[Kind], now: datetime) -> None:
        """Send nothing more of these kinds."""
        async with self._store.session() as session:
            for kind in kinds:
                await session.merge(NoticeRefusalRow(channel=channel, user=user, kind=kind, at=now))

    async def accept(self, channel: str, user: str, kinds: Collection[Kind]) -> None:
        """Send these kinds again."""
        mine = (NoticeRefusalRow.channel == channel, NoticeRefusalRow.user == user)
        async with self._store.session() as session:
            await session.execute(delete(NoticeRefusalRow).where(*mine, NoticeRefusalRow.kind.in_(kinds)))

    async def thank(self, notice: str, channel: str, user: str, now: datetime) -> bool:
        """Keep that a notice has helped; False where there is no such notice."""
        async with self._store.session() as session:
            if await session.get(NoticeRow, notice) is None:
                return False
            await session.merge(NoticeThanksRow(notice_id=notice, channel=channel, user=user, at=now))
        return True
