"""Inbound and Reply: the vocabulary that every channel and test speaks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Literal

from nlu.understanding import Understanding


@dataclass(frozen=True, slots=True)
class Voice:
    """A recording as it arrived, undecoded; `mime` is a hint only, the decoder looks at the bytes."""

    data: bytes
    mime: str = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Location:
    """A position in degrees, WGS 84."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Inbound:
    """One message from a person: exactly one of text, voice, location and choice is set.

    `external_id` is the channel's own id of the message; a redelivery carries the same one.
    `choice` is the id of a `Choice` that an earlier reply offered.
    """

    channel: str
    user: str
    external_id: str
    received_at: datetime
    text: str | None = None
    voice: Voice | None = None
    location: Location | None = None
    choice: str | None = None
    place: str | None = None
    """Administrative code, where the channel knows it."""

    def __post_init__(self) -> None:
        if self.received_at.tzinfo is None:
            raise ValueError("received_at must be aware")
        given = [v for v in (self.text, self.voice, self.location, self.choice) if v is not None]
        if len(given) != 1:
            raise ValueError("exactly one of text, voice, location and choice must be set")


class ReplyKind(StrEnum):
    """What a reply does; part of the command line's stable output."""

    ANSWER = "answer"
    ASK = "ask"
    CONFIRM = "confirm"
    BOOKED = "booked"
    CANCELLED = "cancelled"
    HANDOFF = "handoff"
    REFUSE = "refuse"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Choice:
    """A button: `id` comes back as `Inbound.choice`, at most 64 bytes in UTF-8 (Telegram's callback_data)."""

    id: str
    label: str

    def __post_init__(self) -> None:
        if not 1 <= len(self.id.encode()) <= 64:
            raise ValueError("a choice id has 1 to 64 bytes")


@dataclass(frozen=True, slots=True)
class Source:
    """Where an answer comes from; shown under it."""

    title: str
    publisher: str
    date: date
    article: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """One message to a person.

    `text` is the short text shown first; `detail` the full curated answer, shown on demand or below;
    `spoken` is what is read aloud (empty: nothing). Channels render, they never add words of their own
    beyond their own furniture.
    """

    kind: ReplyKind
    text: str
    spoken: str = ""
    detail: str = ""
    subject: str | None = None
    choices: tuple[Choice, ...] = ()
    sources: tuple[Source, ...] = ()
    picture: str | None = None
    """Address of a picture below the web server's root; channels without one leave it out."""
    colour: Literal["red", "orange", "yellow", "blue"] | None = None
    """The colour of a warning that holds; the text says it too."""
    slots: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """What an order is known to be, as JSON values: service, crop, area_mu, date, place. Not shown."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What one inbound message led to.

    `heard` is the corrected text of a voice message, None for anything else. `duplicate` says that the message
    had been handled before: the replies are the ones given then.
    """

    replies: tuple[Reply, ...]
    heard: str | None = None
    understanding: Understanding | None = None
    duplicate: bool = False
