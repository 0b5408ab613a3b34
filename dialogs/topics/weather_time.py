"""The time that a question about weather is about."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Literal

from dialogs.topics.weather_words import weather_words
from knowledge_base.weather.terms import CHINA
from nlu.text.when import DateFinder, When

LONGEST = 16
"""Days that are listed at most."""
_COUNTED = re.compile(r"([一二两三四五六七八九十]{1,3}|[0-9]{1,2})(?:天|日)(?![前后头以])")
_NUMBERS = {char: number for number, char in enumerate("零一二三四五六七八九十")} | {"两": 2}
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Asked:
    """From `begin` to `end` (aware); `said` are the person's words for it. `hours`: a part of a day, not whole days."""

    begin: datetime
    end: datetime
    said: str = ""
    hours: bool = False
    vague: bool = False

    @property
    def first(self) -> date:
        """The first day in China."""
        return self.begin.astimezone(CHINA).date()

    @property
    def last(self) -> date:
        """The last day in China, within."""
        return (self.end - timedelta(microseconds=1)).astimezone(CHINA).date()

    @property
    def one_day(self) -> bool:
        """A whole day, or a part of it."""
        return self.first == self.last or (self.hours and self.end - self.begin <= _DAY)

    def from_now(self, now: datetime) -> "Asked":
        """What of it is still to come; from midnight on, where it is whole days."""
        start = (
            midnight(now.astimezone(CHINA).date()) if not self.hours else now.replace(minute=0, second=0, microsecond=0)
        )
        return Asked(max(self.begin, start), self.end, self.said, self.hours, self.vague)


def asked_in(text: str, now: datetime) -> Asked | Literal["unknown"] | None:
    """The time that a normalised text names; None for none, `unknown` for a day that cannot be told."""
    found = finder().find(text, now)
    if found:
        return _whole([_near(when, now) for when in found])
    words = weather_words()
    for said, days in words.spans.items():
        if said in text:
            return coming(days, now, said)
    if counted := _COUNTED.search(text):
        return coming(min(_number(counted[1]), LONGEST), now, counted[0])
    return "unknown" if words.has("unknown_day", text) else None


def coming(days: int, now: datetime, said: str = "") -> Asked:
    """So many whole days from today on."""
    today = now.astimezone(CHINA).date()
    return Asked(midnight(today), midnight(today + timedelta(days=days)), said)


def midnight(day: date) -> datetime:
    """The beginning of a day in China."""
    return datetime.combine(day, time(), CHINA)


@cache
def finder() -> DateFinder:
    """The reader of dates."""
    return DateFinder()


def _whole(found: Sequence[When]) -> Asked:
    one = _asked(found[0])
    for other in (_asked(when) for when in found[1:]):
        if not one.hours and not other.hours and other.begin >= one.begin and other.begin - one.end <= _DAY:
            one = Asked(one.begin, max(one.end, other.end), "", vague=one.vague or other.vague)
    return one


def _near(when: When, now: datetime) -> When:
    """Of what may be meant, that which a forecast can reach: 十月十八 by the moon, where by the sun it is far."""
    today = now.astimezone(CHINA).date()
    within = (one for one in (when, *when.alternatives) if today <= one.last and (one.first - today).days < LONGEST)
    return when if when.first <= today <= when.last else next(within, when)


def _asked(when: When) -> Asked:
    if when.first_time is None:
        return Asked(midnight(when.first), midnight(when.last + _DAY), when.text, vague=when.vague)
    begin = datetime.combine(when.first, when.first_time, CHINA)
    until = when.last_time or time(23, 59)
    end = datetime.combine(when.last, until, CHINA)
    if end <= begin:
        end = begin + timedelta(hours=1) if when.last_time == when.first_time else end + _DAY
    return Asked(begin, end, when.text, hours=True, vague=when.vague)


def _number(word: str) -> int:
    if word.isdigit():
        return max(int(word), 1)
    head, ten, tail = word.partition("十")
    if not ten:
        return _NUMBERS.get(word, 1)
    return (_NUMBERS[head] if head else 1) * 10 + (_NUMBERS[tail] if tail else 0)
