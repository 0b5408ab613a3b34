"""Where updates come in, from polling or the webhook: each is handled once at a time, in order per chat."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from aiogram.types import Update

from bot.channels.lanes import Lanes
from bot.channels.telegram.arrival import read
from bot.channels.telegram.conversation import Conversation
from bot.channels.telegram.pace import Pace


class Reception:
    """Takes updates in. What it returns is done when the update may be forgotten, cancelled when it may not."""

    def __init__(self, conversation: Conversation, pace: Pace, clock: Callable[[], datetime]) -> None:
        self._conversation = conversation
        self._pace = pace
        self._clock = clock
        self._lanes = Lanes(pace.parallel)
        self._open: dict[int, asyncio.Future[None]] = {}
        self._told: set[int] = set()

    def accept(self, update: Update) -> "asyncio.Future[None]":
        """Take an update in; one that is being handled already is not taken in twice."""
        known = self._open.get(update.update_id)
        if known is not None:
            return known
        future = self._submit(update)
        self._open[update.update_id] = future
        future.add_done_callback(lambda _: self._open.pop(update.update_id, None))
        return future

    async def close(self) -> None:
        """Let what is being answered be finished within `Pace.grace`, cancel the rest."""
        await self._lanes.close(self._pace.grace)

    def _submit(self, update: Update) -> "asyncio.Future[None]":
        arrival = read(update, self._clock())
        if arrival is None:
            return _done()
        chat = arrival.chat
        waiting = self._lanes.waiting(chat)
        if waiting == 0:
            self._told.discard(chat)
        if waiting <= self._pace.waiting:
            return self._lanes.submit(chat, lambda: self._conversation.handle(arrival))
        if chat in self._told:
            return _done()
        self._told.add(chat)
        return self._lanes.submit(chat, lambda: self._conversation.too_fast(arrival))


def _done() -> "asyncio.Future[None]":
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    future.set_result(None)
    return future
