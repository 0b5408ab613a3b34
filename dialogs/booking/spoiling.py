"""Whether the weather spoils a day of work, by the rules of spoiling.yaml. Pure: the forecast comes in."""

from datetime import date
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from dialogs.booking import hours
from knowledge_base.weather.rain import FROZEN, likely_rain
from knowledge_base.weather.terms import Forecast, Sky

DATA = Path(__file__).with_name("spoiling.yaml")
WARNED = "warning"
"""The reason where a warning is in force; a key of telling.yaml's `weather`, like the others."""


class Spoiling(BaseModel):
    """The file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    services: frozenset[str]
    hours: int
    mm: float
    day_mm: float
    heavy_mm: float
    hazards: frozenset[str]
    ahead: int


@cache
def spoiling() -> Spoiling:
    """The shipped rules."""
    return Spoiling.model_validate(yaml.safe_load(DATA.read_text("utf-8")))


def spoils(forecast: Forecast, day: date, part: str | None) -> str | None:
    """Why the forecast spoils the work of a day: rain, heavy_rain or snow; None where it does not, or does not tell.

    A forecast that is made up spoils nothing.
    """
    rules = spoiling()
    if forecast.sample:
        return None
    at_work = forecast.span(hours.begins(day, part), hours.ends(day, part))
    if at_work:
        wet = [hour for hour in at_work if likely_rain(hour)]
        amount = sum(hour.precipitation for hour in wet)
        spoiled = len(wet) >= rules.hours or amount >= rules.mm
        frozen = any(hour.sky in FROZEN for hour in wet)
    else:
        whole = forecast.day(day)
        if whole is None:
            return None
        amount = whole.precipitation
        spoiled = likely_rain(whole) and amount >= rules.day_mm
        frozen = whole.sky in FROZEN
    return _reason(amount, frozen=frozen) if spoiled else None


def _reason(amount: float, *, frozen: bool) -> str:
    if frozen:
        return Sky.SNOW.value
    return Sky.HEAVY_RAIN.value if amount >= spoiling().heavy_mm else Sky.RAIN.value
