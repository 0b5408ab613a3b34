"""Every source of forecasts keeps one contract: the same weather from its own JSON, and a quick refusal of everything else."""

import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from knowledge_base.weather.json_service import Bounds
from knowledge_base.weather.open_meteo import OpenMeteo
from knowledge_base.weather.qweather import QWeather
from knowledge_base.weather.qweather_token import api_key
from knowledge_base.weather.source import ForecastSource, SourceDown, SourceFailed, SourceGarbage
from knowledge_base.weather.terms import Sky
from tests.fakes.weather_server import WeatherServer, weather_server

HERE = (36.9, 118.7)
QUICK = Bounds(connect=0.5, read=0.5, wall=0.8)
PATIENT = Bounds(connect=30, read=30, wall=30)
"""For what answers, however busy the machine is."""
ENDLESS = ("stall", "trickle")
DOWN = ("drop", "error", "stall", "trickle", "redirect", "refuse")
GARBAGE = ("garbage", "html", "huge", "bomb")


@pytest.fixture
async def server(now: datetime) -> AsyncIterator[WeatherServer]:
    async with weather_server(now) as one:
        yield one


def made(kind: str, server: WeatherServer, now: datetime, bounds: Bounds) -> ForecastSource:
    if kind == "qweather":
        return QWeather(server.url, lambda: now, headers=api_key("k"), bounds=bounds)
    return OpenMeteo(server.url + "/", lambda: now, key="k", bounds=bounds)


@pytest.fixture(params=["open_meteo", "qweather"])
async def source(request: pytest.FixtureRequest, server: WeatherServer, now: datetime) -> AsyncIterator[ForecastSource]:
    one = made(request.param, server, now, PATIENT)
    yield one
    await one.close()


async def test_the_forecast_is_the_one_of_the_service_in_our_units(source: ForecastSource, now: datetime) -> None:
    forecast = await source.fetch(*HERE)
    assert (forecast.source, forecast.latitude, forecast.longitude, forecast.sample) == (source.name, *HERE, False)
    assert forecast.fetched_at == now
    noon = next(hour for hour in forecast.hours if hour.at == now + timedelta(hours=3))
    assert (noon.temperature, noon.precipitation, noon.probability, noon.humidity) == (11, 0, 30, 60)
    assert noon.wind == pytest.approx(3.6, abs=0.05)
    assert noon.sky is Sky.CLEAR
    assert all(hour.at.tzinfo is UTC for hour in forecast.hours)
    today = forecast.day(date(2026, 11, 22))
    assert today is not None
    assert (today.low, today.precipitation, today.sky) == (5, 0, Sky.CLEAR)
    assert today.high == pytest.approx(16, abs=0.5)
    assert today.wind == pytest.approx(3.6, abs=0.05)
    assert len(forecast.days) >= 7
    assert len(forecast.hours) >= 72


@pytest.mark.parametrize("sky", ["rain", "thunderstorm", "snow"])
async def test_weather_has_one_name_whatever_the_service_calls_it(
    source: ForecastSource, server: WeatherServer, sky: str
) -> None:
    server.sky = sky
    forecast = await source.fetch(*HERE)
    assert {hour.sky for hour in forecast.hours} == {day.sky for day in forecast.days} == {Sky(sky)}
    assert {(hour.precipitation, day.precipitation) for hour in forecast.hours for day in forecast.days} == {(1.5, 36)}


@pytest.mark.parametrize("kind", ["open_meteo", "qweather"])
@pytest.mark.parametrize("fault", DOWN + GARBAGE)
async def test_a_service_that_fails_is_given_up_soon(
    server: WeatherServer, now: datetime, kind: str, fault: str
) -> None:
    server.fault = fault
    source = made(kind, server, now, QUICK if fault in ENDLESS else PATIENT)
    begun = time.monotonic()
    with pytest.raises(SourceDown if fault in DOWN else SourceGarbage):
        await source.fetch(*HERE)
    assert time.monotonic() - begun < PATIENT.wall
    await source.close()
    assert not [path for path, _, _ in server.asked if path == "/elsewhere"]


async def test_an_answer_may_be_packed(source: ForecastSource, server: WeatherServer) -> None:
    server.packed = True
    assert (await source.fetch(*HERE)).hours
    assert {headers["accept-encoding"] for _, _, headers in server.asked} == {"gzip"}
    server.fault = "garbage"
    with pytest.raises(SourceGarbage):
        await source.fetch(*HERE)


async def test_a_service_that_is_gone_is_given_up_at_once(now: datetime) -> None:
    async with weather_server(now) as server:
        sources = [made(kind, server, now, PATIENT) for kind in ("open_meteo", "qweather")]
    for source in sources:
        with pytest.raises(SourceDown):
            await source.fetch(*HERE)
        await source.close()


async def test_the_bounds_in_force_end_before_three_seconds(server: WeatherServer, now: datetime) -> None:
    assert Bounds().wall <= 2.5
    server.fault = "trickle"
    source = made("open_meteo", server, now, Bounds())
    begun = time.monotonic()
    with pytest.raises(SourceDown):
        await source.fetch(*HERE)
    assert time.monotonic() - begun < 60
    await source.close()


@pytest.mark.parametrize("fault", ["drop", "error"])
async def test_one_broken_answer_is_asked_for_again(source: ForecastSource, server: WeatherServer, fault: str) -> None:
    server.fault, server.times = fault, 1
    assert (await source.fetch(*HERE)).hours


@pytest.mark.parametrize("fault", ["refuse", "garbage"])
async def test_what_stays_as_it_is_is_not_asked_for_again(
    source: ForecastSource, server: WeatherServer, fault: str
) -> None:
    server.fault = fault
    with pytest.raises(SourceFailed):
        await source.fetch(*HERE)
    assert len({path for path, _, _ in server.asked}) == len(server.asked)


def first_hour(name: str, value: Any) -> Callable[[dict[str, Any]], None]:
    """Sets a value in the hours of either shape, named as Open-Meteo and QWeather do."""

    def change(answer: dict[str, Any]) -> None:
        ours, theirs = name.split("/")
        hourly = answer.get("hourly", [])
        if isinstance(hourly, dict):
            hourly[ours][5] = value
        elif hourly:
            hourly[5][theirs] = str(value)

    return change


def cut(answer: dict[str, Any]) -> None:
    """Tells a day less than was asked for."""
    hourly = answer.get("hourly", [])
    if isinstance(hourly, dict):
        for column in hourly.values():
            del column[-24:]
    else:
        del hourly[-24:]


def swapped(answer: dict[str, Any]) -> None:
    hourly = answer.get("hourly", [])
    rows = hourly["time"] if isinstance(hourly, dict) else hourly
    rows[3:5] = rows[4:2:-1]


def frozen(answer: dict[str, Any]) -> None:
    """An answer of two weeks ago."""
    text = {"2026-11-2": "2026-11-0", "2026-11-3": "2026-11-1"}

    def earlier(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: earlier(one) for key, one in value.items()}
        if isinstance(value, list):
            return [earlier(one) for one in value]
        return text.get(value[:9], value[:9]) + value[9:] if isinstance(value, str) else value

    answer.update(earlier(answer))


def colder_at_its_warmest(answer: dict[str, Any]) -> None:
    daily = answer.get("daily", [])
    if isinstance(daily, dict):
        daily["temperature_2m_max"][1] = -20.0
    elif daily:
        daily[1]["tempMax"] = "-20"


LIES = {
    "hot": first_hour("temperature_2m/temp", 61),
    "nan": first_hour("temperature_2m/temp", float("nan")),
    "wet": first_hour("precipitation/precip", 501),
    "negative": first_hour("precipitation/precip", -1),
    "windy": first_hour("wind_speed_10m/windSpeed", 400),
    "probable": first_hour("precipitation_probability/pop", 130),
    "cut": cut,
    "swapped": swapped,
    "frozen": frozen,
    "colder at its warmest": colder_at_its_warmest,
    "empty": lambda answer: answer.clear(),
    "no hours": lambda answer: answer.pop("hourly", None) or answer.pop("daily"),
}


@pytest.mark.parametrize("lie", LIES)
async def test_what_cannot_be_true_is_refused(source: ForecastSource, server: WeatherServer, lie: str) -> None:
    server.change = LIES[lie]
    with pytest.raises(SourceGarbage):
        await source.fetch(*HERE)


@pytest.mark.parametrize(
    "change",
    [
        lambda answer: answer["hourly_units"].update(wind_speed_10m="km/h"),
        lambda answer: answer["hourly_units"].update(temperature_2m="°F"),
        lambda answer: answer.update(utc_offset_seconds=0),
        lambda answer: answer.update(latitude=52.5, longitude=13.4),
        lambda answer: answer["hourly"]["temperature_2m"].__setitem__(slice(10, None), [None] * 182),
        lambda answer: answer["hourly"]["time"].__setitem__(0, "yesterday"),
        lambda answer: answer["daily"]["time"].__setitem__(0, "yesterday"),
    ],
    ids=["km/h", "fahrenheit", "utc", "berlin", "models end", "no time", "no date"],
)
async def test_open_meteo_must_tell_what_was_asked(
    server: WeatherServer, now: datetime, change: Callable[[Any], object]
) -> None:
    server.change = change
    source = made("open_meteo", server, now, PATIENT)
    with pytest.raises(SourceGarbage):
        await source.fetch(*HERE)
    await source.close()


async def test_open_meteo_tells_rain_for_the_hour_before(server: WeatherServer, now: datetime) -> None:
    server.change = first_hour("precipitation/precip", 9.0)  # at 05:00, so it falls from four o'clock on
    source = made("open_meteo", server, now, PATIENT)
    forecast = await source.fetch(*HERE)
    wet = [hour.at for hour in forecast.hours if hour.precipitation]
    assert wet == [datetime(2026, 11, 21, 20, tzinfo=UTC)]
    assert server.asked[0][1]["apikey"] == "k"
    await source.close()


async def test_open_meteo_models_that_end_early_shorten_the_forecast(server: WeatherServer, now: datetime) -> None:
    def shorter(answer: dict[str, Any]) -> None:
        answer["hourly"]["temperature_2m"][100:] = [None] * 92
        answer["daily"]["temperature_2m_max"][5:] = [None] * 3

    server.change = shorter
    source = made("open_meteo", server, now, PATIENT)
    forecast = await source.fetch(*HERE)
    assert (len(forecast.hours), len(forecast.days)) == (100, 5)
    await source.close()


async def test_qweather_codes_other_than_200_are_refusals(server: WeatherServer, now: datetime) -> None:
    server.change = lambda answer: answer.update(code="402")
    source = made("qweather", server, now, PATIENT)
    with pytest.raises(SourceDown, match="code 402"):
        await source.fetch(*HERE)
    await source.close()


async def test_qweather_codes_that_are_new_go_by_their_hundred(server: WeatherServer, now: datetime) -> None:
    server.change = first_hour("weather_code/icon", 398)
    source = made("qweather", server, now, PATIENT)
    forecast = await source.fetch(*HERE)
    assert forecast.hours[5].sky is Sky.RAIN
    assert forecast.issued_at == now - timedelta(minutes=25)
    assert server.asked[0][1]["location"] == "118.70,36.90"
    assert server.asked[0][2]["x-qw-api-key"] == "k"
    await source.close()
