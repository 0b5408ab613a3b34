"""The morning digest as a message: the day's weather and what it means, the season, the prices that are watched."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from dialogs import plain_time
from dialogs.digest.calendar import season
from dialogs.messages import Reply, ReplyKind
from dialogs.topics.weather_phrases import Phrases, source_line
from dialogs.topics.weather_place import Here, WeatherPlaces
from dialogs.topics.weather_text import Answer
from dialogs.topics.weather_time import Asked, midnight
from dialogs.topics.weather_wish import Wish
from dialogs.topics.weather_words import weather_words
from knowledge_base.weather.digests import Reader
from knowledge_base.weather.forecasts import Known
from knowledge_base.weather.terms import CHINA
from knowledge_base.weather.zones import zone_of

DATA = Path(__file__).with_name("letter.yaml")
EVENING = 17
"""From this hour on a digest tells of tomorrow."""

Forecast = Callable[[float, float], Awaitable[Known | None]]
Prices = Callable[[Reader], Awaitable[list[str]]]
"""Lines on the prices that a person watches; none where nothing is watched."""
Holding = Callable[[str], Awaitable[list[str]]]


class LetterWords(BaseModel):
    """The words, from letter.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    say: dict[str, str]


@cache
def letter_words() -> LetterWords:
    """The shipped words."""
    return LetterWords.model_validate(yaml.safe_load(DATA.read_text("utf-8")))


class Letters:
    """Writes digests."""

    def __init__(self, forecast: Forecast, places: WeatherPlaces, prices: Prices, holding: Holding) -> None:
        self._forecast = forecast
        self._places = places
        self._prices = prices
        self._holding = holding

    async def write(self, reader: Reader, now: datetime) -> Reply:
        """The digest of one person for today, or for tomorrow in the evening."""
        say, words = letter_words().say, weather_words()
        local = now.astimezone(CHINA)
        day = local.date() + timedelta(days=local.hour >= EVENING)
        here = await self._places.home(reader.place, reader.position)
        zone = zone_of(here.code) if isinstance(here, Here) else None
        asks = season(day, zone, reader.crops)
        term = (
            asks.name if asks.since == day else say["since"].format(term=asks.name, count=(day - asks.since).days + 1)
        )
        number = plain_time.in_figures(midnight(day)).removesuffix("00:00")
        lines = [say["hello"].format(day=number, weekday=words.weekdays[day.weekday()], term=term)]
        spoken = list(lines)
        written, said = await self._weather(here, day, now) if isinstance(here, Here) else ((say["no_place"],),) * 2
        lines += written
        spoken += said
        last = [say["season"].format(lines="".join(asks.lines))]
        if prices := await self._prices(reader):
            last.append(say["prices"].format(lines="；".join(prices)))
        last.append(say["end"])
        return Reply(ReplyKind.INFO, "\n".join([*lines, *last]), "".join([*spoken, *last]))

    async def _weather(self, here: Here, day: date, now: datetime) -> tuple[tuple[str, ...], tuple[str, ...]]:
        words = weather_words()
        warned = await self._holding(here.code)
        first = (words.text("warning", place=here.name, warnings=words.joiner.join(warned[:2])),) if warned else ()
        known = await self._forecast(here.latitude, here.longitude)
        begin = midnight(day)
        asked = Asked(begin, begin + timedelta(days=1)).from_now(now)
        if known is None or known.forecast.day(asked.first) is None:
            return ((*first, letter_words().say["down"]),) * 2
        sample = (words.say["sample"],) if known.forecast.sample else ()
        told = Answer(Phrases(known.forecast, now), here.name).tell(Wish("weather"), asked)
        written, spoken = source_line(known, now)
        return (*sample, *first, *told.lines, written), (*sample, *first, *told.spoken, spoken)
