"""Finds the days and times that a sentence names."""

import re
import unicodedata
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import opencc

from nlu.text.when.asked import Asked, Found
from nlu.text.when.clock import ClockReader
from nlu.text.when.dayword import DayWordReader
from nlu.text.when.modifier import ModifierReader
from nlu.text.when.month import MonthReader
from nlu.text.when.season import SeasonReader
from nlu.text.when.slot import Slot, build
from nlu.text.when.week import WeekReader
from nlu.text.when.when import When
from nlu.text.when.wordlist import Words, alternation, load
from nlu.text.when.year import Reader, YearReader

CHINA = ZoneInfo("Asia/Shanghai")
_MOST_ALTERNATIVES = 3
_CONNECT = re.compile(r"\s?(?:一直)?(?:到|至|—{1,2}|-|~)\s?")
_OTHERWISE_CUT = re.compile("后天(?!气)|后期")
"""小麦后天 is 后天 said of wheat, and not 麦后; 春节后天气 is about after the feast."""
_BETWEEN = re.compile(r"(?:的|那天|当天|这天|那日)?\s?")
_SIMPLIFIED = opencc.OpenCC("t2s")


@lru_cache(maxsize=8192)
def _plain(char: str) -> str:
    """One character, simplified and half-width; always one, so that spans stay true."""
    if 0xFF01 <= ord(char) <= 0xFF5E:
        return chr(ord(char) - 0xFEE0)
    if unicodedata.category(char) != "Lo":
        return char
    plain = str(_SIMPLIFIED.convert(char))
    return plain if len(plain) == 1 else char


class DateFinder:
    """Reads one text at a time; holds no state, safe to share. Raises `WordsBroken` if its data is broken."""

    def __init__(self, words: Words | None = None) -> None:
        words = words or load()
        seasons = SeasonReader(words.calendar, words.days.no_year_after)
        months = MonthReader(words.days)
        self._readers: tuple[Reader, ...] = (
            DayWordReader(words.days),
            WeekReader(words.days),
            seasons,
            months,
            YearReader(words.days, (seasons, months), seasons),
        )
        self._clocks = ClockReader(words.days)
        self._modifiers = ModifierReader(words.days)
        self._keep = re.compile(alternation(words.days.keep))
        self._done = words.days.done
        self._recurring = re.compile(alternation(words.days.recurring))

    def find(self, text: str, now: datetime) -> tuple[When, ...]:
        """Days and times in the order of the text, none overlapping another; 年 without a date, 每天 and mere durations are none.

        `now` is aware, in any zone; what was said is taken as of that moment in China. Raises ValueError for a naive `now`.
        """
        if now.tzinfo is None:
            raise ValueError("now must be aware")
        asked = Asked(now.astimezone(CHINA))
        plain = "".join(_plain(char) for char in text)
        found: list[When] = []
        at = 0
        while at < len(plain):
            end, slots = self._expression(plain, at, asked)
            kept = self._keep.match(plain, at)
            if kept and kept.end() >= end:
                at = kept.end()
                continue
            if habit := self._recurring.match(plain, at):
                at = max(habit.end(), self._expression(plain, habit.end(), asked)[0])
                continue
            if slots and end > at + 1 and _OTHERWISE_CUT.match(plain, end - 1):
                at += 1
                continue
            if slots:
                found.append(_when(text, at, end, slots))
            at = max(end, at + 1)
        return tuple(found)

    def _expression(self, text: str, at: int, asked: Asked) -> tuple[int, tuple[Slot, ...]]:
        """Where what begins at `at` ends, and what it may mean; it ends at `at` if nothing does."""
        end, slots = self._range(text, at, asked)
        dated = [slot for slot in slots if slot.dated]
        if not dated or slots[0].days.first <= asked.today:
            return end, slots
        # 三号到五号 said on the 4th, 小雪前后 the day after: what is going on comes before what is to come.
        first = [slot for slot in dated if slot.days.first <= asked.today <= slot.days.last]
        if text.startswith(self._done, end):
            first = sorted((slot for slot in dated if slot.days.last <= asked.today), key=lambda slot: slot.days.last)[
                -1:
            ]
        return end, (*first[:1], *(slot for slot in slots if slot not in first[:1]))

    def _range(self, text: str, at: int, asked: Asked) -> tuple[int, tuple[Slot, ...]]:
        """A point in time, or two with 到 between them."""
        end, slots = self._point(text, at, asked)
        connected = _CONNECT.match(text, end) if slots else None
        if connected is None:
            return end, slots
        joined: list[Slot] = []
        far = end
        for slot in slots:
            inner = replace(asked, anchor=slot.days, anchor_time=slot.first_time)
            right_end, right = self._point(text, connected.end(), inner)
            whole = slot.to(right[0]) if right else None
            if whole is not None:
                joined.append(whole)
                far = max(far, right_end)
        return (far, tuple(joined)) if joined else (end, slots)

    def _point(self, text: str, at: int, asked: Asked) -> tuple[int, tuple[Slot, ...]]:
        """A day, a part of the day, a clock time, or these together."""
        day = self._day(text, at, asked)
        if day is not None and not day.days:
            return day.end, ()
        end = day.end if day else at
        place = end
        if day and (between := _BETWEEN.match(text, end)):
            place = between.end()
        part = self._clocks.named(day.part) if day and day.part else None
        while named := self._clocks.part(text, place, after_day=day is not None and part is None):
            end, part = named
            place = end + (text[end : end + 1] in {"的", " "})
        clock = self._clocks.clock(text, place, alone=day is None and part is None and asked.anchor is None)
        if clock is not None:
            end = clock.end
        if day is None and part is None and clock is None:
            return at, ()
        or_part = self._clocks.named(day.or_part) if day and day.or_part and part is None and clock is None else None
        slots = build(day.days if day else None, part, clock, asked, or_part)
        return (end, slots)

    def _day(self, text: str, at: int, asked: Asked) -> Found | None:
        hits = [hit for reader in self._readers if (hit := reader.read(text, at, asked))]
        best = max(hits, key=lambda hit: hit.end, default=None)
        if best is None or not best.days or best.part:
            return best
        return self._modifiers.applied(text, best, asked)


def _when(text: str, start: int, end: int, slots: tuple[Slot, ...]) -> When:
    whens = [
        When(
            text[start:end],
            start,
            end,
            slot.days.first,
            slot.days.last,
            slot.part,
            slot.first_time,
            slot.last_time,
            slot.vague,
        )
        for slot in dict.fromkeys(slots)
    ]
    return replace(whens[0], alternatives=tuple(whens[1 : 1 + _MOST_ALTERNATIVES]))
