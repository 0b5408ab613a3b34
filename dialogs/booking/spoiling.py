"""Whether the weather spoils a day of work, by the rules of spoiling.yaml. Pure: the forecast comes in."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from dialogs.booking import hours
from knowledge_base.weather.rain import FROZEN, likely_rain
from knowledge_base.weather.terms import Forecast, Hour, Sky
from knowledge_base.weather.work import work_rules

DATA = Path(__file__).with_name("spoiling.yaml")
WARNED = "warning"
"""The reason where a warning is in force; a key of telling.yaml's `weather`, like the others."""
WINDY = "wind"


class Limits(BaseModel):
    """What one kind of work cannot bear."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    services: frozenset[str]
    hours: int
    mm: float
    day_mm: float
    wind: float | None = None
    sources: tuple[str, ...] = Field(min_length=1)
    ours: str


class Spoiling(BaseModel):
    """The file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    works: Mapping[str, Limits]
    heavy_mm: float
    hazards: frozenset[str]
    ahead: int

    @model_validator(mode="after")
    def _sourced(self) -> "Spoiling":
        unknown = {source for one in self.works.values() for source in one.sources} - set(work_rules().sources)
        if unknown:
            raise ValueError(f"sources that are none: {sorted(unknown)}")
        return self

    @property
    def services(self) -> frozenset[str]:
        """The jobs that some weather keeps from being done."""
        return frozenset(service for one in self.works.values() for service in one.services)

    def limits(self, service: str) -> Limits | None:
        """Those of a job; None for one that is done in any weather."""
        return next((one for one in self.works.values() if service in one.services), None)


@cache
def spoiling() -> Spoiling:
    """The shipped rules."""
    return Spoiling.model_validate(yaml.safe_load(DATA.read_text("utf-8")))


def spoils(forecast: Forecast, day: date, part: str | None, service: str) -> str | None:
    """Why the forecast spoils the job of a day: rain, heavy_rain, snow or wind; None where it does not, or does not tell.

    A forecast that is made up spoils nothing.
    """
    limits = spoiling().limits(service)
    if forecast.sample or limits is None:
        return None
    at_work = forecast.span(hours.begins(day, part), hours.ends(day, part))
    if at_work:
        wet = [hour for hour in at_work if likely_rain(hour)]
        amount = sum(hour.precipitation for hour in wet)
        if len(wet) >= limits.hours or amount >= limits.mm:
            return _reason(amount, frozen=any(hour.sky in FROZEN for hour in wet))
        return WINDY if _windy(at_work, limits) else None
    whole = forecast.day(day)
    if whole is None:
        return None
    if likely_rain(whole) and whole.precipitation >= limits.day_mm:
        return _reason(whole.precipitation, frozen=whole.sky in FROZEN)
    return None


def _windy(at_work: tuple[Hour, ...] | list[Hour], limits: Limits) -> bool:
    return limits.wind is not None and 2 * sum(hour.wind > limits.wind for hour in at_work) >= len(at_work)


def _reason(amount: float, *, frozen: bool) -> str:
    if frozen:
        return Sky.SNOW.value
    return Sky.HEAVY_RAIN.value if amount >= spoiling().heavy_mm else Sky.RAIN.value
