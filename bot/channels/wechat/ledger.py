"""Which messages were answered, over all processes: each once, and none forgotten that WeChat was told to stop repeating."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.wechat.models import ArrivalRow
from knowledge_base.store import Store

AT_ONCE = 16
"""Owed answers that are taken up at a time."""


class Verdict(Enum):
    """Who gives the answer as the reply to the call that is waiting."""

    MINE = auto()
    AGAIN = auto()
    """It was given before and did not get through, or WeChat would not ask again: the same once more, and nothing else."""
    ELSEWHERE = auto()
    """It is sent as a customer-service message, by whoever has taken it up."""


@dataclass(frozen=True, slots=True)
class Debt:
    """An answer that is owed: the message, and how many parts of its answer are out."""

    key: str
    user: str
    body: str
    sent: int
    tries: int


class Ledger:
    """The arrivals in one store. A process that ends leaves what it owed to the others, after `lease` seconds."""

    def __init__(self, store: Store, clock: Callable[[], datetime], lease: float) -> None:
        self._store = store
        self._clock = clock
        self._lease = timedelta(seconds=lease)

    async def reply(self, key: str, user: str, body: str | None, sent: int) -> Verdict:
        """Book an answer, `sent` parts of it, as the reply to the waiting call; `body` is the message if more follows."""
        async with self._store.session() as session:
            if await self._insert(session, key, user, body, sent, passive=True):
                return Verdict.MINE
            row = await session.get(ArrivalRow, key)
            return Verdict.AGAIN if row is not None and row.passive else Verdict.ELSEWHERE

    async def owe(self, key: str, user: str, body: str) -> bool:
        """Book an answer that comes later; whether it is the caller's to send."""
        async with self._store.session() as session:
            if await self._insert(session, key, user, body, 0, passive=False):
                return True
            # It had been given as a reply, and WeChat asks again: that reply has not arrived.
            taken = await session.scalars(
                update(ArrivalRow)
                .where(ArrivalRow.id == key, ArrivalRow.passive)
                .values(passive=False, body=body, sent=0, due_at=self._clock() + self._lease)
                .returning(ArrivalRow.id)
                .execution_options(synchronize_session=False)
            )
            return bool(taken.all())

    async def progress(self, key: str, sent: int) -> None:
        """Note how many parts are out, and keep the lease."""
        await self._set(key, sent=sent, due_at=self._clock() + self._lease)

    async def settle(self, key: str) -> None:
        """Nothing is owed any more: the message itself is dropped."""
        await self._set(key, body=None)

    async def put_off(self, key: str, seconds: float) -> None:
        """Have it tried again later."""
        due_at = self._clock() + timedelta(seconds=seconds)
        await self._set(key, tries=ArrivalRow.tries + 1, due_at=due_at)

    async def take_up(self) -> list[Debt]:
        """Answers that nobody is at work on; they are the caller's from now on."""
        now = self._clock()
        async with self._store.session() as session:
            waiting = (
                select(ArrivalRow.id)
                .where(ArrivalRow.body.is_not(None), ArrivalRow.due_at <= now)
                .order_by(ArrivalRow.at)
                .limit(AT_ONCE)
                .with_for_update(skip_locked=True)
            )
            found = (await session.scalars(waiting)).all()
            if not found:
                return []
            # The condition again: SQLite knows no row locks, and another process may have been quicker.
            taken = await session.execute(
                update(ArrivalRow)
                .where(ArrivalRow.id.in_(found), ArrivalRow.body.is_not(None), ArrivalRow.due_at <= now)
                .values(due_at=now + self._lease)
                .returning(ArrivalRow.id, ArrivalRow.user, ArrivalRow.body, ArrivalRow.sent, ArrivalRow.tries)
                .execution_options(synchronize_session=False)
            )
            return [Debt(row.id, row.user, row.body, row.sent, row.tries) for row in taken]

    async def forget(self, keep: float, owed: float) -> None:
        """Drop what was answered `keep` seconds ago, and what cannot be sent any more after `owed` seconds."""
        now = self._clock()
        settled, hopeless = now - timedelta(seconds=keep), now - timedelta(seconds=owed)
        old = or_(ArrivalRow.body.is_(None) & (ArrivalRow.at < settled), ArrivalRow.at < hopeless)
        async with self._store.session() as session:
            if await session.scalar(select(ArrivalRow.id).where(old).limit(1)):
                await session.execute(delete(ArrivalRow).where(old))

    async def _insert(
        self, session: AsyncSession, key: str, user: str, body: str | None, sent: int, *, passive: bool
    ) -> bool:
        insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        now = self._clock()
        row = {
            "id": key,
            "user": user,
            "passive": passive,
            "body": body,
            "sent": sent,
            "tries": 0,
            "at": now,
            "due_at": now + self._lease,
        }
        statement = insert(ArrivalRow).on_conflict_do_nothing(index_elements=["id"]).returning(ArrivalRow.id)
        return bool((await session.scalars(statement, [row])).all())

    async def _set(self, key: str, **values: Any) -> None:
        async with self._store.session() as session:
            await session.execute(update(ArrivalRow).where(ArrivalRow.id == key).values(**values))
