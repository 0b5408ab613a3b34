"""Calls for help to people on duty: the ports through which they go out, and what passes through them."""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge_base.warnings.codes import LEVELS
from knowledge_base.warnings.models import OfficerRow, Role, WarningRow
from knowledge_base.warnings.terms import Colour

Position = tuple[float, float]
"""Latitude and longitude in degrees WGS 84."""

Whom = tuple[str, str]
"""Channel and user."""


class HelpAnswer(StrEnum):
    """What an officer answers to a call for help."""

    GOING = "go"
    FOUND = "found"


@dataclass(frozen=True, slots=True)
class Subject:
    """The warning that a call is about."""

    id: str
    hazard: str | None
    colour: Colour | None
    headline: str
    expires_at: datetime

    @classmethod
    def of(cls, row: WarningRow) -> "Subject":
        """The part of a warning that a call names."""
        return cls(row.id, row.hazard, Colour(row.colour) if row.colour else None, row.headline, row.expires_at)


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A person who has not answered; `number` is their place on the list."""

    number: int
    channel: str
    user: str
    name: str


@dataclass(frozen=True, slots=True)
class HelpCall:
    """Somebody needs help. `call` identifies the call; `handle` is how to find the person on their channel."""

    subject: Subject
    call: str
    place: str | None
    name: str
    channel: str
    handle: str
    at: datetime
    position: Position | None = None


@dataclass(frozen=True, slots=True)
class HelpWords:
    """What a person adds to a call for help: words, or a position."""

    subject: Subject
    call: str
    place: str | None
    name: str
    channel: str
    handle: str
    at: datetime
    said: str | None
    position: Position | None


@dataclass(frozen=True, slots=True)
class HelpAnswered:
    """To the person: what an officer, called `officer`, has answered."""

    subject: Subject
    officer: str
    answer: HelpAnswer
    at: datetime


@dataclass(frozen=True, slots=True)
class HelpLost:
    """To the person: nobody on duty could be reached."""

    subject: Subject
    at: datetime


@dataclass(frozen=True, slots=True)
class LadderCall:
    """People of a place have not answered; `step` identifies the call."""

    subject: Subject
    step: str
    role: Role
    place: str
    people: tuple[Unanswered, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A call to one person. Nobody gets two on one `topic` (at most 160 characters)."""

    channel: str
    user: str
    topic: str
    about: HelpCall | HelpWords | HelpAnswered | HelpLost | LadderCall


class Calls(Protocol):
    """Carries calls; everything happens in the caller's transaction."""

    async def put(self, session: AsyncSession, calls: Sequence[Call]) -> None:
        """Send calls until their warnings expire; those for help for a day at least."""
        ...

    async def repeat(self, session: AsyncSession, beginning: str, of: Iterable[Whom], to: Sequence[Whom]) -> None:
        """Send what went to some people, on topics with that beginning, to others too."""
        ...

    async def withdraw(self, session: AsyncSession, topics: Sequence[str]) -> None:
        """Hold back what has not gone out yet."""
        ...


@dataclass(frozen=True, slots=True)
class Delivered:
    """A person to whom a message went, or was to go. `state` is the outbox's word for what became of it."""

    channel: str
    user: str
    state: str
    sent_at: datetime | None


class Deliveries(Protocol):
    """What became of the messages of a topic."""

    def of(self, session: AsyncSession, topic: str) -> AsyncIterator[Sequence[Delivered]]:
        """Everybody whom the topic was for, in portions."""
        ...

    async def latest(self, session: AsyncSession, channel: str, user: str) -> Sequence[str]:
        """The topics of the warnings that a person got, the last one first."""
        ...


async def officers(session: AsyncSession, role: Role, place: str | None) -> Sequence[OfficerRow]:
    """Who is called in that role for a place: those of the narrowest place around it that has any."""
    around = [place[:digits] for digits in LEVELS if digits <= len(place)] if place else []
    query = select(OfficerRow).where(OfficerRow.role == role, OfficerRow.place.in_(around))
    found = (await session.scalars(query.order_by(OfficerRow.channel, OfficerRow.user))).all()
    narrowest = max((len(one.place) for one in found), default=0)
    return [one for one in found if len(one.place) == narrowest]
