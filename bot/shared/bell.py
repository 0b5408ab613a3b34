"""A bell between processes: what one puts into the outbox, the workers of the others take up at once.

PostgreSQL's NOTIFY is part of the transaction that puts: it rings when that is committed, and never for what is not.
"""

import asyncio
from collections.abc import Callable

import psycopg
import structlog

from bot.delivery.outbox import BELL
from bot.shared.observer import Observer
from bot.shared.postgres_order import Connect

log = structlog.get_logger(__name__)

AGAIN = 1.0
"""Seconds until the database is tried again that did not answer."""
ASK = 30.0
"""Seconds after which a silent connection is asked whether it is still there."""


class PostgresBell:
    """Listens on a connection of its own. Missing it loses nothing: workers look for themselves every few seconds."""

    def __init__(
        self, connect: Connect, mine: str, heard: Callable[[], None], observer: Observer, *, again: float = AGAIN
    ) -> None:
        """`mine` is what this process rings with; what others ring calls `heard`."""
        self._connect = connect
        self._mine = mine
        self._heard = heard
        self._observer = observer
        self._again = again
        self.listening = asyncio.Event()
        """Set while others can be heard."""

    async def run(self) -> None:
        """Listen until cancelled."""
        while True:
            try:
                await self._listen()
            except (psycopg.Error, OSError, TimeoutError) as error:
                self._observer.failed("shared.bell")
                log.warning("bell_unheard", error=type(error).__name__)
            finally:
                self.listening.clear()
            await asyncio.sleep(self._again)

    async def _listen(self) -> None:
        async with await self._connect() as connection:
            await connection.execute(f"LISTEN {BELL}")
            self.listening.set()
            self._heard()  # whatever rang before
            while True:
                async for ring in connection.notifies(timeout=ASK):
                    if ring.payload != self._mine:
                        self._heard()
                async with asyncio.timeout(ASK):
                    await connection.execute("SELECT 1")
