"""The source of forecasts that the settings choose, with its cache and its regular refreshing."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from bot.schedule import Schedule
from bot.settings import Settings
from knowledge_base.store import Store
from knowledge_base.weather.forecasts import Forecasts
from knowledge_base.weather.open_meteo import OpenMeteo
from knowledge_base.weather.qweather import QWeather
from knowledge_base.weather.qweather_token import Token, api_key, read_private_key
from knowledge_base.weather.sample import Sample
from knowledge_base.weather.source import ForecastSource

log = structlog.get_logger(__name__)

REFRESH_EVERY = timedelta(minutes=30)


class WeatherUnset(Exception):
    """A source of forecasts is chosen without what it needs."""


@dataclass(frozen=True, slots=True)
class WeatherSettings:
    """Which source: `sample`, `open_meteo` or `qweather`, where it is, and who we are there.

    QWeather takes an API `key`, or a token signed with the private key in `key_file` (PEM, Ed25519), for which `credential` and
    `project` are needed.
    """

    source: str
    url: str
    key: str
    key_file: Path | None
    credential: str
    project: str

    @classmethod
    def of(cls, settings: Settings) -> "WeatherSettings":
        """As the settings have it."""
        return cls(
            settings.weather_source,
            settings.weather_url,
            settings.weather_key.get_secret_value(),
            settings.weather_key_file,
            settings.weather_credential,
            settings.weather_project,
        )


def weather_source(settings: WeatherSettings, clock: Callable[[], datetime]) -> ForecastSource:
    """The source. Raises `WeatherUnset`, or `KeyBroken` for a private key that cannot be used."""
    if settings.source == "sample":
        return Sample(clock)
    if not settings.url:
        raise WeatherUnset("XIANGYIN_WEATHER_URL")
    if settings.source == "open_meteo":
        return OpenMeteo(settings.url, clock, key=settings.key)
    if settings.key_file is None:
        if not settings.key:
            raise WeatherUnset("XIANGYIN_WEATHER_KEY")
        return QWeather(settings.url, clock, headers=api_key(settings.key))
    if not (settings.credential and settings.project):
        raise WeatherUnset("XIANGYIN_WEATHER_CREDENTIAL, XIANGYIN_WEATHER_PROJECT")
    token = Token(read_private_key(settings.key_file), settings.credential, settings.project, clock)
    return QWeather(settings.url, clock, headers=token)


@asynccontextmanager
async def forecasts(settings: WeatherSettings, store: Store, clock: Callable[[], datetime]) -> AsyncIterator[Forecasts]:
    """The door to forecasts for as long as the block lasts. Raises as above."""
    door = Forecasts(weather_source(settings, clock), store, clock)
    try:
        yield door
    finally:
        await door.close()


def keep_fresh(schedule: Schedule, door: Forecasts) -> None:
    """Have what people ask for kept fresh, for as long as the schedule runs."""

    async def refresh() -> None:
        log.info("forecasts refreshed", cells=await door.refresh())

    schedule.every(REFRESH_EVERY, "weather.refresh", refresh)
