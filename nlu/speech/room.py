"""Room for recordings: some are worked on, some wait, and one too many is told to come later."""

from collections.abc import Iterator
from contextlib import contextmanager

from nlu.speech.base import EarBusy


class Room:
    """Counts the recordings that are inside: up to `parallel` are worked on, `waiting` more may wait."""

    def __init__(self, parallel: int, waiting: int) -> None:
        self._parallel = parallel
        self._waiting = waiting
        self._inside = 0

    @contextmanager
    def place(self) -> Iterator[None]:
        """A place for one recording. Raises `EarBusy` when none is free."""
        if self._inside >= self._parallel + self._waiting:
            raise EarBusy
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1

    @property
    def queue_length(self) -> int:
        """Recordings that wait for their turn."""
        return max(self._inside - self._parallel, 0)

    @property
    def busy(self) -> int:
        """Recordings that are being worked on."""
        return min(self._inside, self._parallel)
