"""A ceiling that all processes stay under together: each asks Redis when its next message may go."""

from bot.shared.redis_link import RedisGone, RedisLink, name_of

_BOOK = """
-- KEYS: when what is booked so far is over (s). ARGV: seconds for one, how many may go at once. Answers the seconds to wait.
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local over = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now)
redis.call('SET', KEYS[1], string.format('%.6f', over + ARGV[1]), 'PX', math.ceil((over + ARGV[1] - now) * 1000) + 1)
return string.format('%.6f', math.max(0, over - now - ARGV[2] * ARGV[1]))
"""


class RedisSlots:
    """The `Slots` of one channel. `senders`: processes that send, whose share each keeps to while Redis is gone."""

    def __init__(self, link: RedisLink, name: str, senders: int) -> None:
        self._link = link
        self._name = name
        self._senders = senders

    async def book(self, what: str, step: float, burst: int = 0) -> float:
        """Book the next place for `what`; the seconds until it begins."""
        try:
            return float(await self._link.run(_BOOK, [f"slots:{self._name}:{name_of(what)}"], [step, burst]))
        except RedisGone:
            return 0.0 if burst else self._senders * step
