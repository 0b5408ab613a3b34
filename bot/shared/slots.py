"""Places in time that all processes which send on one channel book together."""

from typing import Protocol


class Slots(Protocol):
    """Never raises."""

    async def book(self, what: str, step: float, burst: int = 0) -> float:
        """Book the next place for `what`, of which one may go each `step` seconds, and `burst` more at once.

        Returns the seconds until that place begins.
        """
        ...
