"""A letter to many: kept once, with a row in the outbox for each person; withdrawn before it goes out where it must be."""

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, cast
from uuid import uuid4

from sqlalchemy import (
    JSON,
    CursorResult,
    Insert,
    Integer,
    String,
    Table,
    and_,
    bindparam,
    exists,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
    update,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.models import AttemptRow, LetterRow, OutboxRow
from bot.delivery.outbox import Outbox, payload
from bot.delivery.policy import PATIENCE, State
from dialogs.messages import Reply
from knowledge_base.models import Utc
from knowledge_base.store import many_pages

_AT_ONCE = 1_000
_OUTBOX = cast("Table", OutboxRow.__table__)
_UNSURE = ("unreachable",)
"""Tries after which nobody knows whether the message arrived."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What everybody gets. `topic`, `priority` and `expires_at` are those of an `Envelope`."""

    topic: str
    reply: Reply
    priority: int
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Addressee:
    """A person on one channel. Not before `due_at` (left out: at once), nor while the message `after` is being sent."""

    channel: str
    user: str
    due_at: datetime | None = None
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Reached:
    """A person who got, or may have got, a message. `sending`: its id, if a worker has it in hand at this moment."""

    channel: str
    user: str
    sending: str | None


class Circulars:
    """Letters to many over an outbox. Memory does not grow with the number of people."""

    def __init__(self, outbox: Outbox, clock: Callable[[], datetime]) -> None:
        self._outbox = outbox
        self._clock = clock

    async def put(self, session: AsyncSession, letter: Letter, to: AsyncIterator[Sequence[Addressee]]) -> int:
        """Keep the letter for everybody in the caller's transaction; for how many. Who has the topic is passed over."""
        now, id_ = self._clock(), uuid4().hex
        session.add(LetterRow(id=id_, payload=payload(letter.reply)))
        await session.flush()
        statement = _statement(session.get_bind().dialect.name)
        same: dict[str, Any] = {
            "topic": letter.topic,
            "priority": letter.priority,
            "now": now,
            "letter_id": id_,
        }
        count = 0
        async with many_pages(session):
            async for people in to:
                due: defaultdict[datetime, list[tuple[str, str, str | None]]] = defaultdict(list)
                for one in people:
                    due[one.due_at or now].append((one.channel, one.user, one.after))
                for due_at, some in due.items():
                    result = await session.execute(statement, {**same, **_times(letter, due_at), "people": some})
                    count += cast("CursorResult[Any]", result).rowcount
        self._outbox.wake_after(session)
        return count

    async def withdraw(self, session: AsyncSession, topics: Sequence[str]) -> int:
        """Close what still waits of these topics; how many. What is being sent at this moment may still arrive."""
        waiting = and_(OutboxRow.topic.in_(topics), OutboxRow.state == State.WAITING)
        statement = update(_OUTBOX).where(waiting).values(state=State.SUPERSEDED)
        return cast("CursorResult[Any]", await session.execute(statement)).rowcount

    async def reached(self, session: AsyncSession, topic: str) -> AsyncIterator[Sequence[Reached]]:
        """Who got, or may have got, the topic, in portions.

        A message may have arrived that is being sent, that a worker held when it was killed, or that was tried and the
        channel did not answer.
        """
        now = self._clock()
        unsure = exists().where(AttemptRow.outbox_id == OutboxRow.id, AttemptRow.outcome.in_(_UNSURE))
        got = or_(OutboxRow.state == State.SENT, OutboxRow.claimed_until.is_not(None), unsure)
        query = (
            select(OutboxRow.id, OutboxRow.channel, OutboxRow.user, OutboxRow.claimed_until)
            .where(OutboxRow.topic == topic, OutboxRow.state != State.BLOCKED, got)
            .order_by(OutboxRow.channel, OutboxRow.user)
            .limit(_AT_ONCE)
        )
        last: tuple[str, str] | None = None
        while True:
            further = query if last is None else query.where(tuple_(OutboxRow.channel, OutboxRow.user) > tuple_(*last))
            rows = (await session.execute(further)).all()
            if not rows:
                return
            yield [
                Reached(row.channel, row.user, row.id if row.claimed_until and row.claimed_until > now else None)
                for row in rows
            ]
            last = (rows[-1].channel, rows[-1].user)


def _times(letter: Letter, due_at: datetime) -> dict[str, datetime]:
    return {"due_at": due_at, "expires_at": letter.expires_at or due_at + PATIENCE}


@cache
def _statement(dialect: str) -> Insert:
    """Takes a portion of people as one value: several times as fast as a row for each, and what is common is sent once."""
    people = bindparam("people", type_=JSON)
    if dialect == "postgresql":
        each: Any = func.json_array_elements(sql_cast(people, JSON)).column_valued("person")
        id_: Any = func.replace(sql_cast(func.gen_random_uuid(), String), "-", "")
    else:
        each = func.json_each(people).table_valued("value").c.value
        id_ = func.lower(func.hex(func.randomblob(16)))
    columns = {
        "id": id_,
        "channel": each.op("->>")(0),
        "user": each.op("->>")(1),
        "topic": bindparam("topic", type_=String),
        "payload": literal({}, JSON),
        "priority": bindparam("priority", type_=Integer),
        "state": literal(State.WAITING.value),
        "created_at": bindparam("now", type_=Utc),
        "due_at": bindparam("due_at", type_=Utc),
        "expires_at": bindparam("expires_at", type_=Utc),
        "attempts": literal(0),
        "letter_id": bindparam("letter_id", type_=String),
        "after_id": each.op("->>")(2),
    }
    # SQLite reads ON CONFLICT as part of a join unless the selection has a condition.
    chosen = select(*(column.label(name) for name, column in columns.items())).where(true())
    insert: Any = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement: Insert = (
        insert(_OUTBOX)
        .from_select(list(columns), chosen)
        .on_conflict_do_nothing(index_elements=["channel", "user", "topic"])
        .execution_options(preserve_rowcount=True)
    )
    return statement
