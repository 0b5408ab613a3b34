"""Prices for tests: a few markets of a county in Henan and around it, up to two days before the tests' day."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from knowledge_base.markets.ledger import Filed, Ledger
from knowledge_base.markets.models import Kind, MarketRow, State
from knowledge_base.markets.offer import Offer
from knowledge_base.store import Store

LAST = date(2026, 11, 20)
SOURCE = "县发改委价格监测"
MARKETS = {
    1: ("柘城粮食交易市场", "411424"),
    2: ("商丘农产品市场", "411402"),
    3: ("郑州粮食批发市场", "410105"),
    4: ("寿光蔬菜批发市场", "370783"),
}
WEEKLY: dict[tuple[str, str, int], tuple[str, ...]] = {
    ("玉米", "", 1): ("1.06", "1.07", "1.08", "1.09", "1.10", "1.10", "1.12"),
    ("玉米", "", 2): ("1.08", "1.08", "1.09", "1.10", "1.12", "1.13", "1.14"),
    ("玉米", "", 3): ("1.10", "1.10", "1.11", "1.12", "1.14", "1.14", "1.15"),
    ("小麦", "", 1): ("1.22", "1.22", "1.22", "1.22", "1.22", "1.22", "1.22"),
    ("猪", "", 1): ("6.2", "6.1", "6.0", "6.0", "5.9", "5.8", "5.75"),
    ("花生", "花生米", 1): ("4.6", "4.6", "4.6", "4.6", "4.5", "4.5", "4.5"),
    ("尿素", "", 1): ("0.90", "0.90", "0.91", "0.91", "0.92", "0.92", "0.93"),
    ("鸡蛋", "", 2): ("4.4", "4.3", "4.3", "4.2", "4.1", "4.1", "4.0"),
    ("大白菜", "", 4): ("0.35", "0.33", "0.30", "0.30", "0.28", "0.27", "0.25"),
    ("大蒜", "", 4): ("2.9", "2.9", "3.0", "3.1", "3.1", "3.2", "3.2"),
}
"""Middle prices in 元/斤, one a week, the last of them of `LAST`."""
OLD: dict[tuple[str, str, int], tuple[date, str]] = {("棉花", "", 2): (date(2026, 9, 10), "7.6")}


async def trade(store: Store) -> None:
    """Bring the prices in."""
    prices = [
        filed(key, LAST - timedelta(weeks=weeks), mid)
        for key, mids in WEEKLY.items()
        for weeks, mid in enumerate(reversed(mids))
    ]
    prices += [filed(key, day, mid) for key, (day, mid) in OLD.items()]
    async with store.session() as session:
        session.add_all(MarketRow(id=id_, name=name, place=place) for id_, (name, place) in MARKETS.items())
        await session.flush()
        await Ledger().add(session, prices, datetime(2026, 11, 20, 2, tzinfo=UTC))


def filed(key: tuple[str, str, int], day: date, mid: str) -> Filed:
    product, variety, market = key
    price = Decimal(mid)
    return Filed(
        offer=Offer(
            row=1,
            position=None,
            product=product,
            variety=variety,
            market=MARKETS[market][0],
            place=MARKETS[market][1],
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
