"""Loudspeakers as the rest of the house knows them: what they are told to say, and what they have said."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession


class Area(Protocol):
    """Where a warning holds; `knowledge_base.warnings.territory.Territory` is one."""

    def covers(self, village: str, latitude: float | None, longitude: float | None) -> bool:
        """Whether it holds in the village with that 12-digit code, which may have a position (degrees, WGS 84)."""
        ...


@dataclass(frozen=True, slots=True)
class SpokenWarning:
    """A version of a warning, for loudspeakers.

    `id` (at most 128 characters) is the same for all versions; `colour` is 1 (red) to 4 (blue). A `drill` is said to be
    one by the loudspeakers' own words around `text`. `cancel` ends the warning: its `text` is said once by who has played
    an earlier version, and nothing is said when it is empty.
    """

    id: str
    version: int
    colour: int
    text: str
    expires: datetime
    area: Area
    drill: bool = False
    cancel: bool = False
    merged: tuple[str, ...] = ()
    """Other ids under which parts of this warning went out before it was known that they belong together."""


class Loudspeakers(Protocol):
    """What takes warnings in. `knowledge_base.warnings.speaker_jobs.SpeakerJobs` does it."""

    async def put(self, session: AsyncSession, warning: SpokenWarning) -> int:
        """Keep in the caller's transaction what every loudspeaker concerned has to do; how many these are.

        Concerned are those in the area and those that an earlier version went to; of a `cancel` only the latter. Nothing
        is kept of what has expired (it ends older versions all the same), of a version that is there already or older than
        one that is, and of a drill where drills may not be heard.
        """
        ...

    async def reach(self, session: AsyncSession, area: Area) -> int:
        """How many loudspeakers are in an area."""
        ...


class JobState(StrEnum):
    """How far a loudspeaker's job has come."""

    WAITING = "waiting"
    SENT = "sent"
    """The broker has confirmed it, or the device has fetched it."""
    PLAYED = "played"
    FAILED = "failed"
    """The device has reported an error."""


@dataclass(frozen=True, slots=True)
class Play:
    """A device's record of one playing. `play` is its own id of it; `volume` is 0 to 100; `error` None if it went well."""

    play: str
    warning: str
    version: int
    started: datetime
    ended: datetime
    repeats: int
    volume: int
    error: str | None = None


@dataclass(frozen=True, slots=True)
class JobReport:
    """One loudspeaker's job and what came of it, for the report of a warning."""

    speaker: str
    name: str
    village: str
    version: int
    state: JobState
    sent_at: datetime | None
    plays: Sequence[Play]


@dataclass(frozen=True, slots=True)
class Speech:
    """A version's speech as files: their SHA-256 in hexadecimal, and how long it is."""

    ogg_sha256: str
    wav_sha256: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Announcement:
    """A version of a warning as it is kept. `speech` is None until it is made."""

    warning: str
    version: int
    colour: int
    drill: bool
    cancel: bool
    text: str
    created: datetime
    expires: datetime
    speech: Speech | None


@dataclass(frozen=True, slots=True)
class Speaker:
    """A loudspeaker. Its `id` is also its name at the broker and its user name over HTTP."""

    id: str
    village: str
    name: str
    latitude: float | None
    longitude: float | None
    volume_limit: int
    disabled: bool
    firmware: str | None
    volume: int | None
    last_seen: datetime | None
    lost_at: datetime | None
    refusals: int
