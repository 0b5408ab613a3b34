"""The outbox: what is to be sent, kept in the transaction that decides it."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any
from uuid import uuid4

from pydantic import TypeAdapter
from sqlalchemy import Row, event, func, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from bot.delivery.backlog import Backlog, Present, backlog
from bot.delivery.due import due, free
from bot.delivery.models import AttemptRow, LetterRow, OutboxRow
from bot.delivery.policy import PATIENCE, Outcome, State
from bot.delivery.put_back import set_right
from bot.delivery.results import IN_HAND, expire, write
from dialogs.messages import Reply
from knowledge_base.portions import portions
from knowledge_base.store import Store

ORDINARY = 100
"""The priority of what is not urgent; the lower, the sooner."""
_AT_ONCE = 500
"""Rows of one statement: bounds the memory, and SQLite's count of parameters."""
_REPLY = TypeAdapter(Reply)
BELL = "xiangyin_outbox"
"""PostgreSQL's channel on which a process tells the others that it has put something in."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """A reply on its way to one person. `topic` (at most 160 characters): nobody gets two messages on one.

    Not sent before `due_at` (left out: at once) nor after `expires_at` (left out: `PATIENCE` later).
    """

    channel: str
    user: str
    topic: str
    reply: Reply
    priority: int = ORDINARY
    due_at: datetime | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that one worker holds. `payload` is not read yet: it may be of another version of the program."""

    id: str
    user: str
    payload: dict[str, Any]
    tries: int
    expires_at: datetime | None
    doubtful: bool
    """A worker that was killed had it in hand before, and may have sent it."""
    request: str | None = None
    """Number of the request that led to it."""

    def reply(self) -> Reply:
        """The reply. Raises `pydantic.ValidationError` for what this version cannot read."""
        return _REPLY.validate_python(self.payload)


class Outbox:
    """The messages of one store. Writing wakes this process's workers as soon as it is committed.

    On PostgreSQL it also rings for the workers of other processes, who hear it by `bot.shared.bell`.
    """

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock
        self._wakers: list[Callable[[], None]] = []
        self.ring = uuid4().hex
        """What this process rings with, by which it knows its own ringing."""

    def on_put(self, wake: Callable[[], None]) -> None:
        """Have `wake` called whenever something new has been committed here."""
        self._wakers.append(wake)

    async def put(self, session: AsyncSession, envelopes: Iterable[Envelope]) -> int:
        """Keep messages in the caller's transaction; how many are new. A topic that a person has got does nothing."""
        dialect = session.get_bind().dialect.name
        insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
        now, new = self._clock(), 0
        for batch in portions(envelopes, _AT_ONCE):
            statement = insert(OutboxRow).on_conflict_do_nothing(index_elements=["channel", "user", "topic"])
            rows = [_row(envelope, now) for envelope in batch]
            new += len((await session.scalars(statement.returning(OutboxRow.id), rows)).all())
        self.wake_after(session)
        return new

    def wake_after(self, session: AsyncSession) -> None:
        """Have the workers look as soon as the caller's transaction is committed."""
        event.listen(session.sync_session, "after_commit", self._committed, once=True)
        if session.get_bind().dialect.name == "postgresql":
            event.listen(session.sync_session, "before_commit", self._ring, once=True)

    def wake(self) -> None:
        """Have the workers of this process look: something was put here, or another process has rung."""
        for wake in self._wakers:
            wake()

    def _committed(self, _session: object) -> None:
        self.wake()

    def _ring(self, session: Session) -> None:
        session.execute(text("SELECT pg_notify(:bell, :ring)"), {"bell": BELL, "ring": self.ring})

    async def claim(
        self,
        channel: str,
        limit: int,
        lease: timedelta,
        *,
        users: Collection[str] | None = None,
        without: Collection[str] = (),
    ) -> list[Claimed]:
        """Take up to `limit` due messages for the time of `lease`, lowest priority number first, oldest first.

        What a worker that was killed had taken is due again when its lease ends. `users`: only theirs; `without`:
        messages that the caller holds already.
        """
        now = self._clock()
        async with self._store.session() as session:
            found: list[Row[Any]] = []
            for some in _some(users):
                query = due(channel, now, some, without).limit(limit).with_for_update(skip_locked=True)
                found += (await session.execute(query)).all()
            chosen = sorted(found, key=lambda row: (row.priority, row.due_at))[:limit]
            if not chosen:
                return []
            # The condition again: SQLite knows no row locks, and another process may have been quicker.
            taken = await session.scalars(
                update(OutboxRow)
                .where(OutboxRow.id.in_([row.id for row in chosen]), free(now), OutboxRow.state == State.WAITING)
                .values(claimed_until=now + lease)
                .returning(OutboxRow.id)
                .execution_options(synchronize_session=False)
            )
            mine = set(taken)
            letters = await _letters(session, {row.letter_id for row in chosen if row.letter_id})
        return [
            Claimed(
                row.id,
                row.user,
                letters.get(row.letter_id or "", row.payload),
                row.attempts,
                row.expires_at,
                row.claimed_until is not None,
                row.request,
            )
            for row in chosen
            if row.id in mine
        ]

    async def hold(self, ids: Collection[str], lease: timedelta) -> None:
        """Prolong the lease of messages that are still in hand."""
        await self._reserve(ids, self._clock() + lease)

    async def give_back(self, messages: Collection[Claimed]) -> None:
        """Free messages that the caller has not begun to send. A doubtful one stays doubtful."""
        await self._reserve([message.id for message in messages if not message.doubtful], None)
        await self._reserve([message.id for message in messages if message.doubtful], self._clock())

    async def _reserve(self, ids: Collection[str], until: datetime | None) -> None:
        if not ids:
            return
        async with self._store.session() as session:
            await _never_block(session)
            await session.execute(
                update(OutboxRow)
                .where(OutboxRow.id.in_(ids), OutboxRow.state.in_(IN_HAND), OutboxRow.claimed_until.is_not(None))
                .values(claimed_until=until)
                .execution_options(synchronize_session=False)
            )

    async def record(self, message: str, result: Outcome) -> None:
        """Keep how one try ended: the attempt, and what becomes of the message."""
        await self.record_all({message: result})

    async def record_all(self, results: Mapping[str, Outcome]) -> None:
        """Keep how a try of each of these messages ended, in one transaction."""
        async with self._store.session() as session:
            await _never_block(session)
            await write(session, results, self._clock())

    async def attempts(self, message: str, what: str) -> int:
        """How many tries of a message ended like that."""
        count = select(func.count()).where(AttemptRow.outbox_id == message, AttemptRow.outcome == what)
        async with self._store.session() as session:
            return await session.scalar(count) or 0

    async def hurry(self, channel: str, users: Collection[str]) -> None:
        """Make due what failed before to reach people who are there now; what was never tried keeps its time."""
        now = self._clock()
        async with self._store.session() as session:
            for some in _some(users):
                late = select(OutboxRow.id).where(
                    OutboxRow.channel == channel,
                    OutboxRow.user.in_(some or ()),
                    OutboxRow.state == State.WAITING,
                    OutboxRow.attempts > 0,
                    OutboxRow.due_at > now,
                )
                if ids := (await session.scalars(late)).all():
                    await session.execute(update(OutboxRow).where(OutboxRow.id.in_(ids)).values(due_at=now))

    async def expire(self) -> int:
        """Close what may not be sent any more, and count it in the statistics; how many."""
        async with self._store.session() as session:
            return await expire(session, self._clock())

    async def set_right(self, channel: str, lease: timedelta) -> None:
        """Mend what has become of waiting messages when the clock was put back; `lease` is the longest one."""
        async with self._store.session() as session:
            await _never_block(session)
            await set_right(session, channel, self._clock(), lease)

    async def backlog(self, present: Present = MappingProxyType({})) -> list[Backlog]:
        """What waits, by channel and priority. `present`: who is there now on channels that reach only them."""
        async with self._store.session() as session:
            return await backlog(session, self._clock(), present)


def payload(reply: Reply) -> dict[str, Any]:
    """A reply as it is kept."""
    kept: dict[str, Any] = _REPLY.dump_python(reply, mode="json")
    return kept


def _row(envelope: Envelope, now: datetime) -> dict[str, Any]:
    due_at = envelope.due_at or now
    return {
        "id": uuid4().hex,
        "channel": envelope.channel,
        "user": envelope.user,
        "topic": envelope.topic,
        "payload": payload(envelope.reply),
        "priority": envelope.priority,
        "state": State.WAITING,
        "created_at": now,
        "due_at": due_at,
        "expires_at": envelope.expires_at or due_at + PATIENCE,
        "attempts": 0,
    }


async def _letters(session: AsyncSession, ids: Collection[str]) -> dict[str, dict[str, Any]]:
    if not ids:
        return {}
    rows = await session.execute(select(LetterRow.id, LetterRow.payload).where(LetterRow.id.in_(ids)))
    return {row.id: row.payload for row in rows}


async def _never_block(session: AsyncSession) -> None:
    """Let PostgreSQL end this transaction rather than another one that locks the same rows in another order."""
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(text("SET LOCAL lock_timeout = 500"))  # under its deadlock_timeout of 1 s


def _some(users: Collection[str] | None) -> Iterator[Sequence[str] | None]:
    """The users in portions that fit into a statement; None, once, for everybody."""
    if users is None:
        yield None
        return
    yield from portions(users, _AT_ONCE)
