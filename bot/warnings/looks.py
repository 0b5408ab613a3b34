"""When the sources of warnings were last looked at with success."""

from collections.abc import Callable
from datetime import datetime


class Looks:
    """Kept in this process: after a restart nothing has been looked at yet."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._at: dict[str, datetime | None] = {}

    def at(self, source: str) -> Callable[[], None]:
        """What is to be called after each successful look at a source, which counts from now on."""
        self._at[source] = None

        def looked() -> None:
            self._at[source] = self._clock()

        return looked

    async def last(self) -> datetime | None:
        """The moment up to which all sources are known; None where there is none, or one has not been reached yet."""
        moments = list(self._at.values())
        known = [moment for moment in moments if moment is not None]
        return min(known) if moments and len(known) == len(moments) else None
