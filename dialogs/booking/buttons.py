"""What the buttons of an order stand for; one that was made up stands for nothing."""

from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from dialogs.booking.days import FARTHEST, WIDEST, Refused, span_named
from dialogs.booking.filling import Filled, Filling, Problem, is_county
from dialogs.booking.hearing import Hearing
from dialogs.booking.order import Order
from dialogs.booking.sayings import sayings
from dialogs.booking.services import catalogue
from dialogs.places import Places
from dialogs.plain_time import COUNTY_TIME


class Buttons:
    """Reads them; holds no state."""

    def __init__(self, filling: Filling, hearing: Hearing, places: Places) -> None:
        self._filling = filling
        self._hearing = hearing
        self._places = places

    def chosen(self, order: Order, what: str, value: str, now: datetime) -> Filled | None:
        """The order with what a button stands for; None for one that was made up."""
        match what:
            case "s" if value in catalogue():
                crop = order.crop if order.crop and catalogue()[value].takes(order.crop) else None
                return _filled(order, "service", service=value, crop=crop)
            case "c" if order.service and catalogue()[order.service].takes(value) and self._hearing.knows_crop(value):
                return _filled(order, "crop", crop=value)
            case "a":
                try:
                    return self._filling.with_area(order, Decimal(value), value)
                except InvalidOperation:
                    return None
            case "d":
                return _with_days(order, value, now)
            case "p" if value.isdecimal() and is_county(value) and self._places.full_name(value):
                return Filled(self._filling.with_place(order, value, order.village), frozenset({"place"}))
        return None


def _filled(order: Order, slot: str, **changed: object) -> Filled:
    return Filled(order.model_copy(update=changed), frozenset({slot}))


def _with_days(order: Order, value: str, now: datetime) -> Filled | None:
    """The order with the days of a button; those of an old one may be over."""
    first, _, rest = value.partition("/")
    last, _, part = rest.partition("/")
    today = now.astimezone(COUNTY_TIME).date()
    try:
        days = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:
        return None
    if not days[0] <= days[1] <= today + FARTHEST + WIDEST or (part and f"part_{part}" not in sayings().say):
        return None
    words = span_named(days[0], days[1], now)
    if days[1] < today:
        return Filled(order, frozenset({"date"}), Problem("date", Refused.PAST.value, (("said", words),)))
    return _filled(order, "date", first=days[0], last=days[1], part=part or order.part, date_text=words)
