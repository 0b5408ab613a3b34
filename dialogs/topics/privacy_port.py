"""What the chat about one's own data stands on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

DEED = "privacy"
"""The slot of a reply that says what is to be done once the turn is kept: a deletion must not be outlived by its own turn."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One sort of data, in people's words."""

    name: str
    what: str
    why: str
    long: str


@dataclass(frozen=True, slots=True)
class Survey:
    """What there is of a person: how much of each sort, orders in progress by their table, and whether they are on duty."""

    counts: Mapping[str, int]
    orders: Mapping[str, int]
    on_duty: bool


class Refused(Exception):
    """Accounts are not joined; `key` is the sentence that says why."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


class Keeper(Protocol):
    """Knows what is kept of people."""

    @property
    def voice_days(self) -> int | None:
        """How long recordings are kept; None where none are."""
        ...

    def topics(self) -> Sequence[Topic]:
        """What is kept, in the order in which it is told."""
        ...

    def operator(self) -> tuple[str, str]:
        """Who is answerable, and how to reach them; empty where that was not set."""
        ...

    def page(self) -> str:
        """Where all of that can be read."""
        ...

    async def waits(self, channel: str, user: str) -> bool:
        """Whether somebody was asked to consent and has not answered."""
        ...

    async def answer(self, channel: str, user: str, *, yes: bool) -> None:
        """Keep what they answer."""
        ...

    async def allow_voice(self, channel: str, user: str) -> None:
        """Keep recordings from now on."""
        ...

    async def survey(self, channel: str, user: str) -> Survey:
        """What there is."""
        ...

    async def copy(self, channel: str, user: str) -> str:
        """The address of a copy of all of it."""
        ...

    async def code(self, channel: str, user: str) -> str:
        """A code with which another account can be joined to this one. Raises `Refused`."""
        ...

    async def whose(self, channel: str, user: str, code: str) -> str:
        """The channel of the account to which a code belongs. Raises `Refused`."""
        ...

    async def joined(self, channel: str, user: str) -> Sequence[str]:
        """The channels of a person's accounts, the primary one first; one where nothing is joined."""
        ...
