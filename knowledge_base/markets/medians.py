"""What a product usually costs, so that a slip of the keyboard or a wrong unit is seen: held until a person has looked."""

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge_base.markets.models import Kind, LatestRow, PriceRow, ReportRow, State
from knowledge_base.markets.problem import PricesRefused
from knowledge_base.markets.quote import median

Series = tuple[str, str]
"""Product and variety."""

TIMES_OFF = 5
"""More than that over its own median, or less than its fifth, is held."""
SPAN = timedelta(days=90)
ENOUGH = 3
"""Prices that a median is made of, at least."""
MAX_SERIES = 2_000
_MARKETS = 60
_FINE = 100
"""Steps of the histogram for each factor of e: a median is right to half a percent."""


class Histogram:
    """The prices of a file by series; small, however long the file is."""

    def __init__(self) -> None:
        self._counts: dict[Series, Counter[int]] = {}

    @property
    def series(self) -> Collection[Series]:
        """All that there are prices of."""
        return self._counts.keys()

    def add(self, series: Series, price: Decimal) -> None:
        """Count a price above nothing. Raises `PricesRefused` where there are more series than can be."""
        if series not in self._counts and len(self._counts) >= MAX_SERIES:
            raise PricesRefused("too_many_series", limit=MAX_SERIES)
        self._counts.setdefault(series, Counter())[round(math.log(price) * _FINE)] += 1

    def medians(self) -> dict[Series, Decimal]:
        """Of every series with enough prices."""
        return {
            series: Decimal(math.exp(_middle(counts) / _FINE))
            for series, counts in self._counts.items()
            if counts.total() >= ENOUGH
        }


def far_off(prices: Sequence[Decimal | None], usual: Decimal | None) -> bool:
    """Whether any of them is not within five times of what is usual; never, where nothing is known to be usual."""
    if usual is None:
        return False
    return any(p is not None and (p > usual * TIMES_OFF or p * TIMES_OFF < usual) for p in prices)


async def known_medians(
    session: AsyncSession, series: Collection[Series], today: date, kind: Kind
) -> Mapping[Series, Decimal]:
    """What the store knows of the last 90 days; without series of which it knows too little."""
    found = {one: await known_median(session, one, today, kind) for one in series}
    return {one: usual for one, usual in found.items() if usual is not None}


async def known_median(session: AsyncSession, series: Series, today: date, kind: Kind) -> Decimal | None:
    """Of one series; None where there are not enough prices."""
    product, variety = series
    markets = (
        select(LatestRow.market_id)
        .where(
            LatestRow.product == product,
            LatestRow.variety == variety,
            LatestRow.kind == kind,
            LatestRow.day >= today - SPAN,
        )
        .order_by(LatestRow.day.desc(), LatestRow.market_id)
        .limit(_MARKETS)
    )
    # Market by market, which is how the prices' own index runs.
    prices = select(PriceRow.mid).where(
        PriceRow.product == product,
        PriceRow.variety == variety,
        PriceRow.market_id.in_(markets),
        PriceRow.day >= today - SPAN,
        PriceRow.kind == kind,
        PriceRow.state == State.GOOD,
    )
    found = list(await session.scalars(prices))
    return median(found) if len(found) >= ENOUGH else None


async def reported_median(session: AsyncSession, series: Series, today: date) -> Decimal | None:
    """Of what people have reported in the last 90 days; None where there is not enough of it."""
    product, variety = series
    prices = select(ReportRow.price).where(
        ReportRow.product == product,
        ReportRow.variety == variety,
        ReportRow.day >= today - SPAN,
        ReportRow.state == State.GOOD,
    )
    found = list(await session.scalars(prices))
    return median(found) if len(found) >= ENOUGH else None


def _middle(counts: Counter[int]) -> int:
    """The step in which the middle price lies."""
    left = counts.total() // 2
    for step in sorted(counts):
        left -= counts[step]
        if left < 0:
            return step
    raise AssertionError
