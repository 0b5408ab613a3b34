"""How much one person may send: a burst, and then one more each few seconds. A token bucket, in this process or in Redis."""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol


class Pace:
    """A bucket for each person; the least recent ones are forgotten, which only favours them. `every` in seconds."""

    def __init__(
        self, burst: float, every: float, clock: Callable[[], float] = time.monotonic, remembered: int = 10_000
    ) -> None:
        self.burst = burst
        self.every = every
        self._clock = clock
        self._remembered = remembered
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def wait(self, who: str, cost: float = 1) -> float:
        """Take `cost` turns and return 0, or return the seconds until `who` has them."""
        now = self._clock()
        full_at = max(self._full_at.get(who, now), now) + cost * self.every
        over = full_at - now - self.burst * self.every
        if over > 0:
            return over
        self._full_at[who] = full_at
        self._full_at.move_to_end(who)
        if len(self._full_at) > self._remembered:
            self._full_at.popitem(last=False)
        return 0.0

    def refill(self, who: str) -> None:
        """Give `who` the whole burst again."""
        self._full_at.pop(who, None)


class SharedPace(Protocol):
    """A pace that may be asked for elsewhere. Never raises."""

    async def wait(self, who: str, cost: float = 1) -> float:
        """Take `cost` turns and return 0, or return the seconds until `who` has them."""
        ...

    async def refill(self, who: str) -> None:
        """Give `who` the whole burst again."""
        ...


class LocalPace:
    """A `SharedPace` of this process alone."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace

    async def wait(self, who: str, cost: float = 1) -> float:
        """Take `cost` turns and return 0, or return the seconds until `who` has them."""
        return self._pace.wait(who, cost)

    async def refill(self, who: str) -> None:
        """Give `who` the whole burst again."""
        self._pace.refill(who)
