"""Forecasts for tests: the same eight days from whatever day it is, and every way in which they may be missing."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from knowledge_base.weather.forecasts import Known, Reason
from knowledge_base.weather.terms import CHINA, Day, Forecast, Hour, Sky

DAYS = 8
WARMER = 18
"""°C that May to September are warmer than the winter of `WEEK`."""


@dataclass(frozen=True, slots=True)
class Made:
    """The weather of a day: rain in mm an hour from one hour to another."""

    low: float
    high: float
    sky: Sky = Sky.CLEAR
    wind: float = 2.0
    rain: tuple[int, int, float] = (0, 0, 0.0)
    humidity: int = 55

    def falls(self, hour: int) -> bool:
        """Whether it rains in that hour of the day."""
        return self.rain[0] <= hour < self.rain[1]


WEEK = (
    Made(3, 13, Sky.CLOUDY, 2.5),
    Made(5, 11, Sky.RAIN, 4.0, (13, 18, 1.5), 80),
    Made(1, 14),
    Made(2, 15, wind=3.0),
    Made(0, 8, wind=9.0),
    Made(4, 9, Sky.HEAVY_RAIN, 5.0, (0, 20, 2.0), 90),
    Made(3, 12, Sky.CLOUDY, 2.0),
    Made(-3, 10),
)


class MadeForecasts:
    """Gives `week` from today on. `down`, `stale` and `sample` are set by tests."""

    def __init__(self, clock: Callable[[], datetime], week: tuple[Made, ...] = WEEK) -> None:
        self._clock = clock
        self.week = week
        self.down = False
        self.stale: timedelta | None = None
        self.sample = False
        self.hours_of = DAYS
        """So many days have hours."""
        self.asked: list[tuple[float, float]] = []

    async def at(self, latitude: float, longitude: float) -> Known | None:
        """The forecast, or none while `down`."""
        self.asked.append((latitude, longitude))
        if self.down:
            return None
        age = self.stale or timedelta(0)
        forecast = made_forecast(self._clock() - age, self.week, latitude, longitude)
        hours = tuple(hour for hour in forecast.hours if hour.at < forecast.hours[0].at + timedelta(days=self.hours_of))
        forecast = replace(forecast, hours=hours, sample=self.sample)
        return Known(forecast, age, stale=self.stale is not None, why=Reason.DOWN if self.stale else None)


def made_forecast(
    now: datetime, week: tuple[Made, ...] = WEEK, latitude: float = 36.9, longitude: float = 118.8
) -> Forecast:
    """`week` from the day of `now` on, made at `now`."""
    today = now.astimezone(CHINA).date()
    warmer = WARMER if 5 <= today.month <= 9 and week is WEEK else 0
    made = [(today + timedelta(days=number), one) for number, one in enumerate(week)]
    return Forecast(
        "open_meteo",
        now.replace(minute=0, second=0, microsecond=0),
        now,
        latitude,
        longitude,
        tuple(_hour(day, hour, one, warmer) for day, one in made for hour in range(24)),
        tuple(_day(day, one, warmer) for day, one in made),
    )


def _hour(day: date, hour: int, made: Made, warmer: float) -> Hour:
    middle, swing = (made.low + made.high) / 2, (made.high - made.low) / 2
    warmth = 1 - abs((hour - 14 + 12) % 24 - 12) / 6
    falls = made.falls(hour)
    dry = made.sky if not made.rain[1] else Sky.OVERCAST
    return Hour(
        datetime(day.year, day.month, day.day, hour, tzinfo=CHINA).astimezone(UTC),
        round(middle + swing * warmth + warmer, 1),
        made.rain[2] if falls else 0.0,
        80 if falls else 5,
        made.wind,
        made.wind * 1.5,
        made.humidity,
        made.sky if falls else dry,
    )


def _day(day: date, made: Made, warmer: float) -> Day:
    amount = (made.rain[1] - made.rain[0]) * made.rain[2]
    return Day(day, made.low + warmer, made.high + warmer, amount, 80 if amount else 5, made.wind, made.sky)
