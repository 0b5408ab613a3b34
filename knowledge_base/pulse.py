"""Connections to a PostgreSQL server that may fall silent: it is stopped, or the network swallows what it says.

A statement may last as long as it needs, an import of a million rows or a wait for a lock; so none has a limit. But who has
waited for a while asks the server on another connection whether it is there, and where it is not, gives up.
"""

import asyncio
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from psycopg import AsyncConnection, OperationalError
from psycopg.abc import RV, PQGen
from sqlalchemy import URL

from knowledge_base.address import connect_arguments
from knowledge_base.own_time import done_within

log = structlog.get_logger(__name__)

DOUBT = 1.0
"""Seconds without an answer after which the server is asked."""
PATIENCE = 3.0
"""Seconds for a connection and its first answer; who is alone with a server takes some milliseconds."""
AGAIN = 2.0
"""Seconds in which a server that was silent is left alone: nobody waits for it. Who comes later asks again."""


class Pulse:
    """Whether a server answers. All who ask at the same time share one question; `silent` is what is known of it."""

    def __init__(self, url: URL, *, doubt: float = DOUBT, patience: float = PATIENCE, again: float = AGAIN) -> None:
        self._address = connect_arguments(url)
        self._doubt = doubt
        self._patience = patience
        self._again = again
        self.silent = False
        self._alone_until = 0.0
        self._asking: asyncio.Task[bool] | None = None
        self._given_up: set[asyncio.Task[None]] = set()

    async def beats(self) -> bool:
        """Whether the server answers. One that refuses is not silent: what waits for it hears of that by itself."""
        if self._asking is None:
            if self.silent and asyncio.get_running_loop().time() < self._alone_until:
                return False
            self._asking = asyncio.create_task(self._asked())
        return await asyncio.shield(self._asking)

    @contextmanager
    def watching(self, give_up: Callable[[], object]) -> Iterator[None]:
        """Call `give_up` when the block lasts and the server is silent."""
        watch: asyncio.Task[None] | None = None

        async def look() -> None:
            while await self.beats():  # noqa: ASYNC110 - no event tells of silence
                await asyncio.sleep(self._again)
            give_up()

        def doubt() -> None:
            nonlocal watch
            watch = asyncio.create_task(look())

        timer = asyncio.get_running_loop().call_later(0 if self.silent else self._doubt, doubt)
        try:
            yield
        finally:
            timer.cancel()
            if watch is not None:
                watch.cancel()

    async def connect(self, *arguments: Any, **named: Any) -> "WatchedConnection":
        """A connection with psycopg's arguments. Raises `psycopg.Error`."""
        connecting = asyncio.create_task(WatchedConnection.connect(*arguments, **named))
        with self.watching(connecting.cancel):
            try:
                await asyncio.wait({connecting})
            finally:
                connecting.cancel()  # where the one who wanted it has gone
        if connecting.cancelled():
            raise OperationalError("the server is silent")
        connection = connecting.result()
        connection.pulse = self
        return connection

    async def own(self, **named: Any) -> "WatchedConnection":
        """A connection of one's own to the database of the address, with psycopg's options. Raises `psycopg.Error`."""
        return await self.connect(**{**named, **self._address})

    async def _asked(self) -> bool:
        question = asyncio.create_task(self._ask())
        try:
            answered = await done_within(question, self._patience)
        finally:
            self._asking = None
        if answered:
            question.exception()  # an error is an answer too
        else:
            self._given_up.add(question)  # ends by itself: psycopg takes its time to cancel what is not answered
            question.add_done_callback(self._ended)
            question.cancel()
            self._alone_until = asyncio.get_running_loop().time() + self._again
        if self.silent and answered:
            log.info("database_back")
        elif not self.silent and not answered:
            log.error("database_silent")
        self.silent = not answered
        return answered

    def _ended(self, question: asyncio.Task[None]) -> None:
        self._given_up.discard(question)
        if not question.cancelled():
            question.exception()  # seen: nobody waits for it any more

    async def _ask(self) -> None:
        connection = await AsyncConnection.connect(**self._address, autocommit=True)
        try:
            await connection.execute("SELECT 1")
        finally:
            await connection.close()


class WatchedConnection(AsyncConnection[Any]):
    """A connection that ends while it waits for a server that is silent. Its `pulse` is set by `Pulse.connect`."""

    pulse: Pulse

    async def wait(self, gen: PQGen[RV], *arguments: Any, **named: Any) -> RV:
        """As psycopg's own, through which every statement goes."""
        if named.get("timeout") is not None:  # who listens for what may never come
            return await super().wait(gen, *arguments, **named)
        with self.pulse.watching(self._end):
            return await super().wait(gen, *arguments, **named)

    def _end(self) -> None:
        """As if the server had closed the line, which the driver and the pool know what to do about."""
        if self.pgconn.socket >= 0:
            with socket.socket(fileno=os.dup(self.pgconn.socket)) as line:
                line.shutdown(socket.SHUT_RDWR)
