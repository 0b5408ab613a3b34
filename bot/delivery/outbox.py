"""The outbox: what is to be sent, kept in the transaction that decides it."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from uuid import uuid4

from pydantic import TypeAdapter
from sqlalchemy import Select, case, event, exists, func, not_, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot.delivery.models import AttemptRow, LetterRow, OutboxRow
from bot.delivery.policy import Outcome, State
from dialogs.messages import Reply
from knowledge_base.store import Store

ORDINARY = 100
"""The priority of what is not urgent; the lower, the sooner."""
_AT_ONCE = 500
"""Rows of one statement: bounds the memory, and SQLite's count of parameters."""
_REPLY = TypeAdapter(Reply)
_IN_HAND = (State.WAITING, State.SUPERSEDED)
"""What a worker may be sending at this moment."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """A reply on its way to one person. `topic` (at most 160 characters): nobody gets two messages on one.

    Not sent before `due_at` (left out: at once) nor after `expires_at` (left out: however late).
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

    def reply(self) -> Reply:
        """The reply. Raises `pydantic.ValidationError` for what this version cannot read."""
        return _REPLY.validate_python(self.payload)


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits on a channel. `oldest` is the moment at which the message that waits longest became due."""

    channel: str
    waiting: int
    due: int
    oldest: datetime | None


class Outbox:
    """The messages of one store. Writing wakes this process's workers as soon as it is committed."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock
        self._wakers: list[Callable[[], None]] = []

    def on_put(self, wake: Callable[[], None]) -> None:
        """Have `wake` called whenever something new has been committed here."""
        self._wakers.append(wake)

    async def put(self, session: AsyncSession, envelopes: Iterable[Envelope]) -> int:
        """Keep messages in the caller's transaction; how many are new. A topic that a person has got does nothing."""
        dialect = session.get_bind().dialect.name
        insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
        now, new, rest = self._clock(), 0, iter(envelopes)
        while batch := list(islice(rest, _AT_ONCE)):
            statement = insert(OutboxRow).on_conflict_do_nothing(index_elements=["channel", "user", "topic"])
            rows = [_row(envelope, now) for envelope in batch]
            new += len((await session.scalars(statement.returning(OutboxRow.id), rows)).all())
        self.wake_after(session)
        return new

    def wake_after(self, session: AsyncSession) -> None:
        """Have the workers look as soon as the caller's transaction is committed."""
        event.listen(session.sync_session, "after_commit", self._wake, once=True)

    def _wake(self, _session: object) -> None:
        for wake in self._wakers:
            wake()

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
            found: list[OutboxRow] = []
            for some in _some(users):
                due = _due(channel, now, some, without).limit(limit).with_for_update(skip_locked=True)
                found += (await session.scalars(due)).all()
            chosen = sorted(found, key=lambda row: (row.priority, row.due_at, row.id))[:limit]
            if not chosen:
                return []
            # The condition again: SQLite knows no row locks, and another process may have been quicker.
            taken = await session.scalars(
                update(OutboxRow)
                .where(OutboxRow.id.in_([row.id for row in chosen]), _free(now), OutboxRow.state == State.WAITING)
                .values(claimed_until=now + lease)
                .returning(OutboxRow.id)
                .execution_options(synchronize_session=False)
            )
            mine = set(taken)
            wanted = {row.letter_id for row in chosen if row.letter_id}
            letters = (
                {
                    letter.id: letter.payload
                    for letter in await session.scalars(select(LetterRow).where(LetterRow.id.in_(wanted)))
                }
                if wanted
                else {}
            )
        return [
            Claimed(row.id, row.user, letters.get(row.letter_id or "", row.payload), row.attempts, row.expires_at)
            for row in chosen
            if row.id in mine
        ]

    async def hold(self, ids: Collection[str], lease: timedelta) -> None:
        """Prolong the lease of messages that are still being sent."""
        async with self._store.session() as session:
            await session.execute(
                update(OutboxRow)
                .where(OutboxRow.id.in_(ids), OutboxRow.state.in_(_IN_HAND), OutboxRow.claimed_until.is_not(None))
                .values(claimed_until=self._clock() + lease)
            )

    async def record(self, message: str, result: Outcome) -> None:
        """Keep how one try ended: the attempt, and what becomes of the message."""
        now = self._clock()
        change: dict[str, Any] = {"attempts": OutboxRow.attempts + 1, "claimed_until": None}
        if result.state is State.SENT:
            change |= {"state": State.SENT, "sent_at": now}
        else:  # what was withdrawn while it was being sent is not tried again
            change["state"] = case((OutboxRow.state == State.WAITING, result.state), else_=OutboxRow.state)
        if result.due_at is not None:
            change["due_at"] = result.due_at
        async with self._store.session() as session:
            session.add(AttemptRow(outbox_id=message, at=now, outcome=result.what))
            # What another worker has sent meanwhile stays sent.
            await session.execute(
                update(OutboxRow)
                .where(OutboxRow.id == message, OutboxRow.state.in_(_IN_HAND))
                .values(change)
                .execution_options(synchronize_session=False)
            )

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
        """Close what may not be sent any more; how many."""
        now = self._clock()
        over = (OutboxRow.state == State.WAITING, OutboxRow.expires_at <= now, _free(now))
        async with self._store.session() as session:
            if not await session.scalar(select(func.count()).where(*over)):
                return 0  # without taking SQLite's one write lock
            closed = await session.scalars(
                update(OutboxRow)
                .where(*over)
                .values(state=State.EXPIRED)
                .returning(OutboxRow.id)
                .execution_options(synchronize_session=False)
            )
            return len(closed.all())

    async def backlog(self) -> list[Backlog]:
        """What waits, by channel."""
        now = self._clock()
        due = case((OutboxRow.due_at <= now, 1))
        query = (
            select(OutboxRow.channel, func.count(), func.count(due), func.min(OutboxRow.due_at))
            .where(OutboxRow.state == State.WAITING)
            .group_by(OutboxRow.channel)
        )
        async with self._store.session() as session:
            rows = (await session.execute(query)).all()
        return [Backlog(channel, waiting, due, oldest if due else None) for channel, waiting, due, oldest in rows]


def payload(reply: Reply) -> dict[str, Any]:
    """A reply as it is kept."""
    kept: dict[str, Any] = _REPLY.dump_python(reply, mode="json")
    return kept


def _row(envelope: Envelope, now: datetime) -> dict[str, Any]:
    return {
        "id": uuid4().hex,
        "channel": envelope.channel,
        "user": envelope.user,
        "topic": envelope.topic,
        "payload": payload(envelope.reply),
        "priority": envelope.priority,
        "state": State.WAITING,
        "created_at": now,
        "due_at": envelope.due_at or now,
        "expires_at": envelope.expires_at,
        "attempts": 0,
    }


def _free(now: datetime) -> Any:
    return or_(OutboxRow.claimed_until.is_(None), OutboxRow.claimed_until <= now)


def _due(channel: str, now: datetime, users: Sequence[str] | None, without: Collection[str]) -> Select[OutboxRow]:
    query = select(OutboxRow).where(
        OutboxRow.channel == channel,
        OutboxRow.state == State.WAITING,
        OutboxRow.due_at <= now,
        _free(now),
        or_(OutboxRow.expires_at.is_(None), OutboxRow.expires_at > now),
    )
    before = aliased(OutboxRow)
    held = exists().where(before.id == OutboxRow.after_id, before.claimed_until > now)
    query = query.where(or_(OutboxRow.after_id.is_(None), not_(held)))
    if users is not None:
        query = query.where(OutboxRow.user.in_(users))
    if without:
        query = query.where(OutboxRow.id.not_in(without))
    return query.order_by(OutboxRow.priority, OutboxRow.due_at, OutboxRow.id)


def _some(users: Collection[str] | None) -> Iterator[Sequence[str] | None]:
    """The users in portions that fit into a statement; None, once, for everybody."""
    if users is None:
        yield None
        return
    rest = iter(users)
    while portion := list(islice(rest, _AT_ONCE)):
        yield portion
