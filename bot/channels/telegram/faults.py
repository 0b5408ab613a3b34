"""What went wrong at Telegram, in the channel contract's words."""

from aiogram.exceptions import (
    AiogramError,
    ClientDecodeError,
    TelegramAPIError,
    TelegramBadRequest,
    TelegramConflictError,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)

from bot.channels.base import Blocked, RateLimited, Rejected, SendError, Unreachable


class TokenRefused(Unreachable):
    """Telegram does not know the token, or the address is not that of a Bot API server."""


class Taken(Unreachable):
    """Another program reads this bot's messages."""


class Undecodable(Unreachable):
    """The server's answer is not what aiogram expects; `data` is the answer, decoded as far as it could be."""

    def __init__(self, data: object) -> None:
        super().__init__("the answer cannot be read")
        self.data = data


class FileTooBig(Rejected):
    """The file is larger than can be fetched."""


GONE = ("chat not found", "user is deactivated", "peer_id_invalid", "user not found")
"""Parts of the 400 descriptions that mean: this person cannot be written to."""


KINDS: tuple[tuple[type[TelegramAPIError], type[SendError]], ...] = (
    (TelegramUnauthorizedError, TokenRefused),
    (TelegramNotFound, TokenRefused),
    (TelegramConflictError, Taken),
    (TelegramForbiddenError, Blocked),
    (TelegramEntityTooLarge, Rejected),
    (TelegramServerError, Unreachable),
    (TelegramNetworkError, Unreachable),
)
"""First match counts: aiogram derives "too large" from its network error."""


FLOOD = "too many requests"
PAUSE = 5.0
"""Seconds to wait where Telegram asks to wait without saying how long."""


def fault(error: AiogramError, secret: str) -> SendError:
    """The contract's error for aiogram's. `secret` is cut out of the text: aiohttp's errors may quote the URL.

    Descriptions are the Bot API server's (tdlib/telegram-bot-api); a person's words do not occur in them. The text
    of a reply that could not be decoded is left out, since there they would.
    """
    if isinstance(error, ClientDecodeError):
        return Undecodable(error.data)
    if not isinstance(error, TelegramAPIError):
        return Unreachable(type(error).__name__)
    if isinstance(error, TelegramRetryAfter):
        return RateLimited(error.retry_after)
    text = error.message.replace(secret, "***") if secret else error.message
    if text.lower().startswith(FLOOD):
        return RateLimited(PAUSE)
    return _kind(error, text.lower())(text)


def _kind(error: TelegramAPIError, text: str) -> type[SendError]:
    if isinstance(error, TelegramBadRequest):
        if "file is too big" in text:
            return FileTooBig
        return Blocked if any(part in text for part in GONE) else Rejected
    return next((kind for raised, kind in KINDS if isinstance(error, raised)), Rejected)
