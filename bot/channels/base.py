"""The channel contract: how a message comes in, and how a reply goes out."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Protocol

from dialogs.messages import Inbound, Reply, Turn

Handler = Callable[[Inbound], Awaitable[Turn]]
"""One turn of the assistant. Never raises for anything a person sent: bad input becomes a reply."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a channel can show; renderers choose by it instead of by the channel's name."""

    voice_out: bool
    buttons: bool
    location_in: bool
    max_text: int | None
    """Text of so many UTF-16 code units goes out as one message in any script; longer text is split at sentence ends.
    None: text of any length is one message."""


class SendError(Exception):
    """A message could not be delivered."""

    retryable = False


class Blocked(SendError):
    """The person has blocked the assistant or left."""


class RateLimited(SendError):
    """The channel asks to wait `retry_after` seconds."""

    retryable = True

    def __init__(self, retry_after: float) -> None:
        super().__init__(f"retry after {retry_after:g} s")
        self.retry_after = retry_after


class Unreachable(SendError):
    """The channel does not answer; it may later."""

    retryable = True


class Rejected(SendError):
    """The channel refuses this message and would refuse it again."""


class Presence(Protocol):
    """Who can be reached at this moment, for a channel that reaches only people who are there."""

    def here(self) -> Collection[str]:
        """The people who are there."""
        ...

    def on_arrival(self, tell: Callable[[str], None]) -> None:
        """Have `tell` called with everybody who comes from now on."""
        ...


class Channel(Protocol):
    """A way to reach people. `run` serves until cancelled; `send` delivers one reply or raises `SendError`.

    `presence` is None where people need not be there. `message_id` (at most 48 characters) is the same whenever the
    same message is sent again: a channel that can uses it to show the message once. Without it, each call is a message
    of its own.
    """

    name: str
    capabilities: Capabilities

    @property
    def presence(self) -> Presence | None: ...

    async def run(self, handler: Handler) -> None: ...

    async def send(self, user: str, reply: Reply, message_id: str | None = None) -> None: ...
