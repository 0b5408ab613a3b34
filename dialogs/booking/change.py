"""A change of a booking in the making: what is wanted, read from a sentence."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from dialogs.booking.assent import cancels
from dialogs.booking.hearing import Heard
from dialogs.booking.order import booking_shown
from dialogs.booking.sayings import sayings
from dialogs.booking.terms import Booking
from dialogs.session import Form
from nlu.text.when import When

_BESIDE = 1
"""Characters that mean nothing known, beside a change of what is not named."""
_TOLD = 8
"""The same beside one of a booking that is spoken of."""

_BEHIND = 2
"""Characters between 改到 and the day."""

What = Literal["move", "area", "cancel"]


class Change(BaseModel):
    """A change in the making, kept in the session's form. `booking` is empty until it is known which."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    origin: str
    what: What
    booking: str = ""
    first: date | None = None
    last: date | None = None
    part: str | None = None
    date_text: str = ""
    shift: int | None = None
    """Days later, or earlier where it is negative, than it is booked."""
    area_mu: Decimal | None = None


def change_of(form: Form) -> Change:
    """The change that a form holds."""
    return Change.model_validate(form.slots["change"])


def what_in(heard: Heard, text: str) -> What | None:
    """The change that a sentence asks for."""
    words = sayings()
    if heard.asks or heard.names_other or words.has("anew", heard.text):
        return None
    if words.has("change_area", heard.shape):
        return "area"
    if words.has("change_move", heard.shape):
        return "move"
    return "cancel" if words.has("change_cancel", text) or cancels(heard.text) else None


def of_a_booking(heard: Heard) -> bool:
    """Whether it is a booking that is to be changed: one is spoken of, or nothing is said beside the change."""
    words = sayings()
    if words.has("about_mine", heard.text) and len(heard.rest) <= _TOLD:
        return True
    if cancels(heard.text) and len(heard.rest) <= _TOLD:
        return True
    rest = heard.left.replace("N", "")
    for pattern in ("change_move", "change_cancel", "shift"):
        rest = words.patterns[pattern].sub("", rest)
    return len(words.left_over(rest)) <= _BESIDE


def shift_in(text: str) -> int | None:
    """By how many days it is to be later; earlier where it is negative."""
    match = sayings().find("shift", text)
    if match is None:
        return None
    days = match["days"] or match["before"]
    count = int(days) if days.isdecimal() else sayings().counts[days]
    return count if match["back"] else -count


def new_days(text: str, whens: Sequence[When]) -> Sequence[When]:
    """The day that is meant where a booking is moved: 改到26号，后天有事 is the 26th; else the last one said."""
    to = [match.end() for match in sayings().patterns["move_to"].finditer(text)]
    behind = [when for when in whens if any(0 <= when.start - end <= _BEHIND for end in to)]
    return (behind or list(whens))[-1:]


def shifted(change: Change, mine: Booking) -> Change:
    """A day later is told from what is booked; 改到下午 keeps the day."""
    if change.shift is None:
        return change
    first, last = (mine.day, mine.last_day or mine.day) if mine.day else (mine.wish.first, mine.wish.last)
    by = timedelta(days=change.shift)
    part = change.part or mine.part or mine.wish.part
    return change.model_copy(update={"first": first + by, "last": last + by, "part": part, "shift": None})


def as_it_would_be(mine: Booking, change: Change) -> dict[str, Any]:
    """The booking as it would be."""
    wish = mine.wish
    if change.area_mu is not None:
        wish = replace(wish, area_mu=change.area_mu)
    if change.first and change.last:
        wish = replace(wish, first=change.first, last=change.last, part=change.part, date_text=change.date_text)
        return booking_shown(replace(mine, wish=wish, day=None, part=None))
    return booking_shown(replace(mine, wish=wish))
