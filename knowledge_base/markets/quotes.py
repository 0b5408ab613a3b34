"""What a product costs: near a person, over time, and against last week."""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, select

from knowledge_base.markets.goods import Goods, shipped_goods
from knowledge_base.markets.models import Kind, LatestRow, MarketRow, PriceRow, State
from knowledge_base.markets.nearness import Distance, Person, Position, Where
from knowledge_base.markets.quote import Change, Comparison, Listed, Point, Quote, county_day
from knowledge_base.markets.ratio import Ratio, hog_grain_ratio
from knowledge_base.markets.reported import Reported
from knowledge_base.store import Store
from knowledge_base.warnings.codes import FULL, significant

OLDER = (timedelta(days=14), timedelta(days=60))
"""A nearer market whose price is in an older class than a farther one's comes after it."""
WEEK, WEEK_GIVE = timedelta(days=7), timedelta(days=3)
MONTH, MONTH_GIVE = timedelta(days=30), timedelta(days=7)
SAMPLES = (Kind.SAMPLE,)

Clock = Callable[[], datetime]
_Row = Row[*tuple[Any, ...]]
_MARKET = (MarketRow.name.label("market"), MarketRow.place, MarketRow.latitude, MarketRow.longitude)


class Quotes:
    """Prices as they are told. `where` gives the position of an administrative code, for people who sent none."""

    def __init__(self, store: Store, clock: Clock, goods: Goods | None = None, where: Where = lambda _: None) -> None:
        self.goods = goods or Goods(shipped_goods())
        self._store = store
        self._clock = clock
        self._where = where
        self._reported = Reported(store, self.goods)

    @property
    def today(self) -> date:
        """The day in the county."""
        return county_day(self._clock())

    async def latest(
        self,
        product: str,
        variety: str | None = None,
        near: str | None = None,
        *,
        position: Position | None = None,
        kinds: Collection[Kind] = (Kind.OFFICIAL,),
        limit: int = 3,
    ) -> tuple[Quote, ...]:
        """The newest price at each of the `limit` nearest markets, nearest first.

        A price of the last fortnight comes before older ones, and one of the last two months before those. Without a
        variety a market's plain price counts, else its most usual variety. Reports are given, one quote for each
        county, where `kinds` has them. Samples come only where there is nothing else at all, official or reported.
        """
        person = self._person(near, position)
        found: list[Quote] = []
        if official := [str(kind) for kind in kinds if kind is not Kind.REPORTED]:
            found += await self._newest(product, variety, person, official)
        if Kind.REPORTED in kinds:
            found += await self._reported.quotes(product, variety, person, self.today)
        if not found and not await self._anything(product):
            found = await self._newest(product, variety, person, list(SAMPLES))
        return tuple(sorted(found, key=_order)[:limit])

    async def series(
        self,
        product: str,
        market: int,
        variety: str = "",
        since: date | None = None,
        until: date | None = None,
        *,
        kind: Kind = Kind.OFFICIAL,
    ) -> tuple[Point, ...]:
        """The days of a product at a market, the oldest first; both bounds belong to it. The last 90 days by default.

        Where several sources tell of a day, the one that tells of most days counts.
        """
        last = until or self.today
        rows = select(PriceRow.day, PriceRow.low, PriceRow.mid, PriceRow.high, PriceRow.source).where(
            PriceRow.product == product,
            PriceRow.variety == variety,
            PriceRow.market_id == market,
            PriceRow.day.between(since or last - timedelta(days=90), last),
            PriceRow.kind == kind,
            PriceRow.state == State.GOOD,
        )
        async with self._store.session() as session:
            points = [Point(*row) for row in await session.execute(rows)]
        usual = Counter(point.source for point in points)
        by_day = {point.day: point for point in sorted(points, key=lambda point: (usual[point.source], point.source))}
        return tuple(by_day[day] for day in sorted(by_day))

    async def compared(self, quote: Quote) -> Comparison:
        """Against a week before (3 days more or less) and a month (7 days) of the same source; nothing for reports."""
        if quote.market_id is None:
            return Comparison(None, None)
        rows = select(PriceRow.day, PriceRow.mid).where(
            PriceRow.product == quote.product,
            PriceRow.variety == quote.variety,
            PriceRow.market_id == quote.market_id,
            PriceRow.day.between(quote.day - MONTH - MONTH_GIVE, quote.day - WEEK + WEEK_GIVE),
            PriceRow.source == quote.source,
            PriceRow.state == State.GOOD,
        )
        async with self._store.session() as session:
            before = [(row.day, row.mid) for row in await session.execute(rows)]
        return Comparison(_change(quote, before, WEEK, WEEK_GIVE), _change(quote, before, MONTH, MONTH_GIVE))

    async def varieties(self, product: str) -> tuple[str, ...]:
        """The varieties that have official prices of the last two months, the most usual first."""
        rows = select(LatestRow.variety).where(
            LatestRow.product == product,
            LatestRow.variety != "",
            LatestRow.kind == Kind.OFFICIAL,
            LatestRow.day >= self.today - OLDER[-1],
        )
        async with self._store.session() as session:
            found = Counter(await session.scalars(rows))
        return tuple(sorted(found, key=lambda variety: (-found[variety], variety)))

    async def markets(
        self, product: str, near: str | None = None, *, position: Position | None = None
    ) -> tuple[Listed, ...]:
        """All markets with an official price of a product, in the order of `latest`."""
        quotes = await self._newest(product, None, self._person(near, position), [str(Kind.OFFICIAL)])
        return tuple(
            Listed(q.market_id, q.market, q.place, q.day, q.kind, q.nearness, q.kilometres)
            for q in sorted(quotes, key=_order)
            if q.market_id is not None
        )

    async def ratio(self, near: str | None = None) -> Ratio | None:
        """猪粮比价 of the province of `near`, or of all markets; None without fresh official prices of both."""
        place = self._person(near, None).place
        return await hog_grain_ratio(self._store, self.today, place[:2] if place else "")

    async def _newest(self, product: str, variety: str | None, person: Person, kinds: Sequence[str]) -> list[Quote]:
        # Columns and not objects: there may be a thousand markets, and most of them are only looked at.
        rows = (
            select(*LatestRow.__table__.c, *_MARKET)
            .join(MarketRow, MarketRow.id == LatestRow.market_id)
            .where(LatestRow.product == product, LatestRow.kind.in_(kinds))
        )
        if variety is not None:
            rows = rows.where(LatestRow.variety == variety)
        async with self._store.session() as session:
            found = (await session.execute(rows)).all()
        usual = Counter(row.variety for row in found)
        best: dict[int, _Row] = {}
        for row in sorted(found, key=lambda row: (row.variety != "", -usual[row.variety], row.variety)):
            best.setdefault(row.market_id, row)
        return [self._quote(row, person) for row in best.values()]

    async def _anything(self, product: str) -> bool:
        official = select(LatestRow.product).where(LatestRow.product == product, LatestRow.kind == Kind.OFFICIAL)
        async with self._store.session() as session:
            if await session.scalar(official.limit(1)):
                return True
        return bool(await self._reported.quotes(product, None, Person(None, None), self.today))

    def _person(self, near: str | None, position: Position | None) -> Person:
        place = significant(near.ljust(FULL, "0")) if near else None
        return Person(place, position or (self._where(place) if place else None))

    def _quote(self, price: _Row, person: Person) -> Quote:
        on_map = None if price.latitude is None or price.longitude is None else (price.latitude, price.longitude)
        distance = person.to(price.place, on_map)
        return Quote(
            product=price.product,
            variety=price.variety,
            per=self.goods.by(price.product),
            market=price.market,
            market_id=price.market_id,
            place=price.place,
            day=price.day,
            low=price.low,
            mid=price.mid,
            high=price.high,
            unit=price.unit,
            figures=price.figures,
            source=price.source,
            kind=Kind(price.kind),
            nearness=distance.nearness,
            age=(self.today - price.day).days,
            kilometres=distance.kilometres,
            came_at=price.came_at,
        )


def _order(quote: Quote) -> tuple[int, float, int, str]:
    older = sum(quote.age > span.days for span in OLDER)
    return older, Distance(quote.nearness, quote.kilometres).reach, quote.age, quote.market


def _change(quote: Quote, before: Sequence[tuple[date, Decimal]], span: timedelta, give: timedelta) -> Change | None:
    wanted = quote.day - span
    near = [(abs(day - wanted), day, mid) for day, mid in before if abs(day - wanted) <= give and mid > 0]
    if not near:
        return None
    _, day, then = min(near)
    return Change.between(quote.mid, then, day)
