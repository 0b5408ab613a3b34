"""The services beside the library in one system: officers' warnings, digests, notices, bookings, prices, weather."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.booking.parts import Booking, booking
from bot.delivery.outbox import Outbox
from bot.digests.composition import WeatherServices, weather_services
from bot.language import Language
from bot.markets.chat import PriceChat, price_chat
from bot.markets.market import market
from bot.notices.parts import NoticeParts, notice_parts
from bot.warnings.office import WarningOffice
from dialogs.handoff import Desk
from dialogs.service import Service
from knowledge_base.store import Store
from knowledge_base.weather.forecasts import Forecasts


@dataclass(frozen=True, slots=True)
class Services:
    """What each of them needs besides the chat: its schedule, its pages."""

    warnings: WarningOffice
    notices: NoticeParts
    prices: PriceChat
    weather: WeatherServices
    booking: Booking

    @property
    def chat(self) -> Sequence[Service]:
        """In the order in which they are asked: who is on duty or at work first, the broadest questions last."""
        return (
            self.warnings.typing,
            *self.booking.services,
            self.weather.digests,
            self.notices.service,
            self.prices.service,
            self.weather.weather,
        )


def services(
    store: Store,
    outbox: Outbox,
    language: Language,
    office: WarningOffice,
    desk: Desk,
    *,
    forecasts: Forecasts,
    clock: Callable[[], datetime],
) -> Services:
    """Put together over one store. Blocks for half a second."""
    known = market(store, language.words, language.places, clock)
    prices, people = price_chat(store, known, language, desk), office.chat.people
    return Services(
        warnings=office,
        notices=notice_parts(store, outbox, people, clock, words=language.words, crops=language.crops),
        prices=prices,
        weather=weather_services(
            store,
            outbox,
            forecasts=forecasts,
            places=language.places,
            people=people,
            clock=clock,
            prices=prices.watched,
        ),
        booking=booking(store, outbox, language, clock, forecasts=forecasts),
    )
