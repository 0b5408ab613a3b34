"""Which half hour is wanted: days, part of the day and hour, read from a sentence."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from dialogs.booking.days import Refused, suiting
from dialogs.booking.sayings import bare
from dialogs.booking.sayings import sayings as shared
from dialogs.booking.sounds import Sounds
from dialogs.consultation.hours import day_of, part_of
from dialogs.consultation.sayings import sayings
from dialogs.consultation.terms import Slot
from dialogs.plain_time import COUNTY_TIME
from nlu.text.when import DateFinder, When

Missed = Literal["past", "no_such_day"]
"""Days that are over, or that there are not: the key of the text that says it."""
_NEAR, _SHORT = timedelta(days=60), timedelta(days=14)
"""Days so far off, or so many, are hardly meant for an appointment by somebody who tells a story."""
WITHIN = timedelta(days=14)
"""So far ahead half hours are offered unasked."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Days, both included; `minute` of the day where an hour was said. `text` as said."""

    first: date
    last: date
    part: str | None = None
    minute: int | None = None
    text: str = ""

    def fits(self, slot: Slot) -> bool:
        """Whether a half hour lies in these days and that part of the day."""
        return self.first <= day_of(slot.start) <= self.last and (self.part is None or part_of(slot.start) == self.part)


class Wishes:
    """Reads them; holds no state."""

    def __init__(self, sounds: Sounds) -> None:
        self._dates = DateFinder()
        self._sounds = sounds

    def read(self, text: str, now: datetime, near: Wanted | None, *, asked: bool) -> Wanted | Missed | None:
        """What a sentence wants; None where it says nothing of it.

        `near`: what is wanted so far, for 下午 and 九点, which keep its day. `asked`: the time was asked for: what was
        misheard is mended, and 都行 is an answer. 这礼拜三, said when it is over, is the next one.
        """
        text = sayings().patterns["lead_in"].sub("", self._heard(text, now)) if asked else text
        if shared().has("no_such_day", text):
            return "no_such_day"
        whens = self._dates.find(text, now)
        minute = _minute(whens)
        if minute is not None and sayings().has("bare_clock", whens[-1].text):
            first, last = (near.first, near.last) if near else _ahead(now)
            return Wanted(first, last, minute=minute, text=whens[-1].text)
        found = suiting(text, whens, now, asked=asked)
        if found is None:
            return None
        if found.spans:
            span = found.spans[0]
            return Wanted(span.first, span.last, part=span.part, minute=minute, text=found.text)
        if found.refused:
            monday = now + timedelta(days=7 - day_of(now).weekday())
            over = found.refused is Refused.PAST and monday > now and sayings().has("this_week", found.text)
            later = self.read(text, monday, near, asked=asked) if over else None
            return later if isinstance(later, Wanted) else "past"
        first, last = (near.first, near.last) if near else _ahead(now)
        return Wanted(first, last, part=found.part, minute=minute, text=found.text)

    def coming(self, text: str, now: datetime, *, surely: bool = False) -> Wanted | None:
        """What a sentence that tells of other days, too, wants. `surely`: no day that may be over, nor today."""
        today = day_of(now)
        for when in reversed(self._dates.find(text, now)):
            over = any(one.first < today for one in when.alternatives) or when.first <= today
            apart = when.last < today or when.first > today + _NEAR or when.last - when.first > _SHORT
            if apart or (surely and over):
                text = text[: when.start] + "，" + text[when.end :]
        if surely and not self._dates.find(text, now):
            return None
        wanted = self.read(text, now, None, asked=False)
        return wanted if isinstance(wanted, Wanted) else None

    def days(self, text: str, now: datetime) -> tuple[date, date] | None:
        """The days that a sentence names, both included: 周四周五 are two."""
        found = self.read(text, now, None, asked=True)
        if not isinstance(found, Wanted):
            return None
        first = found.first
        for when in self._dates.find(text, now):
            if day_of(now) <= when.first < first and found.last - when.first <= WITHIN and not when.first_time:
                first = when.first
        ruled_out = shared().has("correction", text)
        return (found.first if ruled_out else first), found.last

    def shifted(self, text: str, start: datetime) -> Wanted | None:
        """往后推一天, 晚半个钟头, of what begins at `start` so far; None where nothing of that kind is said."""
        if by := sayings().find("shift_hours", text):
            moved = (start + _length(by)).astimezone(COUNTY_TIME)
            return Wanted(moved.date(), moved.date(), minute=moved.hour * 60 + moved.minute, text=by[0])
        found = shared().find("shift", text)
        if found is None:
            return None
        said = found["days"] or found["before"]
        days = int(said) if said.isdecimal() else shared().counts[said]
        local = start.astimezone(COUNTY_TIME)
        day = local.date() + timedelta(days=days if found["back"] else -days)
        return Wanted(day, day, minute=local.hour * 60 + local.minute, text=found[0])

    def free_of(self, text: str, now: datetime) -> tuple[str, Wanted | None]:
        """The sentence without the days of which it says that there is no time, and what is wanted after these."""
        last: date | None = None
        whens = self._dates.find(text, now)
        ends = [*(when.start for when in whens), len(text)][1:]
        for when, end in reversed(list(zip(whens, ends, strict=True))):
            if sayings().has("busy", text[when.end : end]):
                last = max(last or when.last, when.last)
                text = text[: when.start] + "，" + text[end:]
        if last is None:
            return text, None
        after = max(last, day_of(now)) + timedelta(days=1)
        return text, Wanted(after, after + WITHIN)

    def at_the_end(self, text: str, now: datetime) -> bool:
        """Whether the time is the last thing that is said: 我要去赶集，后天吧."""
        whens = self._dates.find(text, now)
        return bool(whens) and sayings().has("ends_with_time", text[whens[-1].end :])

    def beside(self, text: str, now: datetime, *, asked: bool) -> str:
        """What a sentence says beside days and times; `asked` as in `read`."""
        text = self._heard(text, now) if asked else text
        for when in reversed(self._dates.find(text, now)):
            text = text[: when.start] + text[when.end :]
        return text

    def counties(self, text: str) -> str:
        """An answer to where, with the county as it was probably said: 哲城县, 哲城 are 柘城县."""
        plain = bare(text)
        named = plain + "县" if len(plain) in {2, 3} and not plain.endswith("县") else text
        return self._sounds.mend(named, (), place=True, crop=False)

    def _heard(self, text: str, now: datetime) -> str:
        """The sentence with what was misheard of its days and times mended."""
        taken = frozenset(at for when in self._dates.find(text, now) for at in range(when.start, when.end))
        return self._sounds.mend(text, taken, place=False)


def _length(by: re.Match[str]) -> timedelta:
    """How much later it is to be, or sooner."""
    numbers, half = sayings().numbers, timedelta(minutes=30)
    if said := by["hours"]:
        length = timedelta(hours=int(said) if said.isdecimal() else numbers[said]) + (
            half if by["more"] else timedelta()
        )
    elif said := by["minutes"]:
        tens = said.removesuffix("十")
        length = timedelta(minutes=int(said) if said.isdecimal() else 10 * numbers[tens or "一"])
    else:
        length = half
    return length if by["later"] else -length


def _ahead(now: datetime) -> tuple[date, date]:
    return day_of(now), day_of(now) + WITHIN


def _minute(whens: Sequence[When]) -> int | None:
    """The minute of the day, where a moment was said and no part of the day."""
    for when in reversed(whens):
        if when.first_time is not None and when.first_time == when.last_time:
            return when.first_time.hour * 60 + when.first_time.minute
    return None


def minute_of(slot: Slot) -> int:
    """The minute of the day at which a half hour begins."""
    local = slot.start.astimezone(COUNTY_TIME)
    return local.hour * 60 + local.minute
