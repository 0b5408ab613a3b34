"""What a sentence says of jobs: which ones, on which days, with which machine, how much and for how much."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from dialogs.booking import hours
from dialogs.booking.days import Refused, suiting
from dialogs.booking.hearing import Heard, Hearing
from dialogs.booking.jobbook import Machine, Provider
from dialogs.booking.machine_kinds import kinds_named
from dialogs.booking.sayings import bare
from dialogs.booking.terms import Booking
from dialogs.context import Context
from dialogs.places import Places
from dialogs.topics.job_words import job_words
from nlu.text.quantities import QuantityFinder

UNTIL_MENDED = timedelta(days=6)
"""A machine that is broken is kept out for a week, if nobody says how long the repair takes."""
LONGEST = timedelta(days=60)
_NUMBER = re.compile(r"(?<!\d)\d{5}(?!\d)")
_FEWEST = 2
"""Characters of a place's name that single a job out."""


@dataclass(frozen=True, slots=True)
class Span:
    """Days off; `refused`: why they cannot be taken."""

    first: date
    last: date
    refused: Refused | None = None

    def touches(self, booking: Booking) -> bool:
        """Whether a job falls on any of these days."""
        return booking.day is not None and self.first <= (booking.last_day or booking.day) and booking.day <= self.last


class JobReading:
    """Reads sentences; holds no state."""

    def __init__(self, hearing: Hearing, quantities: QuantityFinder, places: Places) -> None:
        self._hearing = hearing
        self._quantities = quantities
        self._places = places

    def heard(self, context: Context) -> Heard:
        """What is named in the sentence."""
        near = context.session.place
        return self._hearing.read(context.said.normalized, context.now, self._places.region(near), near)

    def narrowed(self, bookings: Sequence[Booking], context: Context) -> Sequence[Booking]:
        """Those that a sentence means, by number, place, crop or day; all where it singles none out."""
        text, heard = context.said.normalized, self.heard(context)
        number = _NUMBER.search(text)
        if number:
            return [one for one in bookings if one.number == number[0]] or bookings
        found = [one for one in bookings if _place_in(one, text)] or list(bookings)
        found = [one for one in found if one.wish.crop in heard.crops] or found
        return [one for one in found if _on_day(one, heard)] or found

    def off(self, context: Context, *, from_today: bool) -> Span | None:
        """The days off that are named; None where none are. `from_today`: so many days are counted from today on."""
        heard = self._days_heard(context)
        text, today = heard.text, hours.today(context.now)
        if heard.no_day and not heard.whens:
            return Span(today, today, Refused.NONE)
        begin = today if from_today else today + timedelta(days=1)
        length = self._days(text, heard)
        days = suiting(text, heard.whens, context.now, asked=False) if heard.whens else None
        if days is None or not (days.spans or days.refused):
            return Span(begin, begin + timedelta(days=length - 1)) if length else None
        if not days.spans:
            return Span(today, today, days.refused)
        first, last = days.spans[0].first, days.spans[0].last
        if job_words().has("until", text[: heard.whens[0].start]):
            first = today
        elif length:
            last = first + timedelta(days=length - 1)
        return Span(first, last, Refused.WIDE if last - first > LONGEST else None)

    def machine(self, provider: Provider, context: Context) -> Machine | None:
        """The machine that is named, or the only one there is; None where it is not clear."""
        text = bare(context.said.text) + bare(context.said.normalized)
        kinds = kinds_named(text)
        named = [one for one in provider.machines if one.name in text]
        named = named or [one for one in provider.machines if one.kind in kinds] or list(provider.machines)
        return named[0] if len(named) == 1 else None

    def names_machine(self, context: Context) -> bool:
        """Whether a machine is spoken of."""
        text = bare(context.said.text) + bare(context.said.normalized)
        return bool(kinds_named(text)) or job_words().has("machine", text)

    def worked(self, context: Context) -> tuple[Decimal | None, Decimal | None]:
        """The 亩 that were really worked, and the 元 that were paid."""
        text, region = context.said.normalized, self._places.region(context.session.place)
        found = self._quantities.find(text, region)
        area = next((one.low for one in found if one.kind == "area"), None)
        if area is None and (again := self._again(context)):
            area = next((one.values[0] for one in again.areas if one.values), None)
        money = next((one.low for one in found if one.kind == "money"), None)
        return area, money if money is not None else job_words().money(text)

    def _again(self, context: Context) -> Heard | None:
        """The sentence with what was misheard mended by sound."""
        near = context.session.place
        region = self._places.region(near)
        return self._hearing.again(context.said.normalized, context.now, region, near, place=False)

    def _days_heard(self, context: Context) -> Heard:
        """The sentence, mended where no day is found in it as it stands."""
        heard = self.heard(context)
        again = None if heard.whens else self._again(context)
        return again if again and again.whens else heard

    def _days(self, text: str, heard: Heard) -> int:
        """How many days are said, beside what names them: 下礼拜歇三天, and not 这两天."""
        taken = [(when.start, when.end) for when in heard.whens]
        lengths = [
            one.low
            for one in self._quantities.find(text)
            if one.kind == "duration" and one.unit == "天" and not any(a < one.end and one.start < b for a, b in taken)
        ]
        return max(1, int(lengths[0])) if lengths else 0


def _place_in(booking: Booking, text: str) -> bool:
    """Whether the last part of the place's name is said: 李庄 of 柘城县李庄."""
    name = booking.wish.place_text
    tails = (name[at:] for at in range(max(0, len(name) - 4), len(name) - _FEWEST + 1))
    return any(
        tail in text or tail.removesuffix("村") in text for tail in tails if len(tail.removesuffix("村")) >= _FEWEST
    )


def _on_day(booking: Booking, heard: Heard) -> bool:
    return bool(heard.whens) and Span(heard.whens[0].first, heard.whens[0].last).touches(booking)
