"""The services beside the library in one system: officers' warnings, digests, notices, bookings, prices, weather."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.booking.parts import Booking, booking
from bot.consultation.legal import Legal, legal
from bot.delivery.outbox import Outbox
from bot.digests.composition import WeatherServices, weather_services
from bot.language import Language
from bot.markets.chat import PriceChat, price_chat
from bot.markets.market import market
from bot.notices.parts import NoticeParts, notice_parts
from bot.privacy.parts import PrivacyParts
from bot.warnings.office import WarningOffice
from dialogs.booking.machinery import five_digits
from dialogs.context import Context
from dialogs.handoff import Desk
from dialogs.messages import Reply
from dialogs.service import Service
from dialogs.turn_order import TurnOrder
from knowledge_base.library import Library
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
    legal: Legal
    privacy: PrivacyParts

    @property
    def chat(self) -> Sequence[Service]:
        """In the order in which they are asked: one's own data and who is on duty first, the broadest questions last."""
        return (
            self.privacy.chat,
            self.warnings.typing,
            self.legal.chat,
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
    library: Library,
    keys: Sequence[str],
    forecasts: Forecasts,
    privacy_parts: PrivacyParts,
    clock: Callable[[], datetime],
    order: TurnOrder | None = None,
    numbers: Callable[[], str] = five_digits,
) -> Services:
    """Put together over one store; `keys` seal what is told to lawyers; orders get `numbers`. Blocks for half a second. Raises `KeysUnusable`."""
    known = market(store, language.words, language.places, clock)
    prices, people = price_chat(store, known, language, desk), office.chat.people
    machinery = booking(
        store,
        outbox,
        language,
        clock,
        quantities=language.values.quantities,
        forecasts=forecasts,
        new_number=numbers,
    )

    async def machines(context: Context) -> list[Reply]:
        """What somebody with a lawyer's appointment has booked besides."""
        asked = replace(context, said=replace(context.said, intent="my_bookings"))
        return await machinery.farmer.asked(asked) or []

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
        booking=machinery,
        legal=legal(store, library, language, outbox, desk, keys, clock, machines, numbers=numbers, order=order),
        privacy=privacy_parts,
    )
