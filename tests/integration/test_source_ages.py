"""How old each source is: what an alert can be set on, and nothing that would cry for ever."""

import re
from datetime import datetime, timedelta
from decimal import Decimal

from prometheus_client import CollectorRegistry, generate_latest

from bot.delivery.outbox import Outbox
from bot.figures import GIVEN_UP, Figures
from bot.warnings.looks import Looks
from knowledge_base.markets.models import Kind, LatestRow, MarketRow
from knowledge_base.store import Store
from knowledge_base.warnings.look_book import LookBook
from knowledge_base.weather.forecasts import IN_USE
from knowledge_base.weather.models import ForecastRow


async def ages(figures: Figures, registry: CollectorRegistry) -> dict[str, float]:
    """By source, in seconds."""
    await figures.read()
    told = re.findall(r'xiangyin_source_age_seconds\{source="(.+)"\} (\S+)', generate_latest(registry).decode())
    return {source: float(seconds) for source, seconds in told}


def forecast(cell: str, source: str, fetched: datetime, used: datetime) -> ForecastRow:
    return ForecastRow(cell=cell, source=source, fetched_at=fetched, issued_at=None, used_at=used, forecast={})


async def test_a_source_of_warnings_that_was_never_reached_grows_old_too(any_store: Store, now: datetime) -> None:
    moment = now
    book = LookBook(any_store) if any_store.shared else None
    looks = Looks(lambda: moment, book, ["folder", "feed.1"])
    looked = looks.at("folder")
    looks.at("feed.1")
    registry = CollectorRegistry()
    figures = Figures(registry, any_store, Outbox(any_store, lambda: moment), lambda: moment, looks.each)
    moment += timedelta(minutes=1)
    looked()
    await looks.keep()
    moment += timedelta(minutes=2)
    assert await ages(figures, registry) == {"warnings:folder": 120, "warnings:feed.1": 180}


async def test_samples_what_nobody_asks_for_and_what_has_ended_are_no_sources(any_store: Store, now: datetime) -> None:
    hour = timedelta(hours=1)
    async with any_store.session() as session:
        session.add(forecast("1", "open_meteo", now - hour, now))
        session.add(forecast("2", "sample", now - 30 * hour, now - IN_USE - hour))
        market = MarketRow(name="集", place="411424", latitude=34.0, longitude=115.0)
        session.add(market)
        await session.flush()
        for product, kind, source, age in (
            ("玉米", Kind.OFFICIAL, "省平台", 5 * hour),
            ("小麦", Kind.SAMPLE, "样例数据", 100 * hour),
            ("大豆", Kind.OFFICIAL, "老平台", GIVEN_UP + hour),
        ):
            session.add(
                LatestRow(
                    product=product, variety="", market_id=market.id, kind=kind, day=now.date(), source=source,
                    mid=Decimal("1.1"), unit="元/斤", figures="1.1", came_at=now - age,
                )
            )  # fmt: skip
    registry = CollectorRegistry()
    figures = Figures(registry, any_store, Outbox(any_store, lambda: now), lambda: now)
    assert await ages(figures, registry) == {"forecast:open_meteo": 3600, "price:省平台": 5 * 3600}
