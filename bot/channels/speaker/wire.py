"""What goes over the wire to and from a loudspeaker, as JSON; docs/speakers.md describes it to integrators."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from knowledge_base.warnings.speakers import Play

_OUT = ConfigDict(frozen=True)
_IN = ConfigDict(frozen=True, extra="ignore")
"""A newer firmware may say more than is understood here."""

COLOURS: dict[int, Literal["red", "orange", "yellow", "blue"]] = {1: "red", 2: "orange", 3: "yellow", 4: "blue"}
Percent = Annotated[int, Field(ge=0, le=100)]
_NO_NULL = r"^[^\x00]*$"
"""PostgreSQL takes no null byte in a text: one device's record would hold back those of all."""
Moment = Annotated[AwareDatetime, Field(ge=datetime(1900, 1, 1, tzinfo=UTC), lt=datetime(9000, 1, 1, tzinfo=UTC))]
"""What can be kept and read again, whatever the clock of a device says."""


class File(BaseModel):
    """A file's address, good until the job expires, and its SHA-256 in hexadecimal."""

    model_config = _OUT

    url: str
    sha256: str


class Audio(BaseModel):
    """Chime and speech, in both formats, and how many seconds they last."""

    model_config = _OUT

    ogg: File
    wav: File
    seconds: float


class Job(BaseModel):
    """What to play. Among jobs of the same `id` only the greatest `version` counts; that one is played once."""

    model_config = _OUT

    id: str
    version: int
    colour: Literal["red", "orange", "yellow", "blue"]
    drill: bool
    cancel: bool
    expires: datetime
    text: str
    audio: Audio | None
    chime: str
    repeat: int
    pause: float
    volume: Percent


class Jobs(BaseModel):
    """Everything that holds for one device now, most urgent first. What is not in it any more is over."""

    model_config = _OUT

    jobs: list[Job]


class Playing(BaseModel):
    """What a device is playing."""

    model_config = _IN

    id: Annotated[str, Field(max_length=128)]
    version: int


class Status(BaseModel):
    """A heartbeat; with `online` false the last will of a line that broke."""

    model_config = _IN

    online: bool = True
    firmware: Annotated[str, Field(max_length=40, pattern=_NO_NULL)] | None = None
    volume: Percent | None = None
    playing: Playing | None = None


class Played(BaseModel):
    """One playing. `play` is the device's own id for this record: sent again it is kept once."""

    model_config = _IN

    play: Annotated[str, Field(min_length=1, max_length=64, pattern=_NO_NULL)]
    id: Annotated[str, Field(min_length=1, max_length=128, pattern=_NO_NULL)]
    version: Annotated[int, Field(ge=0, le=2_000_000_000)]
    started: Moment
    ended: Moment
    repeats: Annotated[int, Field(ge=0, le=1000)]
    volume: Percent
    error: Annotated[str, Field(min_length=1, max_length=80, pattern=_NO_NULL)] | None = None

    def record(self) -> Play:
        """The record to be kept."""
        return Play(self.play, self.id, self.version, self.started, self.ended, self.repeats, self.volume, self.error)


class Answered(BaseModel):
    """The server's word on a heartbeat: its time, for devices without a clock, and the tag of the job list now."""

    model_config = _OUT

    now: datetime
    jobs: str


class Fault(BaseModel):
    """Why a request was refused: a fixed `code`, and a sentence where a person may be told."""

    model_config = _OUT

    code: str
    text: str = ""
