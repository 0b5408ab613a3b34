"""The port through which notices go out."""

from datetime import datetime
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from knowledge_base.notices.notice import Notice
from knowledge_base.warnings.dispatch import Recipients


class Post(Protocol):
    """Carries notices to people; everything happens in the caller's transaction."""

    async def send(self, session: AsyncSession, id_: str, notice: Notice, to: Recipients) -> int:
        """Send a notice, to each person once, and not after it ends; to how many."""
        ...

    async def withdraw(self, session: AsyncSession, id_: str) -> int:
        """Hold back for ever what has not gone out yet; how many messages."""
        ...

    def reached(self, session: AsyncSession, id_: str) -> Recipients:
        """Who got, or may have got, a notice."""
        ...

    async def retract(self, session: AsyncSession, id_: str, notice: Notice, to: Recipients, until: datetime) -> int:
        """Say that a notice does not hold, not later than `until`; to how many."""
        ...
