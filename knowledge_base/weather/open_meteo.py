"""Forecasts from a service that speaks as Open-Meteo does (`/v1/forecast`), which anybody may run for themselves."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from knowledge_base.weather.json_service import Bounds, JsonService
from knowledge_base.weather.plausible import DayPrecipitation, Percent, Precipitation, Temperature, Wind, checked
from knowledge_base.weather.source import SourceGarbage
from knowledge_base.weather.terms import CHINA, Day, Forecast, Hour, Sky

DAYS = 8
"""Today and a week. The service makes up to 16; beyond a week no field work can be planned by it."""
_NEAR = 0.5
"""Degrees by which the service's grid point may lie off."""
_LEAST_HOURS = 24
_HOURLY = (
    "temperature_2m",
    "relative_humidity_2m",
    "precipitation_probability",
    "precipitation",
    "weather_code",
    "wind_speed_10m",
    "wind_gusts_10m",
)
_DAILY = (
    "weather_code",
    "temperature_2m_max",
    "temperature_2m_min",
    "precipitation_sum",
    "precipitation_probability_max",
    "wind_speed_10m_max",
)
_SKIES: Mapping[int, Sky] = {
    **dict.fromkeys((0, 1), Sky.CLEAR),
    2: Sky.CLOUDY,
    3: Sky.OVERCAST,
    **dict.fromkeys((45, 48), Sky.FOG),
    **dict.fromkeys((51, 53, 55), Sky.DRIZZLE),
    **dict.fromkeys((56, 57, 66, 67, 68, 69, 83, 84), Sky.SLEET),
    **dict.fromkeys((61, 63, 80, 81), Sky.RAIN),
    **dict.fromkeys((65, 82), Sky.HEAVY_RAIN),
    **dict.fromkeys((71, 73, 75, 77, 85, 86), Sky.SNOW),
    95: Sky.THUNDERSTORM,
    **dict.fromkeys((96, 99), Sky.HAIL),
}
"""WMO's code table 4677 as the service uses it."""
_DECADES = (Sky.CLOUDY, Sky.FOG, Sky.CLOUDY, Sky.DUST, Sky.FOG, Sky.DRIZZLE, Sky.RAIN, Sky.SNOW, Sky.RAIN)
"""The rest of that table by tens; from 90 on thunderstorms."""

_Code = Annotated[int, Field(ge=0, le=99)]


class _Read(BaseModel):
    model_config = ConfigDict(strict=True)


class _HourlyUnits(_Read):
    time: Literal["iso8601"]
    temperature_2m: Literal["°C"]
    precipitation: Literal["mm"]
    wind_speed_10m: Literal["m/s"]
    wind_gusts_10m: Literal["m/s"]


class _DailyUnits(_Read):
    time: Literal["iso8601"]
    temperature_2m_max: Literal["°C"]
    precipitation_sum: Literal["mm"]
    wind_speed_10m_max: Literal["m/s"]


class _Hourly(_Read):
    time: list[str]
    temperature_2m: list[Temperature | None]
    relative_humidity_2m: list[Percent | None]
    precipitation_probability: list[Percent | None]
    precipitation: list[Precipitation | None]
    weather_code: list[_Code | None]
    wind_speed_10m: list[Wind | None]
    wind_gusts_10m: list[Wind | None]


class _Daily(_Read):
    time: list[str]
    weather_code: list[_Code | None]
    temperature_2m_max: list[Temperature | None]
    temperature_2m_min: list[Temperature | None]
    precipitation_sum: list[DayPrecipitation | None]
    precipitation_probability_max: list[Percent | None]
    wind_speed_10m_max: list[Wind | None]


class _Answer(_Read):
    latitude: float
    longitude: float
    utc_offset_seconds: Literal[28800]
    hourly_units: _HourlyUnits
    hourly: _Hourly
    daily_units: _DailyUnits
    daily: _Daily


class OpenMeteo:
    """The source. `key` is only for the paid service, whose address begins with customer-."""

    name = "open_meteo"

    def __init__(
        self, base: str, clock: Callable[[], datetime], *, key: str = "", bounds: Bounds | None = None
    ) -> None:
        self._service = JsonService(base, bounds)
        self._clock = clock
        self._key = {"apikey": key} if key else {}

    async def fetch(self, latitude: float, longitude: float) -> Forecast:
        """The forecast of today and seven days, hour by hour. Raises `SourceFailed`."""
        asked = {
            "latitude": f"{latitude:.4f}",
            "longitude": f"{longitude:.4f}",
            "hourly": ",".join(_HOURLY),
            "daily": ",".join(_DAILY),
            "timezone": CHINA.key,
            "forecast_days": str(DAYS),
            "wind_speed_unit": "ms",
        }
        body = await self._service.get("/v1/forecast", asked | self._key)
        try:
            answer = _Answer.model_validate_json(body)
        except ValidationError as error:
            raise SourceGarbage(_where(error)) from None
        if max(abs(answer.latitude - latitude), abs(answer.longitude - longitude)) > _NEAR:
            raise SourceGarbage("another place")
        now = self._clock()
        forecast = Forecast(self.name, None, now, latitude, longitude, _hours(answer.hourly), _days(answer.daily))
        return checked(forecast, now)

    async def close(self) -> None:
        """Give its connections back."""
        await self._service.close()


def _hours(hourly: _Hourly) -> tuple[Hour, ...]:
    """The hours as they begin. What falls, its code and gusts are told for the hour before each time, the rest for the time itself."""
    _same_length(hourly, DAYS * 24)
    hours = []
    for at, temperature, wind, humidity, fallen, code, probability, gust in zip(
        hourly.time,
        hourly.temperature_2m,
        hourly.wind_speed_10m,
        hourly.relative_humidity_2m,
        hourly.precipitation[1:],
        hourly.weather_code[1:],
        hourly.precipitation_probability[1:],
        hourly.wind_gusts_10m[1:],
        strict=False,
    ):
        if temperature is None or wind is None or fallen is None or code is None:
            break  # models end at different times
        hours.append(
            Hour(_moment(at), temperature, fallen, _whole(probability), wind, gust, _whole(humidity), _sky(code))
        )
    if len(hours) < _LEAST_HOURS:
        raise SourceGarbage("too few hours")
    return tuple(hours)


def _days(daily: _Daily) -> tuple[Day, ...]:
    _same_length(daily, DAYS)
    days = []
    for at, low, high, fallen, probability, wind, code in zip(
        daily.time,
        daily.temperature_2m_min,
        daily.temperature_2m_max,
        daily.precipitation_sum,
        daily.precipitation_probability_max,
        daily.wind_speed_10m_max,
        daily.weather_code,
        strict=True,
    ):
        if low is None or high is None or fallen is None or wind is None or code is None:
            break
        days.append(Day(_date(at), low, high, fallen, _whole(probability), wind, _sky(code)))
    return tuple(days)


def _same_length(columns: _Hourly | _Daily, length: int) -> None:
    if {len(column) for _, column in columns} != {length}:
        raise SourceGarbage("not as many as asked for")


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=CHINA).astimezone(UTC)
    except ValueError:
        raise SourceGarbage("hourly.time") from None


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise SourceGarbage("daily.time") from None


def _sky(code: int) -> Sky:
    return _SKIES.get(code) or (*_DECADES, Sky.THUNDERSTORM)[code // 10]


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)


def _where(error: ValidationError) -> str:
    """The first place that is wrong, without what stands there."""
    first: Sequence[int | str] = error.errors(include_input=False)[0]["loc"]
    return ".".join(str(part) for part in first) or "no JSON"
