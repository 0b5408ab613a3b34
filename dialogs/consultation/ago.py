"""How long ago something was, in months, from what people say: 两年多了, 去年, 半年, 2023年."""

import re
from datetime import datetime

from dialogs.consultation.sayings import sayings
from dialogs.plain_time import COUNTY_TIME

_YEAR = re.compile("(?<![0-9])(?:20)?([12][0-9])年(?![多半前来])")
_CENTURY = 2000
_YEAR_MONTHS = 12


def months_ago(text: str, now: datetime) -> int | None:
    """Whole months, at least; None where nothing is said of it. 去年 is taken for its middle."""
    words, today = sayings(), now.astimezone(COUNTY_TIME)
    if named := _YEAR.search(text):
        return _since(today.year - _CENTURY - int(named[1]), today.month)
    if found := words.find("ago_years", text):
        return _number(found[1]) * _YEAR_MONTHS
    for name, years in words.years_ago.items():
        if name in text:
            return _since(years, today.month)
    if words.has("ago_half", text):
        return _YEAR_MONTHS // 2
    if found := words.find("ago_months", text):
        return _number(found[1])
    if words.has("ago_days", text) or any(word in text for word in words.recent):
        return 0
    return None


def _since(years: int, month: int) -> int | None:
    """From the middle of that year to a month of this one."""
    return max(0, years * _YEAR_MONTHS + month - _YEAR_MONTHS // 2) if years >= 0 else None


def _number(word: str) -> int:
    return int(word) if word.isdecimal() else sayings().numbers[word]
