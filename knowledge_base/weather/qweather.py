"""Forecasts from a service that speaks as QWeather (和风天气) does: `/v7/weather/7d` and `/v7/weather/72h`."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ValidationError

from knowledge_base.weather.json_service import Bounds, JsonService
from knowledge_base.weather.plausible import DayPrecipitation, Percent, Precipitation, Temperature, Wind, checked
from knowledge_base.weather.source import SourceDown, SourceGarbage
from knowledge_base.weather.terms import Day, Forecast, Hour, Sky, worst

HOURS = 72
DAYS = 7
_SKIES: Mapping[int, Sky] = {
    **dict.fromkeys((100, 102, 150, 152), Sky.CLEAR),
    **dict.fromkeys((104, 154), Sky.OVERCAST),
    **dict.fromkeys((302, 303), Sky.THUNDERSTORM),
    304: Sky.HAIL,
    **dict.fromkeys((301, 307, 308, 310, 311, 312, 315, 316, 317, 318, 351), Sky.HEAVY_RAIN),
    309: Sky.DRIZZLE,
    **dict.fromkeys((313, 404, 405, 406, 456), Sky.SLEET),
    **dict.fromkeys((503, 504, 507, 508), Sky.DUST),
}
"""Its codes of the weather; those that are not here go by their hundred, for it adds new ones."""
_HUNDREDS = {1: Sky.CLOUDY, 3: Sky.RAIN, 4: Sky.SNOW, 5: Sky.FOG}

Headers = Callable[[], Mapping[str, str]]
"""What tells the service who asks; made anew for each call."""


def _in_metres(value: object) -> object:
    """From km/h, which come as text."""
    try:
        return float(value) / 3.6 if isinstance(value, str) else value
    except ValueError:
        return value


def _or_none(value: object) -> object:
    return None if value == "" else value


_Speed = Annotated[Wind, BeforeValidator(_in_metres)]
_Share = Annotated[Percent | None, BeforeValidator(_or_none)]


class _HourRead(BaseModel):
    fxTime: AwareDatetime  # noqa: N815 - its name
    temp: Temperature
    icon: int
    windSpeed: _Speed  # noqa: N815
    humidity: _Share = None
    pop: _Share = None
    precip: Precipitation


class _DayRead(BaseModel):
    fxDate: date  # noqa: N815
    tempMax: Temperature  # noqa: N815
    tempMin: Temperature  # noqa: N815
    iconDay: int  # noqa: N815
    iconNight: int  # noqa: N815
    windSpeedDay: _Speed  # noqa: N815
    windSpeedNight: _Speed  # noqa: N815
    precip: DayPrecipitation


class _Code(BaseModel):
    code: str


class _Hours(BaseModel):
    code: Literal["200"]
    updateTime: AwareDatetime  # noqa: N815
    hourly: list[_HourRead]


class _Days(BaseModel):
    code: Literal["200"]
    updateTime: AwareDatetime  # noqa: N815
    daily: list[_DayRead]


_Answer = TypeVar("_Answer", _Hours, _Days)


class QWeather:
    """The source. `headers` say who asks: an API key or a signed token (knowledge_base/weather/qweather_token.py)."""

    name = "qweather"

    def __init__(
        self, base: str, clock: Callable[[], datetime], *, headers: Headers, bounds: Bounds | None = None
    ) -> None:
        self._service = JsonService(base, bounds)
        self._clock = clock
        self._headers = headers

    async def fetch(self, latitude: float, longitude: float) -> Forecast:
        """The forecast of three days hour by hour and of seven days. Raises `SourceFailed`."""
        asked = {"location": f"{longitude:.2f},{latitude:.2f}", "lang": "zh", "unit": "m"}
        headers = self._headers()
        hours, days = await asyncio.gather(
            self._service.get(f"/v7/weather/{HOURS}h", asked, headers),
            self._service.get(f"/v7/weather/{DAYS}d", asked, headers),
        )
        hourly, daily = _read(_Hours, hours), _read(_Days, days)
        if len(hourly.hourly) < HOURS or len(daily.daily) < DAYS:
            raise SourceGarbage("not as many as asked for")
        now = self._clock()
        issued_at = min(hourly.updateTime, daily.updateTime).astimezone(UTC)
        forecast = Forecast(
            self.name,
            issued_at,
            now,
            latitude,
            longitude,
            tuple(_hour(one) for one in hourly.hourly),
            tuple(_day(one) for one in daily.daily),
        )
        return checked(forecast, now)

    async def close(self) -> None:
        """Give its connections back."""
        await self._service.close()


def _read(kind: type[_Answer], body: bytes) -> _Answer:
    try:
        code = _Code.model_validate_json(body).code
        if code != "200":
            raise SourceDown(f"code {code[:8]}")
        return kind.model_validate_json(body)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors(include_input=False)[0]["loc"])
        raise SourceGarbage(where or "no JSON") from None


def _hour(one: _HourRead) -> Hour:
    return Hour(
        one.fxTime.astimezone(UTC),
        one.temp,
        one.precip,
        _whole(one.pop),
        one.windSpeed,
        None,
        _whole(one.humidity),
        _sky(one.icon),
    )


def _day(one: _DayRead) -> Day:
    sky = worst([_sky(one.iconDay), _sky(one.iconNight)])
    return Day(one.fxDate, one.tempMin, one.tempMax, one.precip, None, max(one.windSpeedDay, one.windSpeedNight), sky)


def _sky(icon: int) -> Sky:
    return _SKIES.get(icon) or _HUNDREDS.get(icon // 100, Sky.CLOUDY)


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)
