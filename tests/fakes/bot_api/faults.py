"""Failures to order: the next call of a method is refused, hangs, or succeeds without an answer."""

import asyncio
from collections import defaultdict, deque
from dataclasses import dataclass
from typing import Literal

from tests.fakes.bot_api.errors import ApiError

Manner = Literal["refuse", "garble", "hang", "lose"]
WORDING = {
    400: "Bad Request: refused by the test",
    401: "Unauthorized",
    403: "Forbidden: bot was blocked by the user",
    404: "Not Found",
    409: "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
    413: "Request Entity Too Large",
    429: "Too Many Requests: retry after {}",
    500: "Internal Server Error",
    502: "Bad Gateway",
}


@dataclass(frozen=True)
class Fault:
    """One ordered failure."""

    manner: Manner
    error: ApiError


class Faults:
    """Ordered failures by method, first ordered first served."""

    def __init__(self) -> None:
        self._ordered: dict[str, deque[Fault | None]] = defaultdict(deque)
        self.release = asyncio.Event()
        """Set when hanging calls may end."""

    def order(
        self,
        method: str,
        *,
        manner: Manner = "refuse",
        status: int = 500,
        description: str | None = None,
        retry_after: int | None = None,
        times: int = 1,
    ) -> None:
        """Let the next `times` calls of a method fail."""
        words = description or WORDING[status].format(retry_after)
        fault = Fault(manner, ApiError(status, words, retry_after=retry_after))
        self._ordered[method.lower()].extend([fault] * times)

    def spare(self, method: str) -> None:
        """Let the call after those ordered so far succeed."""
        self._ordered[method.lower()].append(None)

    def next(self, method: str) -> Fault | None:
        """The failure that this call meets, if any; it is used up."""
        ordered = self._ordered[method.lower()]
        return ordered.popleft() if ordered else None

    @property
    def left(self) -> int:
        """Ordered failures that no call has met yet."""
        return sum(fault is not None for ordered in self._ordered.values() for fault in ordered)
