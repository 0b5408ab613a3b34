"""The values of legal consultations: who gives them, when, how, and how an appointment stands."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from dialogs.booking.terms import Person


class Way(StrEnum):
    """How farmer and consultant meet."""

    PHONE = "phone"
    OFFICE = "office"
    VIDEO = "video"


class Role(StrEnum):
    """What a consultant is."""

    LAWYER = "lawyer"
    LEGAL_AID = "legal_aid"
    MEDIATOR = "mediator"


class State(StrEnum):
    """How an appointment stands. `states.TABLE` says what may follow what."""

    BOOKED = "booked"
    """It holds a half hour of a consultant."""
    DISPLACED = "displaced"
    """The consultant cannot; the farmer is offered other half hours."""
    DONE = "done"
    NOT_DONE = "not_done"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    """Nobody said whether they met, or which other half hour suits."""


@dataclass(frozen=True, slots=True)
class Consultant:
    """Somebody who may be asked. `kinds` and `areas`: empty for all and everywhere."""

    id: str
    role: Role
    name: str
    phone: str
    person: Person | None
    kinds: tuple[str, ...]
    areas: tuple[str, ...]
    ways: tuple[Way, ...]
    office: str
    link: str


@dataclass(frozen=True, slots=True)
class Slot:
    """A free half hour."""

    consultant: Consultant
    start: datetime


@dataclass(frozen=True, slots=True)
class Meeting:
    """What a farmer books: whom, when and how, about what kind of matter. `place`: administrative code, may be empty."""

    kind: str
    way: Way
    place: str
    consultant: str
    start: datetime


@dataclass(frozen=True, slots=True)
class Appointment:
    """An appointment as it stands."""

    id: str
    number: str
    """Five digits, to be read aloud; no two open appointments have the same."""
    state: State
    person: Person
    kind: str
    way: Way
    place: str
    consultant: Consultant
    start: datetime
    told: bool
    """There is a story that this consultant may read."""
    kept: bool
    """There is a story, whoever may read it."""


class ConsultationError(Exception):
    """A command that cannot be carried out; nothing was changed. Its text names no person."""


class NotYours(ConsultationError):
    """The appointment is unknown, or belongs to somebody else."""


class Reason(StrEnum):
    """Why a command is not possible: the key of the text that says it."""

    TAKEN = "taken"
    """Somebody else has that half hour by now, or the consultant does not work then."""
    OVER = "over"
    """The appointment is done, cancelled or expired."""
    TOO_EARLY = "too_early"
    """They have not met yet: whether it was done cannot be said."""
    DISPLACED = "displaced"
    """The consultant could not, and the farmer has not chosen another half hour."""
    DAYS = "days"
    """The last day lies before the first, is over, or lies more than 60 days behind the first."""
    NO_STORY = "no_story"
    """Nothing was told, it is deleted already, or it may not be read."""
    KEY = "key"
    """The idempotency key was used for another command."""


class NotPossible(ConsultationError):
    """It cannot be done as things stand; `reason` says why."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason
