"""The order of turns that does not end with Redis."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from bot.shared.redis_link import RedisGone
from bot.shared.redis_order import RedisOrder
from dialogs.turn_order import InProcessOrder, TurnOrder


class SafeOrder:
    """A `TurnOrder`: that of Redis, and `beside` while Redis is gone.

    While processes change from one to the other, two turns of a person may run in two processes. `local` keeps apart
    those of this process in any case; it is the one that `beside` stands on.
    """

    def __init__(self, first: RedisOrder, beside: TurnOrder, local: InProcessOrder) -> None:
        self._first = first
        self._beside = beside
        self._local = local

    @asynccontextmanager
    async def hold(self, channel: str, user: str) -> AsyncIterator[None]:
        """Wait until nobody else has this person's turn."""
        async with AsyncExitStack() as stack:
            try:
                await stack.enter_async_context(self._first.hold(channel, user))
            except RedisGone:
                await stack.enter_async_context(self._beside.hold(channel, user))
            else:
                await stack.enter_async_context(self._local.hold(channel, user))
            yield
