"""Two understanders behind one: the second answers while the first is down."""

import time
from collections.abc import Callable

from nlu.understanding import Parse, Understander, UnderstanderDown


class FailoverUnderstander:
    """Asks `primary`; when it is down, `secondary` answers and `on_fallback` is told.

    After a failure the primary is left alone for `pause` seconds, then one sentence tries it again while others go
    on with the secondary: a dead service costs one time-out, not one for each turn.
    """

    name = "failover"

    def __init__(
        self,
        primary: Understander,
        secondary: Understander,
        on_fallback: Callable[[], None] = lambda: None,
        pause: float = 2.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._primary = primary
        self._secondary = secondary
        self._on_fallback = on_fallback
        self._pause = pause
        self._clock = clock
        self._retry_at: float | None = None

    @property
    def degraded(self) -> bool:
        """Whether the last attempt at the primary failed, or is still trying after a failure."""
        return self._retry_at is not None

    async def parse(self, normalized: str) -> Parse:
        """Understand a sentence; raises `UnderstanderDown` only if both are down."""
        now = self._clock()
        if self._retry_at is not None:
            if now < self._retry_at:
                return await self._fall_back(normalized)
            self._retry_at = now + self._pause  # this sentence tries; the others need not wait for it
        try:
            answer = await self._primary.parse(normalized)
        except UnderstanderDown:
            self._retry_at = self._clock() + self._pause
            return await self._fall_back(normalized)
        self._retry_at = None
        return answer

    async def _fall_back(self, normalized: str) -> Parse:
        self._on_fallback()
        return await self._secondary.parse(normalized)
