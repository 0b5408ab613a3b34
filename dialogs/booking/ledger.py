"""The ledger: every command one transaction, done once for its key, every change an event."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from datetime import datetime
from hashlib import sha256
from typing import TypeVar

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from dialogs.booking.entry import Entry
from dialogs.booking.models import BookingRow, CommandRow
from dialogs.booking.notices import Notify
from dialogs.booking.terms import Booking, NotPossible, Person, Reason
from dialogs.booking.views import view
from knowledge_base.store import Store

TRIES = 6
_PAUSE = 0.02
"""Seconds before the second try, doubled for each further one, and up to as much again by chance."""
_Answer = TypeVar("_Answer")
Act = Callable[[Entry], Awaitable[Sequence[BookingRow]]]


class Ledger:
    """The bookings of one store."""

    def __init__(
        self,
        store: Store,
        notify: Notify,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        new_number: Callable[[], str],
    ) -> None:
        """`new_number` gives five digits at random; another is asked for where it belongs to an open booking."""
        self._store = store
        self._notify = notify
        self._clock = clock
        self._new_id = new_id
        self._new_number = new_number
        # SQLite has one writer: waiting for one's turn here costs less than asking again and again whether it is free.
        sqlite_here = store.engine.dialect.name == "sqlite"
        self._one_writer: AbstractAsyncContextManager[object] = asyncio.Lock() if sqlite_here else nullcontext()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Entry]:
        """A transaction that only reads."""
        async with self._store.session() as session:
            yield self._entry(session)

    async def command(self, what: str, by: Person, key: str, act: Act) -> Sequence[Booking]:
        """Do it, unless that was done under this key before; the bookings as they stand then.

        Raises `NotPossible` for a key that was used for something else, and whatever `act` raises: then nothing has
        changed, and the key is free.
        """
        digest, kind = _digest(key), _digest(f"{what}|{by.channel}|{by.user}")

        async def once(entry: Entry) -> Sequence[Booking]:
            session = entry.session
            insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
            # The first statement writes: it waits for whoever has the same key in hand, and on SQLite for all writers.
            values = {"key": digest, "what": kind, "at": entry.now, "answer": []}
            mine = insert(CommandRow).values(values).on_conflict_do_nothing().returning(CommandRow.key)
            if await session.scalar(mine) is None:
                return await _done_before(session, digest, kind)
            rows = await act(entry)
            await session.flush()
            done = update(CommandRow).where(CommandRow.key == digest).values(answer=[row.id for row in rows])
            await session.execute(done.execution_options(synchronize_session=False))
            return [await view(session, row) for row in rows]

        return await self.change(once)

    async def change(self, act: Callable[[Entry], Awaitable[_Answer]]) -> _Answer:
        """One transaction; once more when the database had to choose between it and another."""
        for attempt in range(1, TRIES):
            try:
                return await self._change(act)
            except (OperationalError, IntegrityError):
                pause = _PAUSE * 2**attempt
                await asyncio.sleep(pause + random.uniform(0, pause))  # noqa: S311 - not a secret
        return await self._change(act)

    async def _change(self, act: Callable[[Entry], Awaitable[_Answer]]) -> _Answer:
        async with self._one_writer, self._store.session() as session:
            with (
                session.no_autoflush
            ):  # what belongs together goes to the database together; `Entry` flushes where it must
                return await act(self._entry(session))

    def _entry(self, session: AsyncSession) -> Entry:
        return Entry(session, self._clock(), self._notify, self._new_id, self._new_number)


async def _done_before(session: AsyncSession, digest: str, kind: str) -> Sequence[Booking]:
    done = await session.get_one(CommandRow, digest)
    if done.what != kind:
        raise NotPossible(Reason.KEY)
    rows = await session.scalars(select(BookingRow).where(BookingRow.id.in_(done.answer)))
    found = {row.id: row for row in rows}
    return [await view(session, found[one]) for one in done.answer]


def _digest(text: str) -> str:
    """Keys hold what names a person; the digest is as unique."""
    return sha256(text.encode()).hexdigest()
