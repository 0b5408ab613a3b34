"""Years and whole dates in digits: 去年, 2026年5月3号, 2026-05-03, 5.3."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Protocol

from nlu.text.when import numerals
from nlu.text.when.asked import Asked, Found
from nlu.text.when.season import SeasonReader, yearly
from nlu.text.when.when import Days
from nlu.text.when.wordlist import DayWords, alternation

_FULL = re.compile(r"(?<![\d.])(?P<year>\d{4})(?P<mark>[-/.])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})(?![\d])")
_SHORT = re.compile(r"(?<![\d./])(?P<month>\d{1,2})[./](?P<day>\d{1,2})(?![\d./%:])(?P<mark>[号日])?")
_DIGITS = r"(?P<digits>\d{4}|[一二零〇三四五六七八九]{4}|\d{2}(?=年\d{1,2}月))年(?!度|薪|限)"
_THIS_TIME = re.compile(r"(?:的)?(?:这(?:个)?(?:时候|会儿|会|时节|阵子|阵)|(?P<day>今[天日]))")
_OF = re.compile(r"的|里|\s")


class Reader(Protocol):
    """Reads one sort of dates."""

    def read(self, text: str, at: int, asked: Asked) -> Found | None:
        """What begins at `at`."""


class YearReader:
    """A year, alone or with a day, month or season of it."""

    def __init__(self, words: DayWords, within: Sequence[Reader], seasons: SeasonReader) -> None:
        self._years = {said: entry.first for entry in words.years for said in entry.said}
        self._pattern = re.compile(rf"(?:{_DIGITS}|(?P<word>{alternation(self._years)}))")
        self._within = within
        self._seasons = seasons
        self._no_after = words.no_year_after
        self._before, self._after = words.date_before, words.date_after

    def read(self, text: str, at: int, asked: Asked) -> Found | None:
        """What begins at `at`."""
        if found := _FULL.match(text, at):
            return Found(found.end(), _civil(int(found["year"]), int(found["month"]), int(found["day"])))
        if (found := _SHORT.match(text, at)) and self._is_date(text, found):
            return Found(found.end(), _yearless(int(found["month"]), int(found["day"]), asked))
        found = self._pattern.match(text, at)
        year = self._year(found, asked) if found else None
        if (
            found is None
            or year is None
            or (found["word"] and found[0][0] == "年" and text.endswith(self._no_after, 0, at))
        ):
            return None
        inner = replace(asked, year=year, counted=bool(found["word"]))
        end = found.end()
        start = skipped.end() if (skipped := _OF.match(text, end)) else end
        if moment := _THIS_TIME.match(text, end):
            that_day = asked.today.replace(year=year, day=min(asked.today.day, 28))
            if moment["day"]:
                return Found(moment.end(), _civil(year, asked.today.month, asked.today.day))
            return Found(
                moment.end(), (Days(that_day - timedelta(days=10), that_day + timedelta(days=10), vague=True),)
            )
        best = max(
            (hit for reader in self._within if (hit := reader.read(text, start, inner))),
            key=lambda hit: hit.end,
            default=None,
        )
        best = best or self._seasons.year_end(text, end, inner)
        return best or Found(end, (Days(date(year, 1, 1), date(year, 12, 31), kind="period"),))

    def _year(self, found: re.Match[str], asked: Asked) -> int | None:
        if found["word"]:
            return asked.today.year + self._years[found["word"]]
        digits = found["digits"]
        if len(digits) == 2:
            near = 2000 + int(digits)
            return near if near <= asked.today.year + 20 else near - 100
        return numerals.year(digits)

    def _is_date(self, text: str, found: re.Match[str]) -> bool:
        """5.3 may be a price or a yield: it is a date only alone or beside a word that says so."""
        if not (1 <= int(found["month"]) <= 12 and 1 <= int(found["day"]) <= 31):
            return False
        alone = found.start() == 0 and found.end() == len(text)
        beside = text.startswith(self._after, found.end()) and not text.startswith(("到期", "种子"), found.end())
        return (
            alone
            or bool(found["mark"])
            or beside
            or (
                text.endswith(self._before, 0, found.start())
                and not text[found.end() : found.end() + 1].strip("，。？！、 ")
            )
        )


def _civil(year: int, month: int, day: int) -> tuple[Days, ...]:
    try:
        found = date(year, month, day)
    except ValueError:
        return ()
    return (Days(found, found),)


def _yearless(month: int, day: int, asked: Asked) -> tuple[Days, ...]:
    if not _civil(2024, month, day):
        return ()

    def of(year: int) -> Days | date:
        return next(iter(_civil(year, month, day)), date(year, month, 28))

    return yearly(of, asked, lunar=False)
