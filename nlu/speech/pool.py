"""Recognisers that are kept: made when first needed, never more than a bound, the warmest taken first."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from nlu.speech.recogniser import Recogniser


class Pool:
    """Safe to share between threads. Whoever takes must be no more than `most` threads at once."""

    def __init__(self, make: Callable[[], Recogniser], most: int) -> None:
        self._make = make
        self._most = most
        self._lock = threading.Lock()
        self.idle: list[Recogniser] = []
        self.made = 0

    @contextmanager
    def taken(self, *, coldest: bool = False) -> Iterator[Recogniser]:
        """One recogniser for this thread alone; the `coldest` is a new one as long as one may be made."""
        recogniser = self._take(coldest=coldest)
        try:
            yield recogniser
        finally:
            with self._lock:
                self.idle.append(recogniser)

    def fill(self) -> None:
        """Make all that may be made."""
        while self.made < self._most:
            with self.taken(coldest=True):
                pass

    def _take(self, *, coldest: bool) -> Recogniser:
        with self._lock:
            if self.idle and not (coldest and self.made < self._most):
                self.idle.sort(key=lambda recogniser: recogniser.heard)
                return self.idle.pop(0 if coldest else -1)
            self.made += 1
        return self._make()
