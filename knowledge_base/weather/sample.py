"""A forecast that is made up by a rule, to try the program before a source is connected. Never to be shown as a real one."""

import math
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field

from knowledge_base.weather.terms import CHINA, Day, Forecast, Hour, Sky

DATA = Path(__file__).with_name("sample.yaml")
DAYS = 8
_SWING = 5.0
"""°C between the mean of a day and its warmest hour, half of it where it falls."""
_WARMEST = 14
"""Hour of the day."""
_COLDEST = 20
"""Day of the year."""
_SNOW_BELOW = 0.0
"""°C of the day's mean."""


class _Made(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    sky: Sky
    begin: int = Field(0, alias="from", ge=0, le=23)
    end: int = Field(0, alias="to", ge=0, le=24)
    precipitation: float = Field(0, ge=0)
    probability: int = Field(0, ge=0, le=100)
    wind: float = Field(ge=0)
    humidity: int = Field(ge=0, le=100)

    def falls(self, hour: int) -> bool:
        return self.begin <= hour < self.end


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    dated: date
    days: tuple[_Made, ...]


@cache
def _file() -> _File:
    return _File.model_validate(yaml.safe_load(DATA.read_text(encoding="utf-8")))


class Sample:
    """The source that needs no network. The same place and day always have the same weather."""

    name = "sample"

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock

    async def fetch(self, latitude: float, longitude: float) -> Forecast:
        """Today and seven days, by the rule in docs/weather.md. Never fails."""
        now = self._clock()
        today = now.astimezone(CHINA).date()
        dates = [today + timedelta(days=number) for number in range(DAYS)]
        hours = {date: _hours(date, latitude, longitude) for date in dates}
        return Forecast(
            self.name,
            datetime.combine(_file().dated, time(), CHINA).astimezone(UTC),
            now,
            latitude,
            longitude,
            tuple(hour for date in dates for hour in hours[date]),
            tuple(_day(date, hours[date], _made(date, latitude, longitude)) for date in dates),
            sample=True,
        )

    async def close(self) -> None:
        """Nothing to give back."""


def _made(date: date, latitude: float, longitude: float) -> _Made:
    days = _file().days
    return days[(date.toordinal() + round(latitude) + round(longitude)) % len(days)]


def _mean(date: date, latitude: float) -> float:
    """The usual mean temperature of lowland China on that day of the year, to a few degrees."""
    year, swing = 25 - 0.75 * (latitude - 20), 5 + 0.6 * (latitude - 20)
    return year - swing * math.cos((date.timetuple().tm_yday - _COLDEST) / 365 * 2 * math.pi)


def _sky(made: _Made, mean: float, hour: int) -> Sky:
    if not made.precipitation:
        return made.sky
    if not made.falls(hour):
        return Sky.OVERCAST
    return Sky.SNOW if mean < _SNOW_BELOW else made.sky


def _hours(date: date, latitude: float, longitude: float) -> list[Hour]:
    made, mean = _made(date, latitude, longitude), _mean(date, latitude)
    swing = _SWING / 2 if made.precipitation else _SWING
    midnight = datetime.combine(date, time(), CHINA)
    hours = []
    for hour in range(24):
        warmth = math.cos((hour - _WARMEST) / 24 * 2 * math.pi)
        falls = made.falls(hour)
        wind = round(made.wind * (0.75 + 0.25 * warmth), 1)
        hours.append(
            Hour(
                (midnight + timedelta(hours=hour)).astimezone(UTC),
                round(mean + swing * warmth, 1),
                made.precipitation if falls else 0.0,
                made.probability if falls else 10,
                wind,
                round(wind * 1.5, 1),
                round(max(15, min(100, made.humidity - 15 * warmth))),
                _sky(made, mean, hour),
            )
        )
    return hours


def _day(date: date, hours: list[Hour], made: _Made) -> Day:
    return Day(
        date,
        min(hour.temperature for hour in hours),
        max(hour.temperature for hour in hours),
        round(sum(hour.precipitation for hour in hours), 1),
        max(hour.probability or 0 for hour in hours),
        made.wind,
        hours[made.begin].sky,
    )
