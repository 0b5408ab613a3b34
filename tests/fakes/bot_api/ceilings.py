"""The documented rate ceilings, kept as token buckets."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.fakes.bot_api.errors import flood


@dataclass
class _Bucket:
    rate: float
    size: float
    tokens: float
    at: float

    def wait(self, now: float) -> float:
        """Seconds until there is a token; takes none."""
        self.tokens = min(self.size, self.tokens + (now - self.at) * self.rate)
        self.at = now
        return max(0.0, (1 - self.tokens) / self.rate)


@dataclass
class Ceilings:
    """30 messages a second overall, 1 a second per chat with short bursts, 20 a minute per group.

    A message over a ceiling is refused with 429 and the whole seconds to wait, and counted in `refused`.
    """

    overall: float = 30
    chat: float = 1
    chat_burst: float = 3
    """Telegram lets short bursts through without saying how long; three is an assumption."""
    group: float = 20 / 60
    clock: Callable[[], float] = time.monotonic
    refused: int = 0
    _buckets: dict[int | None, _Bucket] = field(default_factory=dict)

    def admit(self, chat: int) -> None:
        """Let one message to this chat pass, or raise 429. Groups have negative ids."""
        now = self.clock()
        own = self._bucket(chat, self.chat if chat > 0 else self.group, self.chat_burst if chat > 0 else 20, now)
        everybody = self._bucket(None, self.overall, self.overall, now)
        wait = max(own.wait(now), everybody.wait(now))
        if wait > 0:
            self.refused += 1
            raise flood(math.ceil(wait))
        own.tokens -= 1
        everybody.tokens -= 1

    def _bucket(self, key: int | None, rate: float, size: float, now: float) -> _Bucket:
        return self._buckets.setdefault(key, _Bucket(rate, size, size, now))
