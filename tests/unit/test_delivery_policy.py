"""What becomes of a message after one try: the table."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.channels.base import Blocked, RateLimited, Rejected, SendError, Unreachable
from bot.channels.telegram.faults import TokenRefused
from bot.delivery.policy import FAULTS, LONGEST_PAUSE, State, outcome

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)


class Odd(SendError):
    """A channel's own kind of failure."""


@pytest.mark.parametrize(
    ("error", "tries", "faults", "expires_in", "state", "what", "due_in"),
    [
        (None, 1, 0, None, State.SENT, "sent", None),
        (None, 1, 0, 60, State.SENT, "sent", None),
        (Blocked("b"), 1, 0, None, State.BLOCKED, "blocked", None),
        (Rejected("r"), 1, 0, None, State.FAILED, "rejected", None),
        (Odd("o"), 1, 0, None, State.FAILED, "odd", None),
        (RateLimited(7.5), 1, 0, None, State.WAITING, "ratelimited", 7.5),
        (RateLimited(7.5), 900, 0, None, State.WAITING, "ratelimited", 7.5),
        (RateLimited(-1), 1, 0, None, State.WAITING, "ratelimited", 0),
        (RateLimited(0), 1, 0, 60, State.WAITING, "ratelimited", 0),
        (RateLimited(61), 1, 0, 60, State.EXPIRED, "ratelimited", None),
        (RateLimited(60), 1, 0, 60, State.EXPIRED, "ratelimited", None),
        (RateLimited(59), 1, 0, 60, State.WAITING, "ratelimited", 59),
        (Unreachable("u"), 1, 0, None, State.WAITING, "unreachable", 5),
        (TokenRefused("t"), 2, 0, None, State.WAITING, "tokenrefused", 10),
        (Unreachable("u"), 5, 0, None, State.WAITING, "unreachable", 80),
        (Unreachable("u"), 9, 0, None, State.WAITING, "unreachable", 900),
        (Unreachable("u"), 10**6, 0, None, State.WAITING, "unreachable", 900),
        (Unreachable("u"), 10**6, FAULTS, None, State.WAITING, "unreachable", 900),
        (Unreachable("u"), 9, 0, 600, State.WAITING, "unreachable", 598),
        (Unreachable("u"), 9, 0, 2, State.EXPIRED, "unreachable", None),
        (Unreachable("u"), 9, 0, -5, State.EXPIRED, "unreachable", None),
        (ValueError("v"), 1, 1, None, State.WAITING, "fault", 5),
        (ValueError("v"), 4, FAULTS - 1, None, State.WAITING, "fault", 40),
        (ValueError("v"), 1, FAULTS, None, State.FAILED, "fault", None),
        (ValueError("v"), 30, 1, None, State.WAITING, "fault", 900),
    ],
)
def test_the_table(  # noqa: PLR0917
    error: Exception | None,
    tries: int,
    faults: int,
    expires_in: float | None,
    state: State,
    what: str,
    due_in: float | None,
) -> None:
    expires_at = None if expires_in is None else NOW + timedelta(seconds=expires_in)
    result = outcome(error, now=NOW, expires_at=expires_at, tries=tries, faults=faults)
    assert (result.state, result.what) == (state, what)
    due_at = None if due_in is None else NOW + timedelta(seconds=due_in)
    assert result.due_at == due_at


def test_it_never_waits_longer_than_a_quarter_of_an_hour_and_never_less_than_before() -> None:
    pauses = [
        outcome(Unreachable("u"), now=NOW, expires_at=None, tries=tries, faults=0).due_at for tries in range(1, 40)
    ]
    assert all(pauses)
    assert pauses == sorted(pauses)  # type: ignore[type-var]
    assert pauses[-1] == NOW + LONGEST_PAUSE
