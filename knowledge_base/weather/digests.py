"""Who wants a digest, at which minute of the day, and who is due."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import and_, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge_base.store import Store
from knowledge_base.warnings.models import PersonRow
from knowledge_base.weather.digest_models import MorningDigestRow
from knowledge_base.weather.terms import CHINA

NOON = 12 * 60
LATE = 3 * 60
"""A digest of the afternoon or evening is still sent so many minutes late; one of the morning until noon."""
PAGE = 200


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody whose digest is due: place and position as far as known, crops in terms of the lexicon."""

    channel: str
    user: str
    minute: int
    place: str | None
    position: tuple[float, float] | None
    crops: tuple[str, ...]


class Digests:
    """The digests of one store."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    async def minute(self, channel: str, user: str) -> int | None:
        """When a person gets the digest, in minutes of the day in Asia/Shanghai; None for who has asked for none."""
        async with self._store.session() as session:
            row = await session.get(MorningDigestRow, (channel, user))
        return row.minute if row else None

    async def keep(self, channel: str, user: str, minute: int) -> None:
        """Have the digest sent every day at a minute of the day; from tomorrow on where that is past today."""
        now = self._clock()
        local = now.astimezone(CHINA)
        past = minute <= local.hour * 60 + local.minute
        async with self._store.session() as session:
            row = await session.get(MorningDigestRow, (channel, user), with_for_update=True)
            if row is None:
                row = MorningDigestRow(channel=channel, user=user, last_on=None)
                session.add(row)
            row.minute, row.updated_at = minute, now
            if past:
                row.last_on = local.date()

    async def stop(self, channel: str, user: str) -> bool:
        """Send no more; whether there was one."""
        async with self._store.session() as session:
            row = await session.get(MorningDigestRow, (channel, user))
            if row is not None:
                await session.delete(row)
        return row is not None

    async def due(self) -> list[Reader]:
        """Those whose time has come today and is not too long past, a page of them, the longest waiting first."""
        local = self._clock().astimezone(CHINA)
        minute = local.hour * 60 + local.minute
        row = MorningDigestRow
        waits = or_(row.last_on.is_(None), row.last_on < local.date())
        oldest = minute - LATE
        in_time = or_(and_(row.minute < NOON, literal(minute) < NOON), and_(row.minute >= NOON, row.minute >= oldest))
        whose = and_(PersonRow.channel == row.channel, PersonRow.user == row.user)
        query = (
            select(row, PersonRow)
            .outerjoin(PersonRow, whose)
            .where(waits, row.minute <= minute, in_time)
            .order_by(row.minute, row.channel, row.user)
            .limit(PAGE)
        )
        async with self._store.session() as session:
            rows = (await session.execute(query)).all()
        return [_reader(digest, person) for digest, person in rows]

    async def claim(self, session: AsyncSession, reader: Reader, today: date) -> bool:
        """Mark a digest as sent for today in the caller's transaction; False where another process was quicker."""
        row = await session.get(MorningDigestRow, (reader.channel, reader.user), with_for_update=True)
        if row is None or row.minute != reader.minute or (row.last_on is not None and row.last_on >= today):
            return False
        row.last_on = today
        return True


def latest(minute: int) -> timedelta:
    """Until how long after midnight a digest of that minute of the day may be sent."""
    return timedelta(minutes=NOON if minute < NOON else min(minute + LATE, 24 * 60))


def _reader(digest: MorningDigestRow, person: PersonRow | None) -> Reader:
    if person is None:
        return Reader(digest.channel, digest.user, digest.minute, None, None, ())
    known = person.latitude is not None and person.longitude is not None
    position = (person.latitude or 0.0, person.longitude or 0.0) if known else None
    return Reader(digest.channel, digest.user, digest.minute, person.place, position, tuple(person.crops))
