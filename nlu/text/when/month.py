"""Months and days of the month, civil and lunar: 五月三号, 三月初八, 闰六月, 五月中旬, 下月初五, 三号, 月底."""

import re
from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import date, timedelta

from nlu.text.when import almanac
from nlu.text.when.asked import Asked, Found
from nlu.text.when.numerals import NOT_INSIDE, SPAN, number, span
from nlu.text.when.season import yearly
from nlu.text.when.when import Days, Kind
from nlu.text.when.wordlist import DayWords, alternation

_LUNAR_MONTHS = {"正": 1, "冬": 11, "腊": 12}
_SECTIONS = {
    "初": (1, 10), "头": (1, 10), "头上": (1, 10), "上旬": (1, 10), "中": (11, 20), "中旬": (11, 20), "下旬": (21, 31), "底": (25, 31), "末": (25, 31),
    "上半月": (1, 15), "下半月": (16, 31),
}  # fmt: skip
_TAILS = {"底", "末"}
_SECTION = r"上旬|中旬|下旬|上半月|下半月|头上|头(?!天|几|一|茬)|初(?![一二三四五六七八九十\d])|中(?![秋午间旬药等耕]|国)|底(?!下|肥)|末"
_LUNAR_DAY = r"初[一二三四五六七八九十](?!中)|廿[一二三四五六七八九]?|卅"


@dataclass(frozen=True, slots=True)
class _Month:
    """A month as said."""

    number: int
    lunar: bool
    leap: bool = False


class MonthReader:
    """Months with what follows them, and days without a month."""

    def __init__(self, words: DayWords) -> None:
        self._words = words
        tail = rf"(?P<lunar_day>(?:{_LUNAR_DAY}))|(?P<day>{SPAN})(?P<mark>[号日](?!龄))|(?:的)?(?P<section>{_SECTION})|(?P<bare>\d{{1,2}}|[一二三四五六七八九十]{{1,3}})"
        self._month = re.compile(
            rf"(?:(?P<lunar>农历|阴历|旧历|古历|老历)|(?P<civil>公历|阳历|新历|国历))?(?:的)?(?P<leap>闰)?{NOT_INSIDE}(?<![第个每满])"
            rf"(?P<month>{SPAN}|[正冬腊])月(?!龄|大(?!概|约)|亮|饼|季|经|子|嫂)(?:份|里头|里|间)?(?:\s?(?:{tail}))?"
        )
        self._step = re.compile(
            rf"(?P<step>{alternation(words.steps)})月(?!亮|饼|经|季|球)(?:份|里头|里)?(?:的)?"
            rf"(?:(?P<lunar_day>{_LUNAR_DAY})|(?P<day>{SPAN})(?P<mark>[号日])|(?P<section>{_SECTION}))?"
        )
        self._day = re.compile(
            rf"{NOT_INSIDE}(?P<day>{SPAN})号|(?P<lunar_day>{_LUNAR_DAY})|(?:月(?P<of>初|头|中|底|末)(?!一|二|三|秋))|(?P<section>[上中下]旬)"
        )
        self._range_end = re.compile(rf"(?P<day>{SPAN})日(?!龄)(?P<lunar_day>)")

    def read(self, text: str, at: int, asked: Asked) -> Found | None:
        """What begins at `at`."""
        if found := self._month.match(text, at):
            return self._named(text, found, asked)
        found = self._step.match(text, at)
        if found and not (found["step"][0] in "上下" and text.endswith(self._words.no_step_after, 0, at)):
            return self._stepped(found, asked)
        found = self._day.match(text, at) or (self._range_end.match(text, at) if asked.anchor else None)
        if found is None or text[at - 1 : at] in {"第", "每"}:
            return None
        if found["lunar_day"]:
            return (
                None
                if text[found.end() : found.end() + 1] in {"学", "年", "班", "的"}
                else self._lunar_days(found, asked)
            )
        if found["day"]:
            words = self._words
            named = text.endswith(words.number_after, 0, at) and not text.endswith(words.number_after_crop, 0, at)
            named = named or text.startswith(words.number_before, found.end())
            return None if named else Found(found.end(), _days_of_month(span(found["day"]), asked))
        return Found(found.end(), _sections(found["of"] or found["section"], asked))

    def _named(self, text: str, found: re.Match[str], asked: Asked) -> Found | None:
        if found["month"][0] in "两俩":
            return None
        months = span(found["month"]) if found["month"] not in _LUNAR_MONTHS else None
        single = _LUNAR_MONTHS.get(found["month"]) or (months[0] if months and months[0] == months[1] else None)
        lunar = bool(found["lunar"] or found["leap"]) or (found["month"] in _LUNAR_MONTHS and not found["civil"])
        if single is None:
            low, high = months or (0, 0)
            whole = found.start("month") + len(found["month"]) + 1
            if not 1 <= low < high <= 12 or found["day"] or found["lunar_day"]:
                return Found(found.end(), ())
            return Found(
                whole,
                yearly(
                    lambda year: Days(date(year, low, 1), _month_end(year, high), kind="period"), asked, lunar=False
                ),
            )
        month = _Month(single, lunar, bool(found["leap"]))
        if found["bare"] is not None:
            return self._bare(text, found, month, asked)
        if found["lunar_day"]:
            if found["civil"]:
                return Found(found.end(), ())
            return Found(found.end(), _spread(replace(month, lunar=True), span_of(found["lunar_day"]), asked))
        if found["day"]:
            return Found(found.end(), _spread(month, span(found["day"]), asked))
        if found["section"]:
            low, high = _SECTIONS[found["section"]]
            kind_tail = found["section"] in _TAILS
            days = _spread(month, (low, high), asked, clamp=True)
            vague = not found["section"].endswith(("旬", "半月"))
            return Found(
                found.end(), tuple(replace(one, vague=vague, kind="tail" if kind_tail else "period") for one in days)
            )
        days = _spread(month, (1, 31), asked, clamp=True)
        return Found(found.end(), tuple(replace(one, kind="period") for one in days))

    def _bare(self, text: str, found: re.Match[str], month: _Month, asked: Asked) -> Found:
        """五月三, 三月十八: civil first, lunar as well; only the month where the number counts something else."""
        if text.startswith(self._words.amount_before, found.end()) or text[found.end() : found.end() + 1].isdigit():
            days = _spread(month, (1, 31), asked, clamp=True)
            return Found(found.start("bare"), tuple(replace(one, kind="period") for one in days))
        pair = span(found["bare"])
        if month.lunar or found["civil"]:
            return Found(found.end(), _spread(month, pair, asked))
        civil, lunar = _spread(month, pair, asked), _spread(replace(month, lunar=True), pair, asked)
        return Found(found.end(), (*civil[:1], *lunar[:1], *civil[1:], *lunar[1:]))

    def _stepped(self, found: re.Match[str], asked: Asked) -> Found:
        step = self._words.steps[found["step"]]
        if found["lunar_day"]:
            low, high = span_of(found["lunar_day"]) or (0, 0)
            span_days = _lunar_month_on(asked.today, step)
            first, last = span_days[0] + timedelta(days=low - 1), span_days[0] + timedelta(days=high - 1)
            return Found(found.end(), (Days(first, last),) if low and last <= span_days[1] else ())
        year, month = divmod(asked.today.year * 12 + asked.today.month - 1 + step, 12)
        pair, clamp = (
            (span(found["day"]), False) if found["day"] else (_SECTIONS.get(found["section"] or "", (1, 31)), True)
        )
        days = _civil(year, month + 1, pair, clamp=clamp)
        if not isinstance(days, Days):
            return Found(found.end(), ())
        if not found["day"]:
            vague = bool(found["section"]) and not found["section"].endswith(("旬", "半月"))
            days = replace(days, vague=vague, kind="tail" if found["section"] in _TAILS else "period")
        return Found(found.end(), (days,))

    @staticmethod
    def _lunar_days(found: re.Match[str], asked: Asked) -> Found:
        pair = span_of(found["lunar_day"])
        first = _lunar_month_on(asked.start, -1)[0]
        rounds = []
        for _ in range(4):
            this = almanac.lunar_of(first)
            rounds.append(_lunar(this[0], this[1], pair, leap=this[2], clamp=False))
            first = _lunar_month_on(first, 1)[0]
        return Found(found.end(), asked.coming([found for found in rounds if found is not None]))


def span_of(lunar_day: str) -> tuple[int, int] | None:
    """初五 is (5, 5)."""
    day = number(lunar_day.removeprefix("初"))
    return (day, day) if day else None


def _month_end(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])


def _civil(year: int, month: int, pair: tuple[int, int] | None, *, clamp: bool) -> Days | date | None:
    """These days of a month; where they would be if the month has them not; None if no month has them."""
    if pair is None or not 1 <= month <= 12 or not 1 <= pair[0] <= pair[1] <= 31:
        return None
    end = monthrange(year, month)[1]
    if not clamp and pair[1] > end:
        return date(year, month, end)
    return Days(
        date(year, month, pair[0]), date(year, month, min(pair[1], end)), vague=not clamp and pair[0] != pair[1]
    )


def _lunar(year: int, month: int, pair: tuple[int, int] | None, *, leap: bool, clamp: bool) -> Days | date | None:
    limits = almanac.lunar_month(year, month, leap=leap)
    if limits is None or pair is None or not 1 <= pair[0] <= pair[1]:
        return None
    if clamp:
        return Days(limits[0] + timedelta(days=pair[0] - 1), min(limits[1], limits[0] + timedelta(days=pair[1] - 1)))
    if pair[1] > 30:
        return None
    first, last = (almanac.lunar_day(year, month, day, leap=leap) for day in pair)
    return limits[1] if first is None or last is None else Days(first, last, vague=first != last)


def _spread(month: _Month, pair: tuple[int, int] | None, asked: Asked, *, clamp: bool = False) -> tuple[Days, ...]:
    """These days of the month, in the year that fits."""
    if not month.lunar:
        if _civil(2024, month.number, pair, clamp=clamp) is None:
            return ()
        return yearly(
            lambda year: _civil(year, month.number, pair, clamp=clamp) or date(year, 1, 1), asked, lunar=False
        )
    if asked.year is not None and not month.leap:
        found = yearly(
            lambda year: _lunar(year, month.number, pair, leap=False, clamp=clamp) or date(year, 1, 1),
            asked,
            lunar=True,
        )
        return _with_leap(found, month, pair, clamp=clamp)
    base = asked.year if asked.year is not None else almanac.lunar_of(asked.start)[0]
    rounds: list[Days | date] = []
    for year in (base,) if asked.year is not None else range(base - 1, base + 3):
        for leap in (True,) if month.leap else (False, True):
            one = _lunar(year, month.number, pair, leap=leap, clamp=clamp)
            if one is not None:
                rounds.append(one)
    if month.leap:
        # Leap months are years apart: the nearest that there is.
        real = [one for one in rounds if isinstance(one, Days)]
        return tuple(sorted(real, key=lambda one: abs((one.first - asked.today).days))[:1])
    return _with_leap(asked.coming(rounds), month, pair, clamp=clamp)


def _with_leap(days: tuple[Days, ...], month: _Month, pair: tuple[int, int] | None, *, clamp: bool) -> tuple[Days, ...]:
    """In a year with two sixth months 六月初五 may be either."""
    if not days:
        return ()
    year = almanac.lunar_of(days[0].first)[0]
    twin = (
        _lunar(year, month.number, pair, leap=True, clamp=clamp) if almanac.leap_month(year) == month.number else None
    )
    return (days[0], twin, *days[1:]) if isinstance(twin, Days) and twin not in days else days


def _lunar_month_on(day: date, step: int) -> tuple[date, date]:
    """First and last day of the lunar month `step` months after that of `day`."""
    year, month, leap = almanac.lunar_of(day)
    limits = almanac.lunar_month(year, month, leap=leap)
    while limits is not None and step:
        beside = limits[1] + timedelta(days=1) if step > 0 else limits[0] - timedelta(days=1)
        year, month, leap = almanac.lunar_of(beside)
        limits = almanac.lunar_month(year, month, leap=leap)
        step += -1 if step > 0 else 1
    if limits is None:
        raise ValueError(f"{day} is beyond the almanac")
    return limits


def _days_of_month(pair: tuple[int, int] | None, asked: Asked) -> tuple[Days, ...]:
    """三号: in this month, or in the next where it has passed."""
    rounds = [_civil(*_shifted(asked.start, step), pair, clamp=False) for step in (-1, 0, 1)]
    known = [found for found in rounds if found is not None]
    return asked.coming(known)


def _sections(word: str, asked: Asked) -> tuple[Days, ...]:
    """月底, 中旬 without a month: of this month, or of the next where it has passed."""
    kind: Kind = "tail" if word in _TAILS else "period"
    found = [_civil(*_shifted(asked.start, step), _SECTIONS[word], clamp=True) for step in (-1, 0, 1)]
    rounds = [replace(one, vague=not word.endswith("旬"), kind=kind) for one in found if isinstance(one, Days)]
    return asked.coming(rounds)


def _shifted(day: date, step: int) -> tuple[int, int]:
    year, month = divmod(day.year * 12 + day.month - 1 + step, 12)
    return year, month + 1
