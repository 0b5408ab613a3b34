"""Redis, which may be gone at any time: every call ends soon, and while it is gone nobody waits for it."""

import asyncio
from collections.abc import Awaitable, Sequence
from hashlib import blake2b
from typing import Any

import structlog
from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.commands.core import AsyncScript
from redis.exceptions import ConnectionError as Disconnected
from redis.exceptions import RedisError

from bot.shared.observer import Observer
from knowledge_base.own_time import done_within

log = structlog.get_logger(__name__)

PREFIX = "xiangyin:"
"""Before every key, so that one Redis can serve other programs too."""


class RedisGone(Exception):
    """Redis does not answer. Who needs it goes on without."""


class RedisLink:
    """One Redis server. `patience` bounds one call, `again` is how long it is left alone after a failure; seconds."""

    def __init__(
        self, url: str, observer: Observer, *, patience: float = 1.0, again: float = 2.0, connections: int = 8
    ) -> None:
        # A connection that broke while it was idle is replaced at once; anything else is a failure.
        retry: Retry = Retry(NoBackoff(), 1, supported_errors=(Disconnected,))
        pool = ConnectionPool.from_url(
            url,
            max_connections=2 * connections,
            socket_timeout=None,
            socket_connect_timeout=None,
            retry=retry,
            decode_responses=True,
            protocol=2,
        )
        self._redis: Redis = Redis.from_pool(pool)
        self._observer = observer
        self._patience = patience
        self._again = again
        self._gone_until: float | None = None
        self._free = asyncio.Semaphore(connections)
        """Who waits for a connection because there is much to do does not wait for Redis: that has its own time."""
        self._scripts: dict[str, AsyncScript] = {}

    @property
    def up(self) -> bool:
        """Whether the last call was answered."""
        return self._gone_until is None

    async def run(self, script: str, keys: Sequence[str], arguments: Sequence[str | float]) -> Any:
        """Run a Lua script, whole or not at all. Keys get the prefix. Raises `RedisGone`."""
        if script not in self._scripts:
            self._scripts[script] = self._redis.register_script(script)
        async with self._free:
            self._consider()
            try:
                result = await self._patiently(self._scripts[script]([PREFIX + key for key in keys], list(arguments)))
            except (RedisError, OSError, TimeoutError) as error:
                self._lost(error)
                raise RedisGone from None
        if self._gone_until is not None:
            self._gone_until = None
            log.info("redis_back")
        return result

    async def _patiently(self, call: Awaitable[Any]) -> Any:
        """Time in which this process itself was too busy to look is not held against Redis."""
        task = asyncio.ensure_future(call)
        try:
            if not await done_within(task, self._patience):
                raise TimeoutError
            return await task
        finally:
            if not task.done():
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    def _consider(self) -> None:
        """Raise `RedisGone` while it is to be left alone; then let one caller try, for whom the others do not wait."""
        if self._gone_until is None:
            return
        now = asyncio.get_running_loop().time()
        if now < self._gone_until:
            raise RedisGone
        self._gone_until = now + self._again

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()

    def _lost(self, error: Exception) -> None:
        if self._gone_until is None:
            # The error's name only: its text may hold the address with the password.
            log.error("redis_gone", error=type(error).__name__)
        self._observer.failed("shared.redis")
        self._gone_until = asyncio.get_running_loop().time() + self._again


def name_of(*parts: str) -> str:
    """A short name for a person or a thing. What is in Redis names nobody."""
    return blake2b("\0".join(parts).encode(), digest_size=12).hexdigest()
