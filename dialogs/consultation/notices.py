"""What people are told of appointments unasked, and the port through which it goes out."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from dialogs.booking.terms import Person
from dialogs.consultation.terms import Appointment, Slot


class To(StrEnum):
    """Whom a notice is for."""

    FARMER = "farmer"
    CONSULTANT = "consultant"


class What(StrEnum):
    """What happened. Nobody hears by notice what they have just done themselves."""

    BOOKED = "booked"
    """Consultant."""
    MOVED = "moved"
    """Consultant: another half hour."""
    CANCELLED = "cancelled"
    """Consultant."""
    DISPLACED = "displaced"
    """Farmer: the consultant cannot; `slots` are others."""
    CALLED_OFF = "called_off"
    """Both: the station has cancelled it; `why` says the reason."""
    EVENING_BEFORE = "evening_before"
    """Both: tomorrow."""
    SOON = "soon"
    """Both: in two hours."""
    ASK_DONE = "ask_done"
    """Consultant: did you meet?"""
    DISPUTED = "disputed"
    """Who has said first how it went: the other side says otherwise."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that one person is told: what, and the appointment as it is now. Never holds a story."""

    what: What
    to: To
    appointment: Appointment
    slots: Sequence[Slot] = ()
    why: str = ""


class Notify(Protocol):
    """Carries notices."""

    async def tell(self, session: AsyncSession, person: Person, topic: str, about: Notice) -> None:
        """Tell it in the caller's transaction. Nobody gets two on one `topic` (at most 160 characters)."""
        ...
