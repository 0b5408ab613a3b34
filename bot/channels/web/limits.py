"""What one visitor may send, and how fast."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of the web chat. The defaults suit a person; the settings' voice limits go into `voice_*`."""

    text: int = 2_000
    """Longest typed message, in characters."""
    frame: int = 131_072
    """Longest WebSocket message, in bytes; longer ones close the line."""
    voice_bytes: int = 20_000_000
    voice_seconds: int = 60
    upload_seconds: float = 60.0
    """Longest time one upload may take."""
    uploads: int = 8
    """Recordings being received at the same time, over all visitors; bounds the memory they take."""
    burst: int = 10
    """Messages a visitor may send at once ..."""
    every: float = 2.0
    """... and seconds until one more is allowed."""
    lines: int = 8
    """Open sockets (tabs, phones) per visitor."""
    speeches: int = 5_000
    """Spoken texts remembered for `GET /speech`."""


class Pace:
    """A token bucket for each visitor; the least recent ones are forgotten, which only favours them."""

    def __init__(
        self, burst: int, every: float, clock: Callable[[], float] = time.monotonic, remembered: int = 10_000
    ) -> None:
        self._burst = burst
        self._every = every
        self._clock = clock
        self._remembered = remembered
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def wait(self, who: str) -> float:
        """Take one turn and return 0, or return the seconds until `who` has one."""
        now = self._clock()
        full_at = max(self._full_at.get(who, now), now)
        over = full_at + self._every - now - self._burst * self._every
        if over > 0:
            return over
        self._full_at[who] = full_at + self._every
        self._full_at.move_to_end(who)
        if len(self._full_at) > self._remembered:
            self._full_at.popitem(last=False)
        return 0.0
