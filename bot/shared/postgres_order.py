"""The order of turns by PostgreSQL's advisory locks: they end with the connection, so a killed process holds none."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from hashlib import blake2b

import psycopg
import structlog
from psycopg import AsyncConnection

from bot.shared.observer import Observer
from dialogs.turn_order import InProcessOrder

log = structlog.get_logger(__name__)

Connect = Callable[[], Awaitable[AsyncConnection]]

PATIENCE = 15.0
"""Seconds to wait for another process's turn: it may be held up with its connection open."""
WAITING = 8
"""Connections on which to wait at the same time; further persons wait for one of them."""


class PostgresOrder:
    """A `TurnOrder`. One connection holds the locks of all turns of this process.

    Who is not alone waits in PostgreSQL's own queue, in the order of arrival, on a connection for that purpose. Where
    the database does not answer, the order is that of this process; no turn can be kept then anyway.
    """

    def __init__(
        self, connect: Connect, observer: Observer, *, local: InProcessOrder | None = None, patience: float = PATIENCE
    ) -> None:
        self._connect = connect
        self._observer = observer
        self._local = local or InProcessOrder()
        self._patience = patience
        self._one: AsyncConnection | None = None
        self._held: set[int] = set()
        """Keys of locks on that connection, which would not hold back a second task that asks on it too."""
        self._opening = asyncio.Lock()
        self._places = asyncio.Semaphore(WAITING)
        self._unlocking: set[asyncio.Task[bool | None]] = set()

    @asynccontextmanager
    async def hold(self, channel: str, user: str) -> AsyncIterator[None]:
        """Wait until no process has this person's turn."""
        key = int.from_bytes(blake2b(f"{channel}\0{user}".encode(), digest_size=8).digest(), signed=True)
        async with AsyncExitStack() as stack:
            if key in self._held or not await self._at_once(key):
                await stack.enter_async_context(self._places)
                await stack.enter_async_context(self._waited(key))
            else:
                stack.push_async_callback(self._unlock, key)
            await stack.enter_async_context(self._local.hold(channel, user))  # also where there was no lock to be had
            yield

    async def close(self) -> None:
        """Close the connection that holds the locks."""
        if self._one is not None:
            await self._one.close()
            self._one = None

    async def _at_once(self, key: int) -> bool:
        """Whether the turn could be had without waiting; also where the database cannot be asked."""
        self._held.add(key)
        trying = asyncio.ensure_future(self._ask("SELECT pg_try_advisory_lock(%s)", key))
        try:
            got = await asyncio.shield(trying) is not False
        except asyncio.CancelledError:
            await trying  # or the lock would stay
            await self._unlock(key)
            raise
        if not got:
            self._held.discard(key)
        return got

    async def _unlock(self, key: int) -> None:
        # Even where this task is cancelled meanwhile: a lock that stays would hold this person up.
        unlocking = asyncio.create_task(self._ask("SELECT pg_advisory_unlock(%s)", key))
        self._unlocking.add(unlocking)
        unlocking.add_done_callback(self._unlocking.discard)
        unlocking.add_done_callback(lambda _: self._held.discard(key))
        await asyncio.shield(unlocking)

    @asynccontextmanager
    async def _waited(self, key: int) -> AsyncIterator[None]:
        connection: AsyncConnection | None = None
        try:
            try:
                async with asyncio.timeout(self._patience + 1):
                    connection = await self._connect()
                    await connection.execute(f"SET lock_timeout = {round(self._patience * 1000)}")
                    await connection.execute("SELECT pg_advisory_lock(%s)", [key])
            except (psycopg.Error, OSError, TimeoutError) as error:
                self._trouble(error)
            yield
        finally:
            if connection is not None:
                await connection.close()

    async def _ask(self, statement: str, key: int) -> bool | None:
        """The answer on the connection of all locks, on a new one if that has broken; None where there is none."""
        for again in (True, False):
            connection: AsyncConnection | None = None
            try:
                async with asyncio.timeout(self._patience):
                    connection = await self._shared()
                    row = await (await connection.execute(statement, [key])).fetchone()
            except (psycopg.Error, OSError, TimeoutError) as error:
                if connection is not None:
                    await connection.close()
                    if self._one is connection:
                        self._one = None
                if connection is None or not again:
                    self._trouble(error)
                    return None
            else:
                return bool(row and row[0])
        return None

    async def _shared(self) -> AsyncConnection:
        async with self._opening:
            if self._one is None or self._one.closed:
                self._one = await self._connect()
            return self._one

    def _trouble(self, error: Exception) -> None:
        self._observer.failed("shared.order")
        log.warning("turn_order_without_database", error=type(error).__name__)
