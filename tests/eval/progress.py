"""How far a long measurement is."""

import threading
import time

from tests.bench.figures import show

EVERY = 60.0
"""Seconds between two lines."""


class Progress:
    """Counts steps, and now and then says how many are left. Safe to share between threads."""

    def __init__(self, name: str, count: int) -> None:
        self._name = name
        self._count = count
        self._done = 0
        self._started = self._said = time.monotonic()
        self._lock = threading.Lock()

    def step(self) -> None:
        """One more is done."""
        with self._lock:
            self._done += 1
            now = time.monotonic()
            if now - self._said >= EVERY or self._done == self._count:
                self._said = now
                left = (now - self._started) / self._done * (self._count - self._done)
                show(f"{self._name}: {self._done} of {self._count}, about {left / 60:.0f} min left")
