"""A person's choices for one channel, in the database."""

from sqlalchemy.ext.asyncio import AsyncSession

from dialogs.models import PreferenceRow
from knowledge_base.store import Store


class StoredPreferences:
    """Key and value per person of one channel."""

    def __init__(self, store: Store, channel: str) -> None:
        self._store = store
        self._channel = channel

    async def get(self, user: str, key: str) -> str | None:
        """The value, or None where it was never set."""
        async with self._store.session() as session:
            row = await self._row(session, user)
            return row.values.get(key) if row else None

    async def set(self, user: str, key: str, value: str) -> None:
        """Keep a value."""
        async with self._store.session() as session:
            row = await self._row(session, user)
            values = {**(row.values if row else {}), key: value}
            await session.merge(PreferenceRow(channel=self._channel, user=user, values=values))

    async def _row(self, session: AsyncSession, user: str) -> PreferenceRow | None:
        return await session.get(PreferenceRow, (self._channel, user))
