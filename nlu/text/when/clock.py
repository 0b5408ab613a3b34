"""Parts of the day and clock times: 后晌, 擦黑, 八点半, 三点一刻, 两点多, 六点到八点, 14:30."""

import re
from dataclasses import dataclass
from datetime import time

from nlu.text.when.numerals import NOT_INSIDE, SPAN, span
from nlu.text.when.wordlist import DayWords, PartWord, alternation

_MINUTE = r"[一二三四五]?十[一二三四五六七八九]?|[0-5]\d"
_CLOCK = re.compile(
    rf"{NOT_INSIDE}(?:差(?P<less>一刻|\d{{1,2}}分?|[一二三四五六七八九十]{{1,3}}分?)(?:钟)?(?:到|就)?)?(?P<hour>{SPAN})(?:点|时(?!间|候|节|期))"
    rf"(?P<sure>(?P<half>半)(?!天)|(?P<quarter>[一三])刻(?:钟)?|(?:过|零)?(?P<minutes>\d{{1,2}}|[零〇]?[一二三四五六七八九]|{_MINUTE})分(?:钟)?"
    rf"|[过零〇](?P<past>[一二三四五六七八九]|十)(?![亩斤块个])|(?P<bare>{_MINUTE})(?![亩斤块个元米公里天岁毛头只棵分斗箱袋瓶吨\d])"
    rf"|(?P<more>多)(?:钟)?|钟(?!头)|整)?(?P<about>左右|前后|上下|来钟)?"
)
_DIGITAL = re.compile(r"(?<![\d:.])(?P<hour>[01]?\d|2[0-4]):(?P<minute>[0-5]\d)(?::[0-5]\d)?(?![\d:])")
_SHIFTED = {
    "noon": range(1, 5),
    "afternoon": range(1, 12),
    "dusk": range(1, 12),
    "evening": range(5, 12),
    "night": range(6, 12),
}
"""Hours that are twelve later in that part of the day."""
_NIGHT = {"evening", "night"}


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the day as named; `last` before `first` is on the next day."""

    name: str
    first: time
    last: time


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock time as said: hour 0 to 24, `low` and `high` in minutes beyond it. `sure`: nothing but a time is said like that."""

    end: int
    hour: int
    minute: int
    last_hour: int
    last_minute: int
    sure: bool
    exact_hour: bool
    """Said on the 24-hour clock: 08:30, 14 点."""
    vague: bool


class ClockReader:
    """Reads parts of the day and clock times."""

    def __init__(self, words: DayWords) -> None:
        self._words = words
        self._parts = {said: _part(entry) for entry in words.parts for said in entry.said}
        self._short = self._parts | {said: _part(entry) for entry in words.parts for said in entry.after_day}
        self._pattern = re.compile(alternation(self._parts))
        self._short_pattern = re.compile(alternation(self._short))

    def named(self, word: str) -> Part:
        """The part of the day of a word. Raises `KeyError` for an unknown one."""
        return self._parts[word]

    def part(self, text: str, at: int, *, after_day: bool) -> tuple[int, Part] | None:
        """The part of the day named at `at`, and where it ends."""
        found = (self._short_pattern if after_day else self._pattern).match(text, at)
        return (found.end(), self._short[found[0]]) if found else None

    def clock(self, text: str, at: int, *, alone: bool) -> Clock | None:
        """The clock time at `at`; `alone` if neither day nor part of the day stands before it."""
        if found := _DIGITAL.match(text, at):
            return _digital(found)
        found = _CLOCK.match(text, at)
        hours = span(found["hour"]) if found else None
        if found is None or hours is None or not 0 <= hours[0] <= hours[1] <= 24:
            return None
        sure = bool(found["sure"] or found["about"] or found["less"])
        if not sure and not self._plausible(text, found, alone=alone):
            return None
        return _said(found, hours, sure=sure)

    def _plausible(self, text: str, found: re.Match[str], *, alone: bool) -> bool:
        """两点 may count points, 一点 mean a little, 三点五 be a decimal."""
        rest = found.end()
        if text[rest : rest + 1] in {*"一二三四五六七八九0123456789几"} or text.startswith(
            self._words.no_clock_before, rest
        ):
            return False
        if not alone:
            return True
        if found["hour"] in {"一", "1"} or text.endswith(self._words.no_clock_after, 0, found.start()):
            return False
        return (
            rest == len(text) or text[rest] in "，。？！,.?!到至-~" or text.startswith(self._words.clock_before, rest)
        )


def _part(entry: PartWord) -> Part:
    return Part(entry.part, entry.first, entry.last)


def _digital(found: re.Match[str]) -> Clock | None:
    hour, minute = int(found["hour"]), int(found["minute"])
    if hour == 24 and minute:
        return None
    exact = hour == 0 or hour > 12 or found["hour"].startswith("0")
    return Clock(found.end(), hour, minute, hour, minute, sure=True, exact_hour=exact, vague=False)


def _said(found: re.Match[str], hours: tuple[int, int], *, sure: bool) -> Clock | None:
    minute = 30 if found["half"] else 0
    if found["quarter"]:
        minute = 15 if found["quarter"] == "一" else 45
    spoken = found["minutes"] or found["past"] or found["bare"]
    if spoken:
        pair = span(spoken.lstrip("零〇") or "零")
        if pair is None or pair[0] != pair[1] or pair[0] > 59:
            return None
        minute = pair[0]
    hour, last = hours
    if found["less"]:
        less = 15 if found["less"] == "一刻" else (span(found["less"].removesuffix("分")) or (0, 0))[0]
        if not 0 < less < 60 or hour == 0 or minute:
            return None
        hour, last, minute = hour - 1, last - 1, 60 - less
    last_minute = minute
    if found["more"]:
        last, last_minute = last + 1, 0
    if max(hour, last) * 60 + max(minute, last_minute) > 24 * 60 + 59:
        return None
    vague = bool(found["more"] or found["about"]) or hours[0] != hours[1]
    return Clock(
        found.end(), hour, minute, last, last_minute, sure=sure, exact_hour=hour > 12 or hour == 0, vague=vague
    )


def hours_of(clock: Clock, part: Part | None) -> tuple[int, ...]:
    """By how many hours the time said is off the time meant, likeliest first; 24 and more is past midnight."""
    hour = clock.hour
    if part is None:
        if clock.exact_hour or hour == 12:
            return (0,)
        return (12, 0) if hour <= 5 else (0, 12)
    if hour > 12 or (hour == 0 and part.name not in _NIGHT):
        return (0,)
    if part.name in _NIGHT and hour in {0, 12}:
        return (24 - hour,)
    if part.name in _NIGHT and hour < 5:
        return (24, 0) if part.name == "night" else (24,)
    if part.name == "dawn" and hour == 12:
        return (-12,)
    return (12,) if hour in _SHIFTED.get(part.name, ()) else (0,)
