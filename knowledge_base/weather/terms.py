"""The terms of a weather forecast: hours, days, and what the sky does."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

CHINA = ZoneInfo("Asia/Shanghai")
"""The time zone by which days of a forecast are counted, all over China."""


class Sky(StrEnum):
    """What the sky does, in the order of how much it keeps people from field work, least first."""

    CLEAR = "clear"
    CLOUDY = "cloudy"
    OVERCAST = "overcast"
    FOG = "fog"
    """Fog, mist or haze."""
    DUST = "dust"
    """Blowing dust, sand or a sand storm."""
    DRIZZLE = "drizzle"
    RAIN = "rain"
    """Light and moderate rain, showers."""
    SLEET = "sleet"
    """Snow mixed with rain, freezing rain."""
    SNOW = "snow"
    HEAVY_RAIN = "heavy_rain"
    """What the source calls heavy, a rainstorm or more."""
    THUNDERSTORM = "thunderstorm"
    HAIL = "hail"


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour, from `at` (aware, UTC, a full hour) on.

    `temperature` in °C and `wind` in m/s (10 m above ground, mean) hold at its beginning, `humidity` (relative) in %;
    `precipitation` in mm, its `probability` in % and the strongest `gust` in m/s hold for the hour. None: the source does not tell.
    """

    at: datetime
    temperature: float
    precipitation: float
    probability: int | None
    wind: float
    gust: float | None
    humidity: int | None
    sky: Sky


@dataclass(frozen=True, slots=True)
class Day:
    """One day in China, midnight to midnight.

    `low` and `high` in °C, `precipitation` in mm, its `probability` in % (None: the source does not tell), `wind`, the strongest
    mean wind, in m/s. `sky` is the most hindering that the source tells for the day.
    """

    date: date
    low: float
    high: float
    precipitation: float
    probability: int | None
    wind: float
    sky: Sky


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a `source` said at `fetched_at` (aware, UTC) for a position in degrees WGS 84.

    `issued_at` is when the forecast was made, None where the source does not tell. `hours` and `days` are in their order, each
    next to the one before. `sample` is set when nobody has forecast this: it was made up to try the program.
    """

    source: str
    issued_at: datetime | None
    fetched_at: datetime
    latitude: float
    longitude: float
    hours: tuple[Hour, ...]
    days: tuple[Day, ...]
    sample: bool = False

    def day(self, date: date) -> Day | None:
        """What is forecast for a day in China; None where the forecast does not reach."""
        return next((day for day in self.days if day.date == date), None)

    def span(self, begin: datetime, end: datetime) -> tuple[Hour, ...]:
        """The hours that any part of `begin` to `end` (aware) lies in; fewer where the forecast does not reach."""
        return tuple(hour for hour in self.hours if hour.at < end and hour.at + timedelta(hours=1) > begin)


def worst(skies: Sequence[Sky]) -> Sky:
    """The most hindering of them; at least one."""
    return max(skies, key=list(Sky).index)
