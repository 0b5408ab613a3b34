"""What comes round once a year: festivals, solar terms, farm seasons."""

import re
from collections.abc import Callable
from datetime import date, timedelta

from nlu.text.when import almanac
from nlu.text.when.asked import Asked, Found
from nlu.text.when.dayword import AMOUNT
from nlu.text.when.when import Days, Kind
from nlu.text.when.wordlist import CalendarWords, Season, alternation

_POINT = re.compile(
    r"(?P<lunar>lunar )?(?P<month>\d+)-(?P<day>\d+)|dog (?P<dog>[1-4])(?: (?P<dog_shift>-\d+))?|nine (?P<nine>[1-9]) (?P<in_nine>\d+)"
    r"|(?P<term>[^\d\s+-]+)(?P<shift>[+-]\d+)?"
)
_AMOUNT = re.compile(AMOUNT)
_NUMERALS = "一二三五六七九十"
_COUNTED = re.compile(r"[一二三四五六七八九十]?[号日]|[一二三四五六七八九十点亩斤月\d]")


class SeasonReader:
    """Reads the words of `calendar.yaml`. Raises ValueError at once for a point that it cannot place."""

    def __init__(self, words: CalendarWords, no_year_after: tuple[str, ...] = ()) -> None:
        self._no_year_after = no_year_after
        self._seasons = {said: season for season in words.every() for said in season.said}
        self._pattern = re.compile(alternation(self._seasons))
        self._cues = words.cues
        for season in self._seasons.values():
            _days(season.first, season.to, 2025, season)
            for spec in season.other:
                _days(spec[0], spec[1] if len(spec) > 1 else None, 2025, season)

    def read(self, text: str, at: int, asked: Asked) -> Found | None:
        """What begins at `at`."""
        found = self._pattern.match(text, at)
        if found is None:
            return None
        word = found[0]
        if word[0] == "年" and text.endswith(self._no_year_after, 0, at):
            return None
        if word[-1] in "前后" and word[:-1] in self._seasons and _AMOUNT.match(text, found.end()):
            # 春节前一周 is a week before 春节, not the days before it.
            word = word[:-1]
        season, end = self._seasons[word], at + len(word)
        if season.cue and not self._cued(text, found, asked):
            return None
        # 八月十五号 and 五月五日 are civil dates, 十一点 a time, 五一二 a number.
        if word[-1] in _NUMERALS and _COUNTED.match(text, end):
            return None
        if text.startswith(self._cues.names, end):
            return None
        return Found(end, self.days(season, asked))

    def year_end(self, text: str, at: int, asked: Asked) -> Found | None:
        """底 after a year: 今年底."""
        season = self._seasons.get("年" + text[at : at + 1])
        return Found(at + 1, self.days(season, asked)) if season else None

    def days(self, season: Season, asked: Asked) -> tuple[Days, ...]:
        """The season of the year asked for, else the next one, with what else it may be."""
        specs = ((season.first, season.to), *((spec[0], spec[1] if len(spec) > 1 else None) for spec in season.other))
        options = [_coming(first, to, season, asked) for first, to in specs]
        found = [option[0] for option in options if option] + [days for option in options for days in option[1:]]
        if season.or_year is not None and asked.year is None:
            year = asked.today.year + season.or_year
            found.insert(1, Days(date(year, 1, 1), date(year, 12, 31), kind="period"))
        return tuple(found)

    def _cued(self, text: str, found: re.Match[str], asked: Asked) -> bool:
        if text.startswith(self._cues.not_before, found.end()):
            return False
        return (
            asked.year is not None
            or text.startswith(self._cues.after, found.end())
            or text.endswith(self._cues.before, 0, found.start())
            or text.startswith(("前", "后", "头"), found.end())
        )


def _coming(first: str, to: str | None, season: Season, asked: Asked) -> tuple[Days, ...]:
    def of(year: int) -> Days:
        return _days(first, to, year, season)

    return yearly(of, asked, lunar=first.startswith("lunar"))


def yearly(of: Callable[[int], Days | date], asked: Asked, *, lunar: bool) -> tuple[Days, ...]:
    """The occurrence in the year that was said, else the next one and the one just past; years may be lunar."""
    if asked.year is not None:
        found = of(asked.year)
        if not isinstance(found, Days):
            return ()
        if lunar and asked.counted and almanac.lunar_of(asked.today)[0] < asked.today.year:
            # In January the twelfth month of 今年 is the one that is coming: it belongs to the lunar year not yet over.
            nearer = of(asked.year - 1)
            if isinstance(nearer, Days) and nearer.last.year == asked.year:
                return nearer, found
        return (found,)
    base = almanac.lunar_of(asked.start)[0] if lunar else asked.start.year
    return asked.coming([of(year) for year in range(base - 1, base + 3)])


def _days(first: str, to: str | None, year: int, season: Season) -> Days:
    kind: Kind = "tail" if season.tail else "season"
    begin = _point(first, year)
    if to is None:
        return Days(begin, begin, season.vague, kind)
    end = _point(to, year)
    if end < begin:
        end = _point(to, year + 1)
    return Days(begin, end, season.vague, kind)


def _point(spec: str, year: int) -> date:
    found = _POINT.fullmatch(spec)
    if found is None:
        raise ValueError(f"{spec} is no point of the year")
    if found["lunar"]:
        return _lunar_point(year, int(found["month"]), int(found["day"]))
    if found["month"]:
        return date(year, int(found["month"]), int(found["day"]))
    if found["dog"]:
        return almanac.dog_days(year)[int(found["dog"]) - 1] + timedelta(days=int(found["dog_shift"] or 0))
    if found["nine"]:
        return almanac.nine(year, int(found["nine"]))[0] + timedelta(days=int(found["in_nine"]))
    return almanac.term(year, found["term"]) + timedelta(days=int(found["shift"] or 0))


def _lunar_point(year: int, month: int, day: int) -> date:
    """New year's eve is 0-0; the 30th of a short month is its last day."""
    if month == 0:
        return almanac.new_year(year + 1) - timedelta(days=1)
    found = almanac.lunar_day(year, month, day) or almanac.lunar_day(year, month, 29)
    if found is None:
        raise ValueError(f"there is no lunar {month}-{day} in {year}")
    return found
