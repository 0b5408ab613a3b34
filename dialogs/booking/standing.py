"""How a booking stands, in plain words."""

from datetime import datetime

from dialogs import plain_time
from dialogs.booking.days import span_in_words
from dialogs.booking.order import booking_shown, plain
from dialogs.booking.sayings import sayings
from dialogs.booking.services import catalogue
from dialogs.booking.terms import Booking, BookingError, NotPossible, State
from dialogs.messages import Reply, ReplyKind

OPEN = frozenset({State.ASKED, State.OFFERED, State.ACCEPTED})
"""States of a booking that may still be changed."""


def job_of(booking: Booking) -> str:
    """收割小麦3.5亩."""
    wish = booking.wish
    job = catalogue()[wish.service].of(wish.crop) if wish.service in catalogue() else wish.service
    return job + sayings().text("mu", area=plain(wish.area_mu))


def days_of(booking: Booking, now: datetime) -> str:
    """The day that is agreed, or those that were asked for."""
    if booking.day and booking.state is not State.OFFERED:
        return span_in_words(booking.day, booking.last_day or booking.day, booking.part, now)
    return span_in_words(booking.wish.first, booking.wish.last, booking.wish.part, now)


def standing(booking: Booking, now: datetime) -> str:
    """已问张师傅，等他回话，最晚今天下午四点。"""
    words = sayings()
    who = booking.provider or words.text("some_provider")
    if booking.state is State.OFFERED and booking.until:
        return words.text("state_offered", provider=who, until=plain_time.moment(booking.until, now))
    if booking.state is State.ACCEPTED:
        price = ""
        if booking.price_mu is not None and booking.total is not None:
            price = words.text("price", price=plain(booking.price_mu), total=plain(booking.total))
        pooled = words.text("pooled", count=str(booking.pooled)) if booking.pooled else ""
        return words.text("state_accepted", provider=who, day=days_of(booking, now), price=price, pooled=pooled)
    told = "_told" if booking.state is State.ASKED and booking.station_told else ""
    return words.text(f"state_{booking.state.value}{told}", provider=who)


def booked(booking: Booking, now: datetime) -> Reply:
    """That an order is taken down, and how it stands."""
    wish = booking.wish
    text = sayings().text(
        "booked",
        number=booking.number,
        job=job_of(booking),
        when=span_in_words(wish.first, wish.last, wish.part, now),
        place=wish.place_text,
        state=standing(booking, now),
    )
    return Reply(ReplyKind.BOOKED, text, text, slots=booking_shown(booking))


def fault_key(error: BookingError) -> str:
    """The key of the text that says why a command was refused."""
    if isinstance(error, NotPossible):
        key = f"fault_{error.reason.value}"
        return key if key in sayings().say else "fault_other"
    return "fault_gone"
