"""The values of machinery bookings: who, what is wanted, and how it stands."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on one channel: a farmer, a provider, or a member of the station."""

    channel: str
    user: str


class State(StrEnum):
    """How a booking stands. `states.TABLE` says what may follow what."""

    ASKED = "asked"
    """Taken down; nobody is asked at the moment."""
    OFFERED = "offered"
    """A provider is asked, and has until the offer's deadline."""
    ACCEPTED = "accepted"
    """A machine comes; its capacity is taken."""
    DONE = "done"
    NOT_DONE = "not_done"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    """The day went by and neither side said whether the work was done."""
    UNSERVED = "unserved"
    """The last day went by and nobody took it."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a farmer wants, complete. Days are of Asia/Shanghai, areas in 亩."""

    service: str
    """Key of services.yaml: harvest, plough, ..."""
    crop: str | None
    """Standard term of the lexicon."""
    area_mu: Decimal
    place: str
    """Administrative code of 6 to 12 digits."""
    place_text: str
    first: date
    last: date
    """The last day that suits, inclusive."""
    part: str | None
    """morning, afternoon or evening; None where the farmer does not mind."""
    date_text: str
    """The days as they were said, for reading back."""
    position: tuple[float, float] | None = None
    """Latitude and longitude in degrees."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Booking:
    """A booking as it stands. Money in 元, areas in 亩.

    While a provider is asked or comes, `provider` to `total` say who, when and for how much; before that they are None.
    """

    id: str
    number: str
    """Five digits, to be read aloud; no two open bookings have the same."""
    state: State
    person: Person
    wish: Wish
    provider: str | None
    """The name that is shown."""
    provider_person: Person | None
    machine: str | None
    """The name that is shown."""
    day: date | None
    last_day: date | None
    """Later than `day` for an area that takes the machine several days."""
    part: str | None
    price_mu: Decimal | None
    """元 per 亩."""
    total: Decimal | None
    """What it costs, or cost: the agreed total, after the work the one that was reported."""
    distance_km: float | None
    pooled: int
    """Other plots in the same visit (拼单)."""
    until: datetime | None
    """The deadline of the provider who is asked."""
    farmer_done: bool | None = None
    """What the farmer said after the day."""
    provider_done: bool | None = None
    area_done: Decimal | None = None
    """The area that was really worked, as reported."""
    station_told: bool = False
    """The people on duty at the station know that nobody has taken it so far."""
    proposed: date | None = None
    """The day that the provider has proposed instead, while the farmer has not answered."""


@dataclass(frozen=True, slots=True)
class Quote:
    """What could be had now; nothing is reserved by it."""

    day: date
    price_mu: Decimal
    total: Decimal
    provider: str
    distance_km: float | None
    """None where a position is not known."""
    pooled: int
    last_day: date
    """Later than `day` for an area that takes the machine several days."""


class BookingError(Exception):
    """A command that cannot be carried out; nothing was changed. Its text names no person."""


class NotYours(BookingError):
    """The booking is unknown, or belongs to somebody else."""


class Gone(BookingError):
    """The offer is not open to this provider any more."""


class NotPossible(BookingError):
    """It cannot be done as things stand; `reason` says why."""

    def __init__(self, reason: "Reason") -> None:
        super().__init__(reason.value)
        self.reason = reason


class Reason(StrEnum):
    """Why a command is not possible: the key of the text that says it."""

    OVER = "over"
    """The booking is done, cancelled, expired or unserved."""
    PAST = "past"
    """The days are over."""
    DAYS = "days"
    """The last day lies before the first, or more than 60 days behind it."""
    AREA = "area"
    """Not more than 0 亩, or more than 100,000."""
    FULL = "full"
    """The machine has no room for so much on that day."""
    WORKED = "worked"
    """The work is reported, or its day is over: what is left to say is whether it was done."""
    TOO_EARLY = "too_early"
    """The day has not come: whether the work was done cannot be said."""
    NOT_ACCEPTED = "not_accepted"
    """No machine was booked: there is nothing to report or to rate."""
    STARS = "stars"
    """Not 1 to 5."""
    RATED = "rated"
    """This side has rated it already."""
    KEY = "key"
    """The idempotency key was used for another command."""
