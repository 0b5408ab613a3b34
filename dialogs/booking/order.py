"""An order in the making: what is known of it, what is missing, and how it is shown."""

import hashlib
from datetime import date
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict

from dialogs.booking.sayings import sayings
from dialogs.booking.services import catalogue
from dialogs.booking.terms import Booking, State, Wish

MOST_MU = 5000
"""More is no field of one family: asked again."""


class Order(BaseModel):
    """The slots of an open form."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    origin: str
    """The message that opened it: with the person's own, the key under which it is ordered, so that it is ordered once."""
    service: str | None = None
    crop: str | None = None
    area_mu: Decimal | None = None
    place: str | None = None
    village: str = ""
    place_text: str = ""
    first: date | None = None
    last: date | None = None
    part: str | None = None
    date_text: str = ""
    notes: tuple[str, ...] = ()
    located: bool = False
    """The position of the field was sent."""
    quoted: str = ""
    """What was said of prices at the last read-back."""
    twice: str = ""
    """That the same is booked already, as it was said then."""

    @property
    def missing(self) -> str | None:
        """The slot to be asked for next; None where all is known."""
        if self.service is None:
            return "service"
        if self.crop is None and catalogue()[self.service].crop == "ask":
            return "crop"
        if self.area_mu is None:
            return "area"
        if self.first is None:
            return "date"
        return "place" if self.place is None else None

    @property
    def revision(self) -> str:
        """Another one for another order: the yes to an older read-back does not count."""
        said = self.model_dump_json(exclude={"quoted", "twice", "located"})
        return hashlib.sha256(said.encode()).hexdigest()[:10]

    def same_as(self, booking: Booking) -> bool:
        """Whether a booking is of the same job on one of the same days in the same county."""
        wish = booking.wish
        if self.first is None or self.last is None or self.place is None:
            return False
        days = self.first <= (booking.last_day or wish.last) and (booking.day or wish.first) <= self.last
        return days and (wish.service, wish.crop, wish.place[:6]) == (self.service, self.crop, self.place[:6])

    def wish(self, position: tuple[float, float] | None) -> Wish:
        """The whole order. Only for one of which nothing is missing."""
        if (
            self.service is None
            or self.area_mu is None
            or self.place is None
            or self.first is None
            or self.last is None
        ):
            raise ValueError(f"{self.missing} is missing")
        note = "，".join(self.notes)
        return Wish(
            service=self.service,
            crop=self.crop,
            area_mu=self.area_mu,
            place=self.place,
            place_text=self.place_text,
            first=self.first,
            last=self.last,
            part=self.part,
            date_text=self.date_text,
            position=position,
            note=note,
        )

    def shown(self) -> dict[str, Any]:
        """The slots that are known, as JSON values."""
        days = "" if self.first is None or self.last is None else _iso(self.first, self.last)
        return _known(
            service=self.service,
            crop=self.crop,
            area_mu=_number(self.area_mu),
            date=days,
            date_text=self.date_text,
            part=self.part,
            place=self.place,
            place_text=self.place_text,
        )

    @property
    def summary(self) -> str:
        """收割小麦3.5亩, as far as it is known."""
        words = sayings()
        job = catalogue()[self.service].of(self.crop) if self.service else words.text("some_job")
        return job + (words.text("mu", area=plain(self.area_mu)) if self.area_mu is not None else "")


def booking_shown(booking: Booking) -> dict[str, Any]:
    """The slots of a booking."""
    wish = booking.wish
    fixed = booking.day is not None and booking.state is not State.OFFERED
    first, last = (booking.day, booking.last_day) if fixed else (wish.first, wish.last)
    return _known(
        service=wish.service,
        crop=wish.crop,
        area_mu=_number(wish.area_mu),
        date=_iso(first or wish.first, last or first or wish.first),
        date_text=wish.date_text,
        part=booking.part or wish.part,
        place=wish.place,
        place_text=wish.place_text,
        state=booking.state.value,
        number=booking.number,
    )


def plain(value: Decimal | None) -> str:
    """3.5, 40: without needless zeros."""
    return "" if value is None else f"{value.normalize():f}"


def _number(value: Decimal | None) -> int | float | None:
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def _iso(first: date, last: date) -> str:
    return first.isoformat() if first == last else f"{first.isoformat()}/{last.isoformat()}"


def _known(**slots: Any) -> dict[str, Any]:
    return {name: value for name, value in slots.items() if value not in {None, ""}}
