"""A circuit breaker: what fails again and again is left alone for a while."""

from collections.abc import Callable
from datetime import datetime, timedelta


class Breaker:
    """Closed at first; open for `rest` after `failures` in a row. Then one call is let through, which decides."""

    def __init__(
        self, clock: Callable[[], datetime], *, failures: int = 3, rest: timedelta = timedelta(seconds=60)
    ) -> None:
        self._clock = clock
        self._most = failures
        self._rest = rest
        self._failed = 0
        self._open_until: datetime | None = None

    def admits(self) -> bool:
        """Whether a call may be made now. Who is let through after a rest is alone until it ends or one more rest is over."""
        if self._open_until is None:
            return True
        if self._clock() < self._open_until:
            return False
        self._open_until = self._clock() + self._rest
        return True

    def succeeded(self) -> None:
        """A call went well."""
        self._failed, self._open_until = 0, None

    def failed(self) -> None:
        """A call failed."""
        self._failed += 1
        if self._failed >= self._most:
            self._open_until = self._clock() + self._rest
