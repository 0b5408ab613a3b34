"""The port of the try-it box: a question goes through the whole assistant, and nothing is kept of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Question:
    """What is tried: a text or a recording, from the place of an administrative code, in a month (None: now)."""

    text: str = ""
    recording: bytes | None = None
    place: str | None = None
    month: int | None = None


@dataclass(frozen=True, slots=True)
class PlaceFound:
    """A place that a typed name may mean."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class HeardWords:
    """What was made of a recording: the first reading, the others, what was corrected by sound, and what is in doubt."""

    heard: str
    alternatives: tuple[str, ...]
    corrected: str
    changes: tuple[tuple[str, str], ...]
    doubt: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NamedThing:
    """A thing that was named: its kind, as it was said, and its standard term."""

    kind: str
    said: str
    standard: str


@dataclass(frozen=True, slots=True)
class Understood:
    """How the sentence was understood. `ranking` has intents with what people call them and their probability."""

    text: str
    normalized: str
    ranking: tuple[tuple[str, str, float], ...]
    named: tuple[NamedThing, ...]
    by: str


@dataclass(frozen=True, slots=True)
class Reason:
    """One feature of a candidate: its value, and what it adds to the score; None where it has no weight of its own."""

    name: str
    value: float
    adds: float | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry that was found, with its probability. `given` and `offered` say what became of it."""

    key: str
    title: str
    confidence: float
    reasons: tuple[Reason, ...]
    given: bool
    offered: bool
    expired: bool
    out_of_season: bool
    elsewhere: bool


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure that was decided by, and what it had to reach."""

    name: str
    value: float
    needed: float

    @property
    def reached(self) -> bool:
        """Whether it is enough."""
        return self.value >= self.needed


@dataclass(frozen=True, slots=True)
class Said:
    """A reply as a farmer would get it."""

    kind: str
    text: str
    spoken: str
    detail: str
    subject: str | None
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tried:
    """All that came of a question. `outcome` names what was decided, `day` is the day that was taken for today."""

    day: date
    place: str
    heard: HeardWords | None
    understood: Understood | None
    candidates: tuple[Candidate, ...]
    measures: tuple[Measure, ...]
    outcome: str
    replies: tuple[Said, ...]
    seconds: float


class NotHeard(Exception):
    """The recording cannot be worked on; the message is for the person who made it."""


class Trial(Protocol):
    """Asks the assistant. Nothing is kept: no question, no conversation, no feedback."""

    async def ask(self, question: Question) -> Tried:
        """Everything that comes of a question. Raises `NotHeard`."""

    def places(self, typed: str) -> Sequence[PlaceFound]:
        """The places that a name or an administrative code may mean."""
