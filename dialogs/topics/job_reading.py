"""What a sentence says of jobs: which ones, on which days, with which machine, how much and for how much."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from dialogs.booking import hours
from dialogs.booking.change import new_days, shift_in
from dialogs.booking.days import Refused, suiting
from dialogs.booking.hearing import Heard, Hearing
from dialogs.booking.jobbook import Machine, Provider
from dialogs.booking.machine_kinds import kinds_named
from dialogs.booking.sayings import bare
from dialogs.booking.terms import Booking
from dialogs.context import Context
from dialogs.places import Places
from dialogs.topics.job_words import job_words
from nlu.text.pinyin import fold
from nlu.text.quantities import QuantityFinder

UNTIL_MENDED = timedelta(days=6)
"""A machine that is broken is kept out for a week, if nobody says how long the repair takes."""
LONGEST = timedelta(days=60)
_NUMBER = re.compile(r"(?<!\d)\d{5}(?!\d)")
_SAID_NUMBER = re.compile("[0-9零\u3007一幺二两三四五六七八九]{5}")
_DIGITS = str.maketrans("零\u3007一幺二两三四五六七八九", "0011223456789")
_FEWEST = 2
"""Characters of a place's name that single a job out."""
_BESIDE = 1
"""Characters that may stand beside what names a job."""


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
        text = job_words().patterns["whole_week"].sub(r"\g<week>", context.said.normalized)
        return self._read(text, context)

    def narrowed(self, bookings: Sequence[Booking], context: Context) -> Sequence[Booking]:
        """Those that a sentence means, by number, place, crop or day; all where it singles none out."""
        return self.named(bookings, context.said.normalized, context) or bookings

    def named(
        self, bookings: Sequence[Booking], text: str, context: Context, *, by_day: bool = True
    ) -> Sequence[Booking]:
        """Those that a text singles out, by number, place, crop or day; none where it does not."""
        number = number_in(text)
        if number:
            return [one for one in bookings if one.number == number]
        heard, said = self._read(text, context), False
        found = list(bookings)
        for some in (
            [one for one in found if place_in(one, text)],
            [one for one in found if one.wish.crop in heard.crops],
            [one for one in found if by_day and _on_day(one, heard)],
        ):
            both = [one for one in found if one in some]
            found, said = (both, True) if both else (found, said)
        return found if said else []

    def points(self, bookings: Sequence[Booking], text: str) -> bool:
        """Whether one of these jobs is pointed at by number or place, and not merely by its day or crop."""
        return any(one.number == number_in(text) or place_in(one, text) for one in bookings)

    def explains(self, about: str, bookings: Sequence[Booking], context: Context) -> bool:
        """Whether a text only names one of these jobs, its day, its crop or its size."""
        for one in bookings:
            if where := place_in(one, about):
                about = about[: where[0]] + about[where[1] :]
        about = _SAID_NUMBER.sub("", about)
        return len(job_words().patterns["beside"].sub("", self._read(about, context).rest)) <= _BESIDE

    def from_day(self, bookings: Sequence[Booking], context: Context) -> Sequence[Booking]:
        """Those on the first of two days: 后天收不成，改到二十七号. None where one day alone is said."""
        heard = self._days_heard(context)
        if len(heard.whens) + len(heard.ruled_out) < 2:
            return []
        first = min((*heard.whens, *heard.ruled_out), key=lambda one: one.start)
        return [one for one in bookings if Span(first.first, first.last).touches(one)]

    def days_named(self, context: Context) -> Span | None:
        """The days that a question is about, past ones too."""
        whens = self._days_off_heard(context).whens
        return Span(whens[0].first, whens[0].last) if whens else None

    def moved(self, context: Context) -> Span | int | None:
        """The days to which a job is to be moved: those said behind 改到, or by how many days it is to be later."""
        heard = self._days_heard(context)
        shift = shift_in(heard.text)
        if shift is not None:
            return shift
        days = suiting(heard.text, new_days(heard.text, heard.whens), context.now, asked=False, no_day=heard.no_day)
        if days is None or not days.spans:
            today = hours.today(context.now)
            return Span(today, today, days.refused) if days and days.refused else None
        return Span(days.spans[0].first, days.spans[0].last)

    def off(self, context: Context, *, from_today: bool, since: date | None = None) -> Span | None:
        """The days off that are named; None where none are. So many days are counted from tomorrow on, `from_today` from
        today on, or from the day `since` that was said before.
        """
        heard = self._days_off_heard(context)
        text, today = heard.text, hours.today(context.now)
        if heard.no_day and not heard.whens:
            return Span(today, today, Refused.NONE)
        begin = since or (today if from_today else today + timedelta(days=1))
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
        named = self.machines_named(provider, context) or list(provider.machines)
        return named[0] if len(named) == 1 else None

    def machines_named(self, provider: Provider, context: Context) -> list[Machine]:
        """The machines that may be meant by name or kind; none where no kind is named."""
        text = self._machine_words(context)
        kinds = kinds_named(text)
        by_name = [one for one in provider.machines if one.name in text]
        return by_name or [one for one in provider.machines if one.kind in kinds]

    def names_machine(self, context: Context) -> bool:
        """Whether a machine is spoken of."""
        text = self._machine_words(context)
        return bool(kinds_named(text)) or job_words().has("machine", text)

    def _machine_words(self, context: Context) -> str:
        """The sentence as said, in standard words, and mended by sound."""
        again = self._again(context)
        return bare(context.said.text) + bare(context.said.normalized) + (bare(again.text) if again else "")

    def worked(self, context: Context) -> tuple[Decimal | None, Decimal | None]:
        """The 亩 that were really worked, and the 元 that were paid."""
        text, region = context.said.normalized, self._places.region(context.session.place)
        found = self._quantities.find(text, region)
        areas = [one.low for one in found if one.kind == "area"]
        # 哪有五亩，就三亩半: what holds comes last.
        last = -1 if job_words().has("contradicts", text) else 0
        area = areas[last] if areas else None
        if area is None and (again := self._again(context)):
            area = next((one.values[0] for one in again.areas if one.values), None)
        sums = [one.low for one in found if one.kind == "money"]
        return area, sums[last] if sums else job_words().money(text)

    def _read(self, text: str, context: Context) -> Heard:
        near = context.session.place
        return self._hearing.read(text, context.now, self._places.region(near), near)

    def _again(self, context: Context) -> Heard | None:
        """The sentence with what was misheard mended by sound."""
        near = context.session.place
        region = self._places.region(near)
        return self._hearing.again(context.said.normalized, context.now, region, near, place=False)

    def _days_off_heard(self, context: Context) -> Heard:
        """The same with the days that do not suit for days: 后天没空."""
        heard = self._days_heard(context)
        return replace(heard, whens=heard.ruled_out) if heard.ruled_out else heard

    def _days_heard(self, context: Context) -> Heard:
        """The sentence, mended where no day is found in it as it stands."""
        heard = self.heard(context)
        again = None if heard.whens or heard.ruled_out else self._again(context)
        return again if again and (again.whens or again.ruled_out) else heard

    def _days(self, text: str, heard: Heard) -> int:
        """How many days are said, beside what names them: 下礼拜歇三天, and not 这两天."""
        taken = [(when.start, when.end) for when in heard.whens]
        lengths = [
            one.low
            for one in self._quantities.find(text)
            if one.kind == "duration" and one.unit == "天" and not any(a < one.end and one.start < b for a, b in taken)
        ]
        return max(1, int(lengths[0])) if lengths else 0


def number_in(text: str) -> str | None:
    """The number of a booking, in digits or read out: 一零零零三."""
    found = _NUMBER.search(text)
    said = _SAID_NUMBER.search(text)
    return found[0] if found else said[0].translate(_DIGITS) if said else None


def place_in(booking: Booking, text: str) -> tuple[int, int] | None:
    """Where the last part of the place's name is said, 李庄 of 柘城县李庄, or something that sounds like it."""
    name = booking.wish.place_text
    tails = [name[at:] for at in range(max(0, len(name) - 4), len(name) - _FEWEST + 1)]
    tails += [tail.removesuffix("村") for tail in tails if len(tail.removesuffix("村")) >= _FEWEST]
    for tail in tails:
        if (at := text.find(tail)) >= 0:
            return at, at + len(tail)
    for tail in tails:
        sound = fold(tail)
        for at in range(len(text) - len(tail) + 1):
            if len(sound) == len(tail) and fold(text[at : at + len(tail)]) == sound:
                return at, at + len(tail)
    return None


def _on_day(booking: Booking, heard: Heard) -> bool:
    return bool(heard.whens) and Span(heard.whens[0].first, heard.whens[0].last).touches(booking)
