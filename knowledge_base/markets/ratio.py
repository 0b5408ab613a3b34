"""猪粮比价: what a pig costs against what a pig eats, and the official warning level of that."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import IntEnum

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge_base.markets.models import Kind, LatestRow, MarketRow, PriceRow, State
from knowledge_base.markets.quote import FRESH, median
from knowledge_base.store import Store

HOG, GRAIN = "猪", "玉米"
WEEKS = 3
"""Running, that level II takes."""
APART = timedelta(days=7)
"""At most between both figures."""
_WEEK = timedelta(days=7)
_HUNDREDTH = Decimal("0.01")


class Level(IntEnum):
    """Of the warning of a fall too deep; 1 is the gravest."""

    I = 1  # noqa: E741 - that is its name
    II = 2
    III = 3


BELOW_III, BELOW_I = Decimal(6), Decimal(5)
"""Below 6:1 level III, between 5:1 and 6:1 for three weeks running level II, below 5:1 level I."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """Both prices in 元/斤 (medians over `hog_markets` and `grain_markets`) as of their newest days, and their ratio.

    `weeks` are the ratios of the last weeks, the newest first, as far as both prices are known. `level` is None at 6:1
    and above.
    """

    hog: Decimal
    hog_day: date
    hog_markets: int
    grain: Decimal
    grain_day: date
    grain_markets: int
    ratio: Decimal
    weeks: tuple[Decimal, ...]
    level: Level | None


def level_of(ratio: Decimal, weeks: Sequence[Decimal]) -> Level | None:
    """The warning level of a ratio, with those of the weeks that end today, the newest first."""
    if ratio < BELOW_I:
        return Level.I
    if ratio >= BELOW_III:
        return None
    running = len(weeks) >= WEEKS and all(BELOW_I <= week < BELOW_III for week in weeks[:WEEKS])
    return Level.II if running else Level.III


@dataclass(frozen=True, slots=True)
class _Side:
    """The weekly medians of one product back from its newest day."""

    day: date
    markets: int
    weeks: Mapping[int, Decimal]


async def hog_grain_ratio(store: Store, today: date, prefix: str) -> Ratio | None:
    """Of the markets whose place begins with `prefix`; None where one side is missing, not fresh, or too far apart."""
    async with store.session() as session:
        newest = {product: await _newest(session, product, prefix, today) for product in (HOG, GRAIN)}
        hog_day, grain_day = newest[HOG], newest[GRAIN]
        if hog_day is None or grain_day is None or abs(hog_day - grain_day) > APART:
            return None
        end = max(hog_day, grain_day)
        hog, grain = [await _side(session, product, prefix, end) for product in (HOG, GRAIN)]
    if 0 not in hog.weeks or 0 not in grain.weeks:
        return None
    weeks = []
    for week in range(WEEKS):
        if week not in hog.weeks or week not in grain.weeks:
            break
        weeks.append((hog.weeks[week] / grain.weeks[week]).quantize(_HUNDREDTH, ROUND_HALF_UP))
    return Ratio(
        hog=hog.weeks[0],
        hog_day=hog.day,
        hog_markets=hog.markets,
        grain=grain.weeks[0],
        grain_day=grain.day,
        grain_markets=grain.markets,
        ratio=weeks[0],
        weeks=tuple(weeks),
        level=level_of(hog.weeks[0] / grain.weeks[0], weeks),
    )


async def _newest(session: AsyncSession, product: str, prefix: str, today: date) -> date | None:
    days = (
        select(LatestRow.day)
        .join(MarketRow, MarketRow.id == LatestRow.market_id)
        .where(
            LatestRow.product == product,
            LatestRow.kind == Kind.OFFICIAL,
            LatestRow.day.between(today - FRESH, today),
            MarketRow.place.startswith(prefix),
        )
        .order_by(LatestRow.day.desc())
        .limit(1)
    )
    return await session.scalar(days)


async def _side(session: AsyncSession, product: str, prefix: str, end: date) -> _Side:
    # By way of the table of the newest, so that the index of the large one is used, market by market.
    sold = (
        select(LatestRow.variety, LatestRow.market_id)
        .join(MarketRow, MarketRow.id == LatestRow.market_id)
        .where(
            LatestRow.product == product,
            LatestRow.kind == Kind.OFFICIAL,
            LatestRow.day > end - WEEKS * _WEEK,
            MarketRow.place.startswith(prefix),
        )
    ).subquery()
    rows = (
        select(PriceRow.day, PriceRow.market_id, PriceRow.mid)
        .join(sold, (PriceRow.market_id == sold.c.market_id) & (PriceRow.variety == sold.c.variety))
        .where(
            PriceRow.product == product,
            PriceRow.day.between(end - WEEKS * _WEEK + timedelta(days=1), end),
            PriceRow.kind == Kind.OFFICIAL,
            PriceRow.state == State.GOOD,
            PriceRow.mid > 0,
        )
    )
    found = (await session.execute(rows)).all()
    by_week: dict[int, list[Decimal]] = {}
    for row in found:
        by_week.setdefault((end - row.day).days // 7, []).append(row.mid)
    latest = [row for row in found if (end - row.day).days < 7]
    return _Side(
        day=max((row.day for row in latest), default=end),
        markets=len({row.market_id for row in latest}),
        weeks={week: median(mids) for week, mids in by_week.items()},
    )
