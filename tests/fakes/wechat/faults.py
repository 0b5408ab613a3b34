"""Failures to order: the next call of a path is refused, garbled, hangs, or succeeds without an answer."""

import asyncio
from collections import defaultdict, deque
from dataclasses import dataclass
from typing import Literal

Manner = Literal["refuse", "garble", "hang", "lose"]


@dataclass(frozen=True)
class Fault:
    """One ordered failure."""

    manner: Manner
    code: int


class Faults:
    """Ordered failures by path, first ordered first served."""

    def __init__(self) -> None:
        self._ordered: dict[str, deque[Fault]] = defaultdict(deque)
        self.release = asyncio.Event()
        """Set when hanging calls may end."""

    def order(self, path: str, code: int = -1, *, manner: Manner = "refuse", times: int = 1) -> None:
        """Let the next `times` calls of a path (such as `custom/send`) fail."""
        self._ordered[path].extend([Fault(manner, code)] * times)

    def next(self, path: str) -> Fault | None:
        """The failure that this call meets, if any; it is used up."""
        for named, ordered in self._ordered.items():
            if path.endswith(named) and ordered:
                return ordered.popleft()
        return None
