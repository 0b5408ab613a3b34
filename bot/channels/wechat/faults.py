"""What went wrong at WeChat, in the channel contract's words.

Source of the codes: WeChat's table of global return codes, and those of each call. What is not in the list is a refusal of
this one message.
"""

from bot.channels.base import Blocked, RateLimited, Rejected, SendError, Unreachable


class AccountRefused(Unreachable):
    """WeChat refuses the account as it is set up; an operator has to mend it. What waits is tried on."""


class TokenStale(Unreachable):
    """The access token does not hold any more."""


class NotAllowed(Rejected):
    """The account has no right to this call; an account that is not verified has none to customer-service messages."""


class WindowOver(Rejected):
    """The person has not written for 48 hours (or has left): WeChat lets nobody write to them until they do."""


class EnoughSent(Rejected):
    """The person has got as many messages as WeChat allows (five) since they wrote last."""


class FileTooBig(Rejected):
    """The file is larger than is accepted."""


STALE = frozenset({40001, 40014, 41001, 42001})
ACCOUNT = frozenset(
    {40002, 40013, 40125, 40164, 40243, 41002, 41004, 48004, 50001, 50002, 61004, 89501, 89503, 89506, 89507}
)
GONE = frozenset({40003, 43004, 43019, 43101, 46004})
WAITS: dict[int, float] = {45009: 3_600, 45011: 60}
"""Seconds to wait: the day's limit of a call, and the minute's."""


def fault(code: int, message: str) -> SendError:
    """The contract's error for a return code; `message` is WeChat's errmsg, in which a person's words do not occur."""
    text = f"{code} {message[:200]}"
    if code in WAITS:
        return RateLimited(WAITS[code])
    return _kind(code)(text)


def _kind(code: int) -> type[SendError]:
    if code == -1:
        return Unreachable
    if code in STALE:
        return TokenStale
    if code in ACCOUNT:
        return AccountRefused
    if code in GONE:
        return Blocked
    return {45015: WindowOver, 45047: EnoughSent, 48001: NotAllowed}.get(code, Rejected)
