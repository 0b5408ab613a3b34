"""The Chinese calendar: lunar months and days, solar terms, the dog days and the nine nines, as civil dates.

New moons and terms are those of lunar_python, to the second in Beijing time. Holds for the years 1890 to 2110.
"""

from datetime import date, timedelta
from functools import lru_cache

from lunar_python import LunarYear, Solar

FIRST_YEAR, LAST_YEAR = 1890, 2110

TERMS = [
    "小寒",
    "大寒",
    "立春",
    "雨水",
    "惊蛰",
    "春分",
    "清明",
    "谷雨",
    "立夏",
    "小满",
    "芒种",
    "夏至",
    "小暑",
    "大暑",
    "立秋",
    "处暑",
    "白露",
    "秋分",
    "寒露",
    "霜降",
    "立冬",
    "小雪",
    "大雪",
    "冬至",
]
"""The solar terms in the order of the civil year."""

_GENG = 6
"""Place of 庚 among the ten stems, 甲 being 0."""


def _civil(solar: Solar) -> date:
    return date(solar.getYear(), solar.getMonth(), solar.getDay())


@lru_cache(maxsize=256)
def _year(year: int) -> tuple[dict[str, date], tuple[tuple[int, date, date], ...]]:
    """Terms of a civil year; months of the lunar year of that number with their first and last days, leap ones negative."""
    found = LunarYear.fromYear(year)
    # The list begins with 大雪 and 冬至 of the year before.
    moments = found.getJieQiJulianDays()[2:26]
    terms = {name: _civil(Solar.fromJulianDay(moment)) for name, moment in zip(TERMS, moments, strict=True)}
    months = []
    for month in found.getMonths():
        if month.getYear() == year:
            first = _civil(Solar.fromJulianDay(month.getFirstJulianDay()))
            months.append((int(month.getMonth()), first, first + timedelta(days=month.getDayCount() - 1)))
    return terms, tuple(months)


def term(year: int, name: str) -> date:
    """Day of a solar term in a civil year. Raises `KeyError` for what is no term."""
    return _year(year)[0][name]


def lunar_month(year: int, month: int, *, leap: bool = False) -> tuple[date, date] | None:
    """First and last day of a lunar month of the lunar year; None if that year has no such (leap) month."""
    if not FIRST_YEAR <= year <= LAST_YEAR or not 1 <= month <= 12:
        return None
    wanted = -month if leap else month
    return next(((first, last) for number, first, last in _year(year)[1] if number == wanted), None)


def lunar_day(year: int, month: int, day: int, *, leap: bool = False) -> date | None:
    """Civil date of a lunar day; None if the month has no such day. 腊月三十 is new year's eve in a short month too."""
    span = lunar_month(year, month, leap=leap)
    if span is None or not 1 <= day <= 30:
        return None
    if month == 12 and day == 30 and not leap:
        return new_year(year + 1) - timedelta(days=1)
    found = span[0] + timedelta(days=day - 1)
    return found if found <= span[1] else None


def leap_month(year: int) -> int:
    """The month of a lunar year that is followed by a leap month of the same number; 0 if none is."""
    return next((-number for number, _, _ in _year(year)[1] if number < 0), 0)


def new_year(year: int) -> date:
    """正月初一 of a lunar year."""
    return _year(year)[1][0][1]


def lunar_of(day: date) -> tuple[int, int, bool]:
    """Lunar year, month, and whether it is a leap month, of a civil date."""
    year = day.year if day >= new_year(day.year) else day.year - 1
    number = next(number for number, _, last in _year(year)[1] if day <= last)
    return year, abs(number), number < 0


def dog_days(year: int) -> tuple[date, date, date, date]:
    """First days of 初伏, 中伏 and 末伏, and the day after the last: 3rd and 4th 庚 day from 夏至, 1st from 立秋."""
    first = _geng_from(term(year, "夏至")) + timedelta(days=20)
    last = _geng_from(term(year, "立秋"))
    return first, first + timedelta(days=10), last, last + timedelta(days=10)


def nine(year: int, number: int) -> tuple[date, date]:
    """First and last day of the `number`-th nine (1 to 9) that begins to count at 冬至 of `year`."""
    first = term(year, "冬至") + timedelta(days=9 * (number - 1))
    return first, first + timedelta(days=8)


def _geng_from(day: date) -> date:
    return day + timedelta(days=(_GENG - stem(day)) % 10)


def stem(day: date) -> int:
    """Place of a day among the ten heavenly stems, 甲 being 0; 2026-01-01 is 乙亥."""
    return (day.toordinal() + 4) % 10
