"""Weather in the chat, its digest and its advice over a store: how their parts are put together."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from bot.delivery.outbox import Outbox
from bot.digests.advising import FarmAdvice
from bot.digests.sending import DigestSending
from bot.schedule import Schedule
from dialogs.digest.letter import Letters, Prices
from dialogs.places import Places
from dialogs.topics import digests as chat
from dialogs.topics.weather import Forecaster, Weather, WeatherParts
from dialogs.topics.weather_place import WeatherPlaces
from dialogs.warning_text import title
from knowledge_base.store import Store
from knowledge_base.warnings.codes import significant
from knowledge_base.warnings.current import Current, Spot
from knowledge_base.warnings.people import People
from knowledge_base.warnings.terms import Colour
from knowledge_base.weather.coordinates import Coordinates
from knowledge_base.weather.digests import Digests, Reader

Clock = Callable[[], datetime]


async def no_prices(_reader: Reader) -> list[str]:
    """Nobody watches any price."""
    return []


def holding(current: Current) -> Callable[[str], Awaitable[list[str]]]:
    """The titles of the official warnings that hold at an administrative code, the gravest first."""

    async def titles(place: str) -> list[str]:
        found = await current.at(Spot(significant(place.ljust(12, "0")), None, None))
        rows = [bulletin.warning for bulletin in found]
        return [title(row.hazard, Colour(row.colour) if row.colour else None, row.headline) for row in rows]

    return titles


@dataclass(frozen=True, slots=True)
class WeatherServices:
    """What weather brings to a process: two services of the assistant, and two jobs of the schedule."""

    weather: Weather
    digests: chat.Digests
    sending: DigestSending
    advising: FarmAdvice

    def schedule(self, schedule: Schedule) -> None:
        """Have digests and advice sent for as long as the schedule runs."""
        self.sending.schedule(schedule)
        self.advising.schedule(schedule)


def weather_services(
    store: Store,
    outbox: Outbox,
    *,
    forecasts: Forecaster,
    places: Places,
    people: People,
    clock: Clock,
    prices: Prices | None = None,
) -> WeatherServices:
    """Everything over one store. `people` are those of the warnings; `prices` tells what a reader watches."""
    positions, book = Coordinates(store), Digests(store, clock)
    where = WeatherPlaces(places, positions, people.get)

    async def note_place(channel: str, user: str, place: str, now: datetime) -> None:
        await people.note_place(channel, user, significant(place.ljust(12, "0")), now)

    held = holding(Current(store, clock))
    letters = Letters(forecasts.at, where, prices or no_prices, held)
    return WeatherServices(
        Weather(WeatherParts(forecasts, positions, places, people.get, note_place, held)),
        chat.Digests(book, places, people.get, note_place, prices=prices is not None),
        DigestSending(store, outbox, book, letters, clock),
        FarmAdvice(store, outbox, forecasts, where, clock),
    )
