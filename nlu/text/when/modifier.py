"""What moves or widens a day: 清明前三天, 五号以前, 谷雨前后, 霜降以后."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from nlu.text.when.asked import Asked, Found
from nlu.text.when.dayword import AMOUNT, Amount
from nlu.text.when.when import Days
from nlu.text.when.wordlist import DayWords

_SHIFT = re.compile(rf"(?:节)?(?:的)?(?P<way>前|后|头)(?:面|头)?{AMOUNT}(?![前后内])")
_AMOUNT_AFTER = re.compile(rf"(?:的)?{AMOUNT}(?:以|之)?(?P<way>前|后)(?![晌半])")
_AROUND = re.compile(r"(?:节)?(?:前后|左右|上下|边上|跟前|那几天|那阵子|那阵|前前后后)")
_BEFORE = re.compile(r"(?:节)?(?:的)?(?:以前|之前|前头|头里|前(?![晌半面后天儿日年期晚几两个三一]))")
_AFTER = re.compile(r"(?:节)?(?:的)?(?:以后|之后|过后|过完|后头|后(?![晌半面天儿日年期来续朝几两个三一]))")
_THAT = re.compile(r"(?:节)?(?:那天|当天|这天|那日|那一天|期间|时节|里头|里)?")
_SEASON_DAYS = timedelta(days=15)
_LATER_DAYS = timedelta(days=7)
_AROUND_DAYS = timedelta(days=3)
_ONE = timedelta(days=1)


class ModifierReader:
    """Reads what follows a day and changes it."""

    def __init__(self, words: DayWords) -> None:
        self._short_parts = tuple(said for entry in words.parts for said in entry.said if said[0] in "前后")

    def applied(self, text: str, found: Found, asked: Asked) -> Found:
        """`found` with what follows it taken in."""
        end = found.end
        if text.startswith(self._short_parts, end):
            return found
        for pattern in (_SHIFT, _AMOUNT_AFTER):
            if (hit := pattern.match(text, end)) and (amount := Amount.of(hit)):
                return Found(hit.end(), tuple(_shifted(found.days, hit["way"], amount, before=pattern is _SHIFT)))
        changes: tuple[tuple[re.Pattern[str], Callable[[Days, Asked], Days]], ...] = (
            (_AROUND, _around),
            (_BEFORE, _before),
            (_AFTER, _after),
        )
        for pattern, change in changes:
            if hit := pattern.match(text, end):
                return Found(hit.end(), tuple(change(days, asked) for days in found.days))
        that = _THAT.match(text, end)
        return replace(found, end=that.end() if that else end)


def _shifted(options: tuple[Days, ...], way: str, amount: Amount, *, before: bool) -> list[Days]:
    """清明前三天 is the third day before it, or the three days before it; 前几天 only these."""
    sign = 1 if way == "后" else -1
    moved = [amount.shift(days.last if sign > 0 else days.first, sign) for days in options]
    runs = [
        Days(days.last + _ONE, shift.last, vague=True) if sign > 0 else Days(shift.first, days.first - _ONE, vague=True)
        for days, shift in zip(options, moved, strict=True)
    ]
    if not before or (amount.low == amount.high == 1):
        return moved
    if not amount.exact:
        return runs
    return [moved[0], runs[0], *moved[1:]]


def _around(days: Days, _: Asked) -> Days:
    return replace(days, first=days.first - _AROUND_DAYS, last=days.last + _AROUND_DAYS, vague=True)


def _before(days: Days, asked: Asked) -> Days:
    """Of a plain day: from today on. Of a season: the fortnight before it. 月底前 runs to the end of the month."""
    last = days.last if days.kind == "tail" else days.first - _ONE
    if days.kind == "season" or last < asked.today:
        return Days(last - _SEASON_DAYS + _ONE, last, vague=True)
    return Days(asked.today, last, vague=True)


def _after(days: Days, _: Asked) -> Days:
    length = _SEASON_DAYS if days.kind == "season" else _LATER_DAYS
    return Days(days.last + _ONE, days.last + length, vague=True)
