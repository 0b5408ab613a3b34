"""Prices put together: what they are read from, what is asked of them, and the console's pages."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.markets.lexicon import market_goods
from dialogs.places import Places
from knowledge_base.curation.audit import Audit
from knowledge_base.curation.console import pages_prices
from knowledge_base.markets.alerts import Alerts
from knowledge_base.markets.held import Held
from knowledge_base.markets.intake import Intake
from knowledge_base.markets.nearness import Where
from knowledge_base.markets.overview import Overview
from knowledge_base.markets.quotes import Quotes
from knowledge_base.markets.reports import Reports
from knowledge_base.markets.uploads import Uploads
from knowledge_base.store import Store
from nlu.words import Words

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Market:
    """All that there is of prices."""

    intake: Intake
    quotes: Quotes
    reports: Reports
    alerts: Alerts


def market(store: Store, words: Words, places: Places, clock: Clock, *, where: Where = lambda _: None) -> Market:
    """Over one store. `where` gives the position of an administrative code, for people who sent none."""
    goods = market_goods(words)
    quotes = Quotes(store, clock, goods, where)
    return Market(Intake(store, clock, goods, places.code), quotes, Reports(clock), Alerts(quotes, clock))


def console_market(
    store: Store, market: Market, places: Places, *, audit: Audit, folder: Path, clock: Clock
) -> pages_prices.Market:
    """What the console's pages work with; uploads lie in `folder` for an hour."""
    return pages_prices.Market(
        quotes=market.quotes,
        held=Held(store, audit, clock),
        overview=Overview(store),
        uploads=Uploads(store, market.intake, folder, audit, clock),
        place_name=places.full_name,
    )
