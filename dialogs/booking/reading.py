"""How a sentence is taken beside an open order: as it was heard, or as it was probably said."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from dialogs.booking.change import shift_in
from dialogs.booking.days import Span, span_in_words
from dialogs.booking.filling import Filled, Filling, fits
from dialogs.booking.hearing import Heard, Hearing
from dialogs.booking.order import Order
from dialogs.booking.sayings import bare, sayings
from dialogs.context import Context
from dialogs.places import Places
from dialogs.plain_time import COUNTY_TIME
from dialogs.session import Form, Session


class Reading:
    """Reads one sentence; holds no state."""

    def __init__(self, hearing: Hearing, filling: Filling, places: Places) -> None:
        self._hearing = hearing
        self._filling = filling
        self._places = places

    def order(self, context: Context) -> Heard | None:
        """The sentence, if it orders a machine by its words alone; mended by sound where that leaves less unexplained."""
        first, *mended = self.heard(context.said.normalized, context, place=context.session.place is None)
        orders = [first] if first.is_order else []
        orders += [heard for heard in mended if (heard.is_order if orders else heard.surely_order)]
        return min(orders, key=_worse, default=None)

    def best(self, context: Context) -> Heard:
        """The sentence, mended by sound where that leaves less unexplained."""
        return min(self.heard(context.said.normalized, context), key=_worse)

    def heard(self, text: str, context: Context, *, place: bool = True) -> Iterator[Heard]:
        """The sentence as heard, then as it may have been said."""
        near = context.session.place
        region = self._places.region(near)
        heard = self._hearing.read(text, context.now, region, near)
        yield heard
        mended = self._hearing.again(text, context.now, region, near, place=place)
        if mended:
            yield mended

    def answer(self, order: Order, context: Context, form: Form) -> Filled | None:
        """The order with what was said; None where the sentence is about something else."""
        text = context.said.normalized
        contrast = sayings().find("contrast", text)
        if moved := _moved(order, text, context.now):
            return self._filling.with_days(order, moved)
        for one in [*self._corrected(order, contrast, context), *_other_days(order, text), text]:
            readings = list(self.heard(one, context))
            fitting = [
                (_worse(heard)[order.service is not None :], filled)
                for heard in readings
                if (filled := self._fitting(order, heard, context, form, corrected=contrast is not None))
            ]
            if fitting:
                return min(fitting, key=lambda fit: fit[0])[1]
        return None

    def _corrected(self, order: Order, contrast: re.Match[str] | None, context: Context) -> Iterator[str]:
        """What counts of 不是二十五，是二十六: as a day or an area where the number that is taken back was one, then as it stands."""
        if contrast is None:
            return
        old = self._hearing.number(contrast["old"], self._places.region(context.session.place))
        if old and order.first and old.values[0] == order.first.day:
            yield sayings().text("day_said", number=contrast["new"])
        elif old and old.values[0] == order.area_mu:
            yield sayings().text("mu_said", number=contrast["new"], half="")
        yield contrast["new"]

    def _fitting(self, order: Order, heard: Heard, context: Context, form: Form, *, corrected: bool) -> Filled | None:
        near = context.session.place
        asking = form.asking
        if asking == "area" and not heard.areas:
            number = self._hearing.number(heard.text, self._places.region(near))
            if number:
                return self._filling.with_area(order, number.values[0], number.text)
        if _waits_elsewhere(context.session, heard, form):
            return None
        if corrected and heard.verb and not heard.service and not heard.crops:
            asking = "service"
        filled = self._filling.fill(order, heard, asking, context.now, near)
        return filled if fits(heard, filled, asking) or heard.is_order else None


def _moved(order: Order, text: str, now: datetime) -> Span | None:
    """The days of 提前一天 and 往后推两天; none where they would be over."""
    shift = shift_in(text)
    if shift is None or order.first is None or order.last is None:
        return None
    first, last = order.first + timedelta(days=shift), order.last + timedelta(days=shift)
    if first < now.astimezone(COUNTY_TIME).date():
        return None
    return Span(first, last, None, span_in_words(first, last, None, now))


def _other_days(order: Order, text: str) -> Iterator[str]:
    """再过六天, where 六天 corrects 再过五天."""
    words = sayings()
    said, before = words.find("days_only", bare(text)), words.find("counted_days", order.date_text)
    if said and before:
        yield order.date_text.replace(before[0], said["days"], 1)


def _worse(heard: Heard) -> tuple[bool, int, int]:
    """By how much a reading is the worse: no job, much that is not understood, little that is."""
    return heard.job is None, len(heard.rest), -heard.named


def _waits_elsewhere(session: Session, heard: Heard, form: Form) -> bool:
    """Whether the crop that is named answers an ask-back that came after what the form asked."""
    pending = session.pending
    if pending is None or pending.asked_at < form.touched_at:
        return False
    return bool(heard.crops) and not (heard.areas or heard.whens or heard.service)
