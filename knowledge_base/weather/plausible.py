"""What can be true of the weather in China: bounds of the values, and forecasts that hold what they must."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Annotated

from pydantic import Field

from knowledge_base.weather.source import SourceGarbage
from knowledge_base.weather.terms import CHINA, Day, Forecast, Hour

# Records of China's stations (CMA): -53.0 °C in Mohe and 52.2 °C in Sanbao, both 2023; 201.9 mm in an hour and more than 500 mm
# in a day in Zhengzhou 2021. A forecast must be able to say such a day, and nothing far beyond it.
Temperature = Annotated[float, Field(ge=-60, le=60, allow_inf_nan=False)]
"""°C."""
Precipitation = Annotated[float, Field(ge=0, le=500, allow_inf_nan=False)]
"""mm in an hour."""
DayPrecipitation = Annotated[float, Field(ge=0, le=2000, allow_inf_nan=False)]
"""mm in a day."""
Wind = Annotated[float, Field(ge=0, le=90, allow_inf_nan=False)]
"""m/s."""
Percent = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]

_HOUR = timedelta(hours=1)
_BEGINS = timedelta(hours=2)
"""A source may leave out the hour under way and the next."""
_LEAST = timedelta(hours=20)
"""So far ahead even the shortest forecast (24 hours) must reach."""
_SLACK = 1.0
"""°C that `low` may be above `high`: sources round each for itself."""


def checked(forecast: Forecast, now: datetime) -> Forecast:
    """The forecast itself if it is one for `now`, in order and without gaps. Raises `SourceGarbage` with the reason."""
    _hours(forecast.hours, now)
    _days(forecast.days, now)
    return forecast


def _hours(hours: Sequence[Hour], now: datetime) -> None:
    if not hours:
        raise SourceGarbage("no hours")
    if any(later.at - earlier.at != _HOUR for earlier, later in pairwise(hours)):
        raise SourceGarbage("hours out of order")
    if hours[0].at.timestamp() % 3600:
        raise SourceGarbage("no full hours")
    if hours[0].at > now + _BEGINS or hours[-1].at < now + _LEAST:
        raise SourceGarbage("hours of another time")


def _days(days: Sequence[Day], now: datetime) -> None:
    if not days:
        raise SourceGarbage("no days")
    if any(later.date - earlier.date != timedelta(days=1) for earlier, later in pairwise(days)):
        raise SourceGarbage("days out of order")
    if not days[0].date <= now.astimezone(CHINA).date() <= days[-1].date:
        raise SourceGarbage("days of another time")
    if any(day.low > day.high + _SLACK for day in days):
        raise SourceGarbage("colder at its warmest")
