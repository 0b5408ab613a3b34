"""The order of turns in Redis: a line of tickets for each person, the first one has the turn.

A ticket is good for `lease` seconds and renewed by its process. What a killed process held or waited for lapses so soon.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from itertools import count
from uuid import uuid4

import structlog

from bot.shared.observer import Observer
from bot.shared.redis_link import RedisGone, RedisLink, name_of

log = structlog.get_logger(__name__)

LEASE = 5.0
"""Seconds. Longer than a loaded process is ever silent, short enough for a person to wait."""
_FIRST_LOOK = 0.01
_LATER_LOOKS = 0.05

_STEP = """
-- KEYS: the line, the ends of the leases (ms). ARGV: ticket, lease (ms), 1 to join the line.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if redis.call('HEXISTS', KEYS[2], ARGV[1]) == 0 then
  if ARGV[3] ~= '1' then return -1 end
  redis.call('RPUSH', KEYS[1], ARGV[1])
end
redis.call('HSET', KEYS[2], ARGV[1], string.format('%.0f', now + ARGV[2]))
local first = redis.call('LINDEX', KEYS[1], 0)
while first ~= ARGV[1] and tonumber(redis.call('HGET', KEYS[2], first) or 0) <= now do
  redis.call('LPOP', KEYS[1])
  redis.call('HDEL', KEYS[2], first)
  first = redis.call('LINDEX', KEYS[1], 0)
end
redis.call('PEXPIRE', KEYS[1], 10 * ARGV[2])
redis.call('PEXPIRE', KEYS[2], 10 * ARGV[2])
if first == ARGV[1] then return 1 end
return 0
"""
_LEAVE = """
redis.call('LREM', KEYS[1], 1, ARGV[1])
redis.call('HDEL', KEYS[2], ARGV[1])
"""


class RedisOrder:
    """A `TurnOrder`, but that `hold` raises `RedisGone` before its block begins where Redis does not answer."""

    def __init__(self, link: RedisLink, observer: Observer, *, lease: float = LEASE) -> None:
        self._link = link
        self._observer = observer
        self._lease = lease
        self._process = uuid4().hex[:12]
        self._numbers = count()

    @asynccontextmanager
    async def hold(self, channel: str, user: str) -> AsyncIterator[None]:
        """Wait in the line, and keep the turn for the block."""
        person = name_of(channel, user)
        keys = [f"order:{{{person}}}:line", f"order:{{{person}}}:leases"]
        ticket = f"{self._process}:{next(self._numbers)}"
        renewing: asyncio.Task[None] | None = None
        try:
            look = _FIRST_LOOK
            while not await self._step(keys, ticket, join=True):
                await asyncio.sleep(look)
                look = min(2 * look, _LATER_LOOKS)
            renewing = asyncio.create_task(self._renew(keys, ticket))
            yield
        finally:
            if renewing is not None:
                renewing.cancel()
            with suppress(RedisGone):
                await self._link.run(_LEAVE, keys, [ticket])

    async def _step(self, keys: list[str], ticket: str, *, join: bool) -> bool | None:
        """Renew the ticket; whether it is the first one, None where it has lapsed."""
        place = await self._link.run(_STEP, keys, [ticket, round(self._lease * 1000), int(join)])
        return None if place < 0 else bool(place)

    async def _renew(self, keys: list[str], ticket: str) -> None:
        while True:
            await asyncio.sleep(self._lease / 4)
            with suppress(RedisGone):
                if await self._step(keys, ticket, join=False) is None:
                    self._observer.failed("shared.order_lapsed")
                    log.warning("turn_lapsed")
                    return
