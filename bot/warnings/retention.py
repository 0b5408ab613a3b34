"""What is kept of the past, and for how long: old deliveries, refusals, plays and broadcasts go, warnings stay."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, Select, delete, exists, or_, select
from sqlalchemy.sql.dml import Delete

from bot.delivery.models import LetterRow, OutboxRow
from bot.delivery.policy import State
from bot.schedule import Schedule
from knowledge_base.store import Store
from knowledge_base.warnings.broadcast_models import BroadcastRow
from knowledge_base.warnings.models import RefusalRow
from knowledge_base.warnings.speaker_models import SpeakerJobRow, SpeakerPlayRow, SpokenWarningRow

DELIVERIES = timedelta(days=90)
"""Messages to people, with the record of their tries: after that a warning's report names nobody any more."""
RECORDS = timedelta(days=365)
"""Refused documents, what loudspeakers were told and played, and what went to the broadcast platform."""
EVERY = timedelta(days=1)
SETTLED_IN = timedelta(minutes=10)
"""After the start, when there is other work."""
_AT_ONCE = 500
"""Rows of one transaction: the database is for others in between."""


class Retention:
    """Removes what is too old from one store."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    async def run(self) -> int:
        """Remove it, in portions; how many rows."""
        now = self._clock()
        old = (OutboxRow.state != State.WAITING, OutboxRow.claimed_until.is_(None))
        when = or_(
            OutboxRow.sent_at < now - DELIVERIES,
            OutboxRow.sent_at.is_(None) & (OutboxRow.created_at < now - DELIVERIES),
        )
        removed = await self._remove(
            select(OutboxRow.id).where(*old, when), lambda ids: delete(OutboxRow).where(OutboxRow.id.in_(ids))
        )
        unread = select(LetterRow.id).where(~exists().where(OutboxRow.letter_id == LetterRow.id))
        removed += await self._remove(unread, lambda ids: delete(LetterRow).where(LetterRow.id.in_(ids)))
        before = now - RECORDS
        removed += await self._remove(
            select(RefusalRow.id).where(RefusalRow.at < before),
            lambda ids: delete(RefusalRow).where(RefusalRow.id.in_(ids)),
        )
        removed += await self._remove(
            select(BroadcastRow.warning_id).where(BroadcastRow.created_at < before).distinct(),
            lambda ids: delete(BroadcastRow).where(BroadcastRow.warning_id.in_(ids), BroadcastRow.created_at < before),
        )
        return removed + await self._speakers(before)

    async def _speakers(self, before: datetime) -> int:
        """Records of warnings all of whose versions are over for that long: first what refers to them."""
        fresh = select(SpokenWarningRow.warning).where(SpokenWarningRow.expires_at >= before)
        old = SpokenWarningRow.warning.not_in(fresh)
        removed = 0
        while True:
            async with self._store.session() as session:
                some = (await session.scalars(select(SpokenWarningRow.warning).where(old).distinct().limit(20))).all()
                if not some:
                    return removed
                for table in (SpeakerPlayRow, SpeakerJobRow, SpokenWarningRow):
                    gone = await session.execute(delete(table).where(table.warning.in_(some)))
                    removed += cast("CursorResult[Any]", gone).rowcount

    async def _remove(self, which: Select[Any], what: Callable[[list[str]], Delete]) -> int:
        removed = 0
        while True:
            async with self._store.session() as session:
                ids = list((await session.scalars(which.limit(_AT_ONCE))).all())
                if not ids:
                    return removed
                removed += cast("CursorResult[Any]", await session.execute(what(ids))).rowcount


def keep_tidy(schedule: Schedule, store: Store, clock: Callable[[], datetime]) -> None:
    """Have it done once a day."""

    async def tidy() -> None:
        await Retention(store, clock).run()

    schedule.every(EVERY, "retention", tidy, first=clock() + SETTLED_IN)
