"""Drills on phones: to the officers who are registered for the place, and to nobody else."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.outbox import Envelope, Outbox
from dialogs.messages import Reply
from knowledge_base.warnings.dispatch import Bulletin
from knowledge_base.warnings.models import OfficerRow

PRIORITY = 50
"""Behind every real warning."""


class DrillMessages:
    """A `Follower` for drills. `words` must say of a drill that it is one; it is sent without buttons, as nobody is in need."""

    def __init__(self, outbox: Outbox, words: Callable[[Bulletin], Reply], clock: Callable[[], datetime]) -> None:
        self._outbox = outbox
        self._words = words
        self._clock = clock

    async def __call__(self, session: AsyncSession, bulletin: Bulletin) -> None:
        """In the caller's transaction; each officer once, whatever their duties."""
        topic = bulletin.warning.topic
        if topic is None:
            return
        reply = replace(self._words(bulletin), choices=())
        territory, rows = bulletin.territory, (await session.scalars(select(OfficerRow))).all()
        people = {
            (row.channel, row.user): None
            for row in rows
            if territory.holds_place(row.place) or any(prefix.startswith(row.place) for prefix in territory.prefixes)
        }
        expires = bulletin.warning.expires_at
        await self._outbox.put(
            session, (Envelope(channel, user, topic, reply, PRIORITY, expires_at=expires) for channel, user in people)
        )
