"""Which hours of a forecast suit a work in the field, by the rules of work_rules.yaml."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from knowledge_base.weather.need import Need
from knowledge_base.weather.rain import likely_rain
from knowledge_base.weather.terms import CHINA, Day, Forecast, Hour, Sky

DATA = Path(__file__).with_name("work_rules.yaml")
AN_HOUR = timedelta(hours=1)

OfHour = Literal["wind", "gust", "temperature", "humidity", "rain", "rain_ahead", "rain_behind", "sky"]
OfDay = Literal["low", "high", "mean", "rain_day"]
Weight = Literal["stop", "care"]


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RuleSource(_Data):
    """Where a rule comes from."""

    title: str = Field(min_length=4)
    publisher: str = Field(min_length=2)
    date: date
    article: str | None = None


class Limit(_Data):
    """One condition, and what it is called when it is broken."""

    of: OfHour | OfDay
    above: float | None = None
    below: float | None = None
    within: int | None = Field(default=None, ge=1, le=72)
    sky: frozenset[Sky] = frozenset()
    weight: Weight
    reason: str

    @model_validator(mode="after")
    def _is_a_limit(self) -> "Limit":
        if (self.of == "sky") != bool(self.sky) or (self.of == "sky") == (
            self.above is not None or self.below is not None
        ):
            raise ValueError("a limit is above or below a figure, or a sky")
        if (self.of in {"rain_ahead", "rain_behind"}) != (self.within is not None):
            raise ValueError("rain ahead or behind is within some hours")
        return self

    def broken_by(self, value: float | None) -> bool:
        """Whether a figure lies beyond; one that the source does not tell never does."""
        if value is None:
            return False
        return (self.above is not None and value > self.above) or (self.below is not None and value < self.below)


class Work(_Data):
    """A work and the weather that it wants."""

    hours: tuple[int, int]
    least: int = Field(ge=1, le=12)
    limits: tuple[Limit, ...] = Field(min_length=1)
    sources: tuple[str, ...] = Field(min_length=1)
    ours: str = ""


class Remark(_Data):
    """What is worth a word on a day, whatever the work."""

    needs: tuple[Need, ...] = Field(min_length=1)
    sources: tuple[str, ...] = Field(min_length=1)
    ours: str = ""


class WorkRules(_Data):
    """The file."""

    sources: dict[str, RuleSource]
    works: dict[str, Work]
    remarks: dict[str, Remark]

    @model_validator(mode="after")
    def _sourced(self) -> "WorkRules":
        rules: tuple[Work | Remark, ...] = (*self.works.values(), *self.remarks.values())
        named = {source for rule in rules for source in rule.sources}
        if named != set(self.sources):
            raise ValueError(f"sources without a use or without an entry: {sorted(named ^ set(self.sources))}")
        return self

    @property
    def reasons(self) -> frozenset[str]:
        """Everything that may stand against a work."""
        return frozenset(limit.reason for work in self.works.values() for limit in work.limits)


@dataclass(frozen=True, slots=True)
class Window:
    """Hours in a row that suit, from `begin` to `end` (aware); `care`: what to mind in them."""

    begin: datetime
    end: datetime
    care: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Suited:
    """How a span suits a work. `against`: what stands against it, most hours first. `known`: how many working hours were looked at.

    `by_day`: the forecast has no hours there, so whole days were judged by their figures.
    """

    windows: tuple[Window, ...]
    against: tuple[str, ...]
    known: int
    by_day: bool = False


@cache
def work_rules() -> WorkRules:
    """The shipped rules."""
    return WorkRules.model_validate(yaml.safe_load(DATA.read_text("utf-8")))


def suited(work: Work, forecast: Forecast, begin: datetime, end: datetime) -> Suited:
    """Windows for a work between two moments (aware), best ones first in time."""
    hours = [hour for hour in forecast.span(begin, end) if _in_hours(work, hour)]
    if not hours:
        return _by_days(work, forecast, begin, end)
    broken = [tuple(limit for limit in work.limits if _broken(limit, hour, forecast)) for hour in hours]
    windows = _runs(work, hours, broken, strict=True) or _runs(work, hours, broken, strict=False)
    return Suited(tuple(windows), _against(broken), len(hours))


def remarks(forecast: Forecast, day: Day) -> tuple[str, ...]:
    """What is worth a word on a day, by the names of the rules."""
    rules = work_rules().remarks.items()
    return tuple(name for name, rule in rules if all(need.met(day, forecast) for need in rule.needs))


def _in_hours(work: Work, hour: Hour) -> bool:
    return work.hours[0] <= hour.at.astimezone(CHINA).hour < work.hours[1]


def _broken(limit: Limit, hour: Hour, forecast: Forecast) -> bool:
    match limit.of:
        case "sky":
            return hour.sky in limit.sky
        case "rain":
            return limit.broken_by(_rain((hour,)))
        case "rain_ahead":
            first = hour.at + AN_HOUR
            return limit.broken_by(_rain(forecast.span(first, first + AN_HOUR * (limit.within or 0))))
        case "rain_behind":
            return limit.broken_by(_rain(forecast.span(hour.at - AN_HOUR * (limit.within or 0), hour.at)))
        case "wind" | "gust" | "temperature" | "humidity":
            value: float | None = getattr(hour, limit.of)
            return limit.broken_by(value)
    return _broken_by_day(limit, forecast.day(hour.at.astimezone(CHINA).date()))


def _broken_by_day(limit: Limit, day: Day | None) -> bool:
    """What a whole day tells of a limit; of gusts, humidity and the rain of other days it tells nothing."""
    if day is None:
        return False
    figures = {
        "low": day.low,
        "high": day.high,
        "mean": (day.low + day.high) / 2,
        "rain_day": day.precipitation,
        "rain": day.precipitation,
        "wind": day.wind,
    }
    if limit.of == "sky":
        return day.sky in limit.sky
    if limit.of == "temperature":
        return limit.broken_by(day.high)
    return limit.broken_by(figures.get(limit.of))


def _rain(hours: Sequence[Hour]) -> float:
    """Millimetres that are likely to fall; a likely rain of which the source tells no amount counts as a little."""
    return sum(max(hour.precipitation, 0.1) for hour in hours if likely_rain(hour))


def _runs(work: Work, hours: Sequence[Hour], broken: Sequence[tuple[Limit, ...]], *, strict: bool) -> list[Window]:
    """Hours in a row long enough for the work; `strict`: without anything to mind."""
    found: list[Window] = []
    run: list[int] = []
    for place, limits in enumerate(broken):
        follows = bool(run) and hours[place].at - hours[run[-1]].at == AN_HOUR
        fits = not limits if strict else all(limit.weight == "care" for limit in limits)
        if run and not (fits and follows):
            found += _window(work, hours, broken, run)
            run = []
        if fits:
            run.append(place)
    return [*found, *_window(work, hours, broken, run)]


def _window(work: Work, hours: Sequence[Hour], broken: Sequence[tuple[Limit, ...]], run: Sequence[int]) -> list[Window]:
    if len(run) < min(work.least, len(hours)):
        return []
    care = Counter(limit.reason for place in run for limit in broken[place])
    return [Window(hours[run[0]].at, hours[run[-1]].at + AN_HOUR, tuple(reason for reason, _ in care.most_common()))]


def _against(broken: Sequence[tuple[Limit, ...]]) -> tuple[str, ...]:
    counted: Counter[str] = Counter()
    for limits in broken:
        stops = [limit.reason for limit in limits if limit.weight == "stop"]
        counted.update(set(stops))
    return tuple(reason for reason, _ in counted.most_common())


def _by_days(work: Work, forecast: Forecast, begin: datetime, end: datetime) -> Suited:
    """The same by whole days, where the forecast has no hours."""
    last = (end - timedelta(microseconds=1)).astimezone(CHINA).date()
    days = [day for day in forecast.days if begin.astimezone(CHINA).date() <= day.date <= last]
    broken = [tuple(limit for limit in work.limits if _broken_by_day(limit, day)) for day in days]
    windows = []
    for day, limits in zip(days, broken, strict=True):
        if all(limit.weight == "care" for limit in limits):
            opening, closing = (_at(day.date, hour) for hour in work.hours)
            windows.append(Window(opening, closing, tuple(dict.fromkeys(limit.reason for limit in limits))))
    return Suited(tuple(windows), _against(broken), len(days), by_day=True)


def _at(day: date, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=CHINA)
