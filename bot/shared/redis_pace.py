"""A pace that all processes keep together, in Redis; while that is gone, each process keeps its own."""

from bot.shared.pace import Pace
from bot.shared.redis_link import RedisGone, RedisLink, name_of

_WAIT = """
-- KEYS: when this bucket is full again (s). ARGV: burst, seconds for one, cost. Answers the seconds to wait (0: taken).
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local full = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now) + ARGV[3] * ARGV[2]
local over = full - now - ARGV[1] * ARGV[2]
if over > 0.000001 then return string.format('%.6f', over) end
redis.call('SET', KEYS[1], string.format('%.6f', full), 'PX', math.ceil((full - now) * 1000) + 1)
return '0'
"""
_REFILL = "redis.call('DEL', KEYS[1])"


class RedisPace:
    """A `SharedPace`. `name` keeps apart what has different bounds; `local` has the bounds."""

    def __init__(self, link: RedisLink, name: str, local: Pace) -> None:
        self._link = link
        self._name = name
        self._local = local

    async def wait(self, who: str, cost: float = 1) -> float:
        """Take `cost` turns and return 0, or return the seconds until `who` has them."""
        try:
            return float(await self._link.run(_WAIT, [self._key(who)], [self._local.burst, self._local.every, cost]))
        except RedisGone:
            return self._local.wait(who, cost)

    async def refill(self, who: str) -> None:
        """Give `who` the whole burst again."""
        self._local.refill(who)
        try:
            await self._link.run(_REFILL, [self._key(who)], [])
        except RedisGone:
            return

    def _key(self, who: str) -> str:
        return f"pace:{self._name}:{name_of(who)}"
