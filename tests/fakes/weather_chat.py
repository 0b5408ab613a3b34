"""A house with weather in it, and its digests."""

from bot.digests.composition import weather_services
from dialogs.topics.weather import Holding, Weather, WeatherParts
from knowledge_base.warnings.people import People
from knowledge_base.weather.coordinates import Coordinates
from tests.fakes.house import House
from tests.fakes.weather import MadeForecasts


class WeatherChat:
    """Puts weather and digests into a house; `forecasts` and `prices` are set by tests."""

    def __init__(self, house: House, *, with_prices: bool = False) -> None:
        self.house = house
        self.forecasts = MadeForecasts(house.clock)
        self.people = People(house.store)
        self.prices: list[str] = []

        async def watched(_reader: object) -> list[str]:
            return self.prices

        self.services = weather_services(
            house.store,
            house.outbox,
            forecasts=self.forecasts,
            places=house.places,
            people=self.people,
            clock=house.clock,
            prices=watched if with_prices else None,
        )
        house.serve(self.services.weather, self.services.digests)

    def weather_over(self, holding: Holding) -> None:
        """The same weather with these official warnings."""
        parts = WeatherParts(
            self.forecasts,
            Coordinates(self.house.store),
            self.house.places,
            self.people.get,
            self.people.note_place,
            holding,
        )
        self.house.serve(Weather(parts), self.services.digests)
