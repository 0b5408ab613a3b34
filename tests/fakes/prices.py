"""Prices for tests: a few markets of a county in Henan and around it, up to two days before the tests' day."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from bot import scene
from bot.scene import read_scene
from knowledge_base.markets.ledger import Filed
from knowledge_base.markets.models import Kind, State
from knowledge_base.markets.offer import Offer
from knowledge_base.store import Store

LAST = date(2026, 11, 20)
SOURCE = "县发改委价格监测"
SCENE = read_scene(Path(__file__).parents[1] / "conversations" / "scenes" / "prices.yaml")


async def trade(store: Store) -> None:
    """Bring the prices of the scene in, as of the tests' day."""
    await scene.trade(store, lambda: datetime(2026, 11, 22, 1, tzinfo=UTC), SCENE)


def filed(key: tuple[str, str, int], day: date, mid: str) -> Filed:
    product, variety, market = key
    price = Decimal(mid)
    return Filed(
        offer=Offer(
            row=1,
            position=None,
            product=product,
            variety=variety,
            market=SCENE.markets[market - 1].name,
            place=SCENE.markets[market - 1].place,
            day=day,
            low=price - Decimal("0.02"),
            mid=price,
            high=price + Decimal("0.02"),
            unit="元/斤",
            figures=mid,
        ),
        market_id=market,
        source=SOURCE,
        kind=Kind.OFFICIAL,
        state=State.GOOD,
    )
