"""What the contract's tests need of a channel: a person at the far end, what that person sees, and trouble to order."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from bot.channels.base import Channel
from tests.fakes.assistant import Assistant

MARK = "苞米"
"""In everything that people write and get to read here, so that it can be looked for where it must not be."""
LARGEST_VOICE = 1_000
"""Bytes of a recording that the channels under test take."""
PATIENCE = 60.0
"""Seconds after which what is awaited counts as never happening, on a machine that is busy with other tests."""


class Unsupported(Exception):
    """The channel knows no such thing."""


@dataclass(frozen=True)
class Shown:
    """A message as the person sees it. `text` holds everything to be read at once, sources too, but no choices."""

    text: str
    choices: tuple[str, ...] = ()
    """Their labels, in order."""
    detail: str = ""
    """What the message itself unfolds at a touch."""
    colour: str | None = None


class Rig(ABC):
    """A channel at work, one person at its far end, and an assistant by script behind it.

    What a person does returns once the channel has dealt with it, unless `waits` is false.
    """

    unsupported: ClassVar[Mapping[str, str]] = {}
    """Cases that this channel is known not to support, by test, with the reason. One that passes is a failure."""
    channel: Channel
    user: str
    """The person, as the handler knows them."""

    def __init__(self) -> None:
        self.assistant = Assistant()

    @abstractmethod
    def shown(self) -> list[Shown]:
        """What the person has been shown, in order."""

    @abstractmethod
    async def settled(self) -> None:
        """Everything that the person has done is dealt with."""

    @abstractmethod
    async def says(self, text: str, *, twice: bool = False, waits: bool = True) -> None:
        """Type something; `twice`: the channel gets it again, as the same message."""

    @abstractmethod
    async def speaks(self, data: bytes, *, twice: bool = False) -> None:
        """Send a recording."""

    @abstractmethod
    async def places(self, latitude: float, longitude: float) -> None:
        """Send a position."""

    @abstractmethod
    async def presses(self, label: str) -> None:
        """Touch a choice of the last message that has some."""

    @abstractmethod
    async def presses_unknown(self) -> None:
        """Touch a choice that was never offered."""

    async def counts(self, label: str) -> None:
        """Answer by the number that stands before a choice."""
        raise Unsupported(label)

    @abstractmethod
    async def details(self) -> str:
        """What the last message keeps back, once it is asked for."""

    async def blocks(self) -> None:
        """The person wants no more of this."""
        raise Unsupported

    def limits(self) -> None:
        """The next message meets a limit of rate."""
        raise Unsupported

    def refuses(self) -> None:
        """The next message is refused for good."""
        raise Unsupported

    @abstractmethod
    def hangs(self) -> None:
        """From now on nothing that is sent is confirmed."""

    @abstractmethod
    async def vanishes(self) -> None:
        """The far end cannot be reached any more."""

    @abstractmethod
    async def stops(self) -> None:
        """Cancel the channel's `run`, and see it end."""
