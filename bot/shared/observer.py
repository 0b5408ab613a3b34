"""Who hears what goes wrong with shared state."""

from typing import Protocol


class Observer(Protocol):
    """Counts what went wrong, for metrics; gets no text and no person."""

    def failed(self, where: str) -> None: ...
