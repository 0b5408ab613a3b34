"""The services beside the library in one system: officers' warnings, notices, prices."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.delivery.outbox import Outbox
from bot.language import Language
from bot.markets.chat import PriceChat, price_chat
from bot.markets.market import market
from bot.notices.parts import NoticeParts, notice_parts
from bot.warnings.office import WarningOffice
from dialogs.handoff import Desk
from dialogs.service import Service
from knowledge_base.markets.samples import take_in_samples
from knowledge_base.store import Store


@dataclass(frozen=True, slots=True)
class Services:
    """What each of them needs besides the chat: its schedule, its pages."""

    warnings: WarningOffice
    notices: NoticeParts
    prices: PriceChat

    @property
    def chat(self) -> Sequence[Service]:
        """In the order in which they are asked."""
        return self.warnings.typing, self.notices.service, self.prices.service


async def services(
    store: Store,
    outbox: Outbox,
    language: Language,
    office: WarningOffice,
    desk: Desk,
    *,
    clock: Callable[[], datetime],
) -> Services:
    """Put together over one store."""
    known = market(store, language.words, language.places, clock)
    await take_in_samples(store, known.intake)
    return Services(
        warnings=office,
        notices=notice_parts(store, outbox, office.chat.people, clock, words=language.words, crops=language.crops),
        prices=price_chat(store, known, language, desk),
    )
