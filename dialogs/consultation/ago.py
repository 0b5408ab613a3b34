"""How long ago something was, in months, from what people say: 两年多了, 去年中秋, 前年腊月, 半年, 19年冬天."""

import re
from collections.abc import Iterator
from datetime import date, datetime
from functools import cache

from dialogs.consultation.sayings import sayings
from dialogs.plain_time import COUNTY_TIME
from nlu.text.when import DateFinder, When

_YEAR = re.compile("(?<![0-9])(?:20)?([12][0-9])年(?![多半前来])")
_YEAR_IN_HAN = re.compile(
    "(?<![一二三四五六七八九十])(?:二[\u3007零])?([一二])([\u3007零一二三四五六七八九])年(?![多半前来])"
)
_HAN = "零一二三四五六七八九"
_CENTURY = 2000
_YEAR_MONTHS = 12
_WHOLE_YEAR = 300
"""Days from which on a span is taken for its middle; of a shorter one the end counts."""


def months_ago(text: str, now: datetime) -> int | None:
    """Whole months, at least; None where nothing is said of it. 去年 is taken for its middle; of several dates the last one counts.

    年底 that may be to come is taken for the last one only where no other date is named.
    """
    words, today = sayings(), now.astimezone(COUNTY_TIME).date()
    text = words.patterns["lasting"].sub("，", text)
    months: list[int] = []
    vague: list[int] = []
    years = {found.end() for pattern in (_YEAR, _YEAR_IN_HAN) for found in pattern.finditer(text)}
    for when in reversed(_dates().find(text, now)):
        past = None if when.start in years else _last_past(when, today)
        if past is not None:
            (vague if when.first > today else months).append(_between(past, today))
            text = text[: when.start] + "，" + text[when.end :]
    months = [*months, *_counted(text, today)] or vague
    return min(months) if months else None


def _counted(text: str, today: date) -> Iterator[int]:
    """What is told by numbers: 一年半, 三个月, 19年."""
    words = sayings()
    for found in _YEAR.finditer(text):
        yield from _of_year(_CENTURY + int(found[1]), today)
    for found in _YEAR_IN_HAN.finditer(text):
        yield from _of_year(_CENTURY + _HAN.index(found[1]) * 10 + _HAN.index(found[2].replace("\u3007", "零")), today)
    text = _YEAR_IN_HAN.sub("，", _YEAR.sub("，", text))
    if words.has("ago_many", text):
        yield words.numbers["三"] * _YEAR_MONTHS
    if found_years := words.find("ago_years", text):
        yield _number(found_years[1]) * _YEAR_MONTHS
    elif words.has("ago_half", text):
        yield _YEAR_MONTHS // 2
    elif found_months := words.find("ago_months", text):
        yield _number(found_months[1])
    elif words.has("ago_days", text) or any(word in text for word in words.recent):
        yield 0


def _of_year(year: int, today: date) -> Iterator[int]:
    if year <= today.year:
        yield max(0, (today.year - year) * _YEAR_MONTHS + today.month - _YEAR_MONTHS // 2)


def _last_past(when: When, today: date) -> date | None:
    """The day from which is counted; None for days that are still to come."""
    past = [one for one in (when, *when.alternatives) if one.first <= today]
    if not past:
        return None
    latest = max(past, key=lambda one: one.first)
    wide = (latest.last - latest.first).days >= _WHOLE_YEAR
    return min(latest.first.replace(month=_YEAR_MONTHS // 2, day=1) if wide else latest.last, today)


def _between(past: date, today: date) -> int:
    months = (today.year - past.year) * _YEAR_MONTHS + today.month - past.month
    return max(0, months - (past.day > today.day))


def _number(word: str) -> int:
    return int(word) if word.isdecimal() else sayings().numbers[word]


@cache
def _dates() -> DateFinder:
    return DateFinder()
