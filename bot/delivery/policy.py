"""What becomes of a message after one try to send it: a pure function."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.channels.base import Blocked, RateLimited, Rejected, SendError

FIRST_PAUSE = timedelta(seconds=5)
"""After the first failure; each further one is twice as long."""
LONGEST_PAUSE = timedelta(minutes=15)
FAULTS = 5
"""Tries that may end in an error of our own; then the message is given up, for it would fail for ever."""
LONGEST_WISH = 86_400.0
"""Seconds that a channel may ask to wait; what is beyond is an error of its own."""
LAST_CHANCE = timedelta(seconds=2)
"""So long before a message expires it is tried a last time."""

PATIENCE = timedelta(days=30)
"""A message that names no end of its own is not sent later than this after it was due."""


class State(StrEnum):
    """Where a message is. Only a waiting one is ever sent."""

    WAITING = "waiting"
    SENT = "sent"
    BLOCKED = "blocked"
    """The person has blocked the assistant or left."""
    FAILED = "failed"
    """The channel refuses it, or it cannot be sent at all."""
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    """What it says does not hold any more."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one try led to; `due_at` is when the next one is, for a message that goes on waiting."""

    state: State
    what: str
    """For the record of attempts and the metrics: the error's kind in small letters, or `sent`."""
    due_at: datetime | None = None


def outcome(error: Exception | None, *, now: datetime, expires_at: datetime | None, tries: int, faults: int) -> Outcome:
    """What becomes of a message. `tries` and `faults` count this one too; `faults` are errors that no channel raises.

    A channel that cannot be reached is tried until the message expires, however often: that is nobody's fault.
    """
    if error is None:
        return Outcome(State.SENT, "sent")
    what = type(error).__name__.lower()[:24] if isinstance(error, SendError) else "fault"
    if isinstance(error, Blocked):
        return Outcome(State.BLOCKED, what)
    if isinstance(error, Rejected) or (isinstance(error, SendError) and not error.retryable):
        return Outcome(State.FAILED, what)
    if not isinstance(error, SendError) and faults >= FAULTS:
        return Outcome(State.FAILED, what)
    if isinstance(error, RateLimited):
        due_at = now + timedelta(seconds=min(max(0.0, error.retry_after), LONGEST_WISH))
    else:
        due_at = now + min(FIRST_PAUSE * 2 ** min(max(tries, 1) - 1, 16), LONGEST_PAUSE)
        if expires_at is not None and due_at >= expires_at > now + LAST_CHANCE:
            due_at = expires_at - LAST_CHANCE
    if expires_at is not None and due_at >= expires_at:
        return Outcome(State.EXPIRED, what)
    return Outcome(State.WAITING, what, due_at)
