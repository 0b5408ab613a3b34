"""Whom the account may write to: five messages after each of theirs within 48 hours, three within a minute after a click."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass
class Grant:
    """Messages that are left, until a moment."""

    left: int
    until: float


class Quota:
    """`clock` counts seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.grants: dict[str, Grant] = {}

    def grant(self, user: str, kind: str) -> None:
        """The person has done something: a message (`text` ...), or an event of theirs."""
        now = self._clock()
        if kind == "message":
            self.grants[user] = Grant(5, now + 48 * 3600)
            return
        known = self.grants.get(user)
        if known is None or known.until < now + 60 or known.left < 3:
            self.grants[user] = Grant(3, max(now + 60, known.until if known else 0))

    def spend(self, user: str) -> int:
        """Take one message; the return code."""
        grant = self.grants.get(user)
        if grant is None or grant.until < self._clock():
            return 45015
        if grant.left == 0:
            return 45047
        grant.left -= 1
        return 0
