"""What people are told of bookings unasked, and the port through which it goes out."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from dialogs.booking.terms import Booking, Person, Quote


class To(StrEnum):
    """Whom a notice is for."""

    FARMER = "farmer"
    PROVIDER = "provider"
    STATION = "station"


class What(StrEnum):
    """What happened. The comment says who hears it; nobody hears by notice what they have just done themselves."""

    OFFER = "offer"
    """Provider: a job, to be accepted or declined until `booking.until`.

    `why` is `changed` where this provider had it before the farmer changed days or area, `full` where the day that was
    accepted has no room any more, else empty.
    """
    OFFER_OVER = "offer_over"
    """Provider: the offer is withdrawn or has run out."""
    ACCEPTED = "accepted"
    """Farmer: a machine comes. Provider: the farmer takes the day that this provider proposed."""
    NEXT = "next"
    """Farmer: that provider cannot; another one is asked now."""
    WAITING = "waiting"
    """Farmer: nobody has taken it so far; `booking.station_told` says whether the station knows."""
    TAKEN_BACK = "taken_back"
    """Farmer: the provider who had accepted cannot come; the booking's state says how it goes on."""
    NOBODY = "nobody"
    """Station: nobody has taken an order; `why` is `none` (nobody can be asked) or `declined` (three have not taken it)."""
    UNSERVED = "unserved"
    """Farmer and station: the last day is over and nobody came."""
    CANCELLED = "cancelled"
    """Provider: a job that was accepted is cancelled by the farmer."""
    MOVED = "moved"
    """Provider: the farmer needs other days, and this provider has no room on them."""
    AREA = "area"
    """Provider: the area of an accepted job has changed."""
    EVENING_BEFORE = "evening_before"
    """Farmer and provider: tomorrow."""
    SOON = "soon"
    """Farmer and provider: in two hours."""
    ASK_DONE = "ask_done"
    """Farmer and provider: was it done?"""
    SETTLED = "settled"
    """Farmer and provider: done or not done, by both sides, by the station, or by one side while the other said nothing."""
    DISPUTE = "dispute"
    """Whoever spoke first, and the station: one side says done, the other not."""
    FIGURES = "figures"
    """The other side and the station: what `why` (`farmer` or `provider`) reports is far from what was booked."""
    EXPIRED = "expired"
    """Farmer and provider: neither has said whether it was done; the booking is closed."""
    COMPLAINT = "complaint"
    """Station: `why` is what was said."""
    SPOILED = "spoiled"
    """Farmer and provider: the weather spoils the day (`why`); `quotes` are other days of the same machine."""
    STAYS = "stays"
    """Provider: the farmer does not take the day that this provider proposed; it stays as it is."""
    REPORTED = "reported"
    """The other side: one side says done or not done, and what it came to; theirs is waited for."""
    PROPOSED = "proposed"
    """Farmer: the provider proposes the day of the one quote; a reschedule to it needs no further yes."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that one person is told: what, and the booking as it is now."""

    what: What
    to: To
    booking: Booking
    why: str = ""
    quotes: tuple[Quote, ...] = ()


class Notify(Protocol):
    """Carries notices."""

    async def tell(self, session: AsyncSession, person: Person, topic: str, about: Notice) -> None:
        """Tell it in the caller's transaction. Nobody gets two on one `topic` (at most 160 characters)."""
        ...
