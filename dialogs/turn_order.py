"""Whose turn it is: messages of one person are taken one after the other, those of different people at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol
from weakref import WeakValueDictionary


class TurnOrder(Protocol):
    """Keeps a person's turns apart, first come, first served.

    It never raises. Where what it stands on is gone, two turns may run at once after all: `Conversations` notices that
    when the second one is to be kept.
    """

    def hold(self, channel: str, user: str) -> AbstractAsyncContextManager[None]:
        """Wait until nobody else has this person's turn, and keep it for the block."""
        ...


class InProcessOrder:
    """The order of one process."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def hold(self, channel: str, user: str) -> AsyncIterator[None]:
        """Wait for the turns that were asked for before."""
        lock = self._locks.setdefault((channel, user), asyncio.Lock())
        async with lock:
            yield
