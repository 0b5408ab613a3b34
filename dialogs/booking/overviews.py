"""A farmer's bookings as they are listed: a line each, and the buttons of one."""

from datetime import datetime

from dialogs.booking.questions import ACTION
from dialogs.booking.sayings import sayings
from dialogs.booking.standing import days_of, job_of, standing
from dialogs.booking.telling import place_of
from dialogs.booking.terms import Booking
from dialogs.messages import Choice


def line(booking: Booking, now: datetime) -> str:
    """Which one it is, and how it stands."""
    return sayings().text(
        "mine_one",
        number=booking.number,
        job=job_of(booking),
        place=place_of(booking),
        when=days_of(booking, now),
        state=standing(booking, now),
    )


def button(booking: Booking) -> Choice:
    """The button that shows it."""
    day = booking.day or booking.wish.first
    label = sayings().text("label", job=job_of(booking), month=str(day.month), day=str(day.day))
    return Choice(f"{ACTION}:b:{booking.id}", label)


def changes(booking: Booking) -> tuple[Choice, ...]:
    """The buttons that change it."""
    labels = sayings().buttons
    ways = (("mv", "move"), ("ar", "area"), ("cx", "cancel"))
    return tuple(Choice(f"{ACTION}:{way}:{booking.id}", labels[label]) for way, label in ways)
