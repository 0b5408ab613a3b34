"""What there is: the markets with their newest day, and how old each source is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select

from knowledge_base.markets.models import Kind, LatestRow, MarketRow, PullRow
from knowledge_base.store import Store

SHOWN = 200


@dataclass(frozen=True, slots=True)
class MarketState:
    """A market, how many products it has prices of, and its newest day."""

    id: int
    name: str
    place: str
    products: int
    day: date


@dataclass(frozen=True, slots=True)
class SourceState:
    """A source, of how many series it has the newest price, and the newest of those. Of a service also how it went."""

    name: str
    kind: Kind | None
    series: int
    day: date | None
    asked_at: datetime | None
    fetched_at: datetime | None
    fault: str | None


class Overview:
    """For the pages of those who keep the prices."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def markets(self, text: str = "") -> Sequence[MarketState]:
        """Those whose name has `text` or whose code begins with it, the longest without news first."""
        rows = (
            select(
                MarketRow.id,
                MarketRow.name,
                MarketRow.place,
                func.count(LatestRow.product.distinct()),
                func.max(LatestRow.day).label("day"),
            )
            .join(LatestRow, LatestRow.market_id == MarketRow.id)
            .group_by(MarketRow.id, MarketRow.name, MarketRow.place)
            .order_by("day", MarketRow.id)
            .limit(SHOWN)
        )
        if text:
            rows = rows.where(
                MarketRow.name.contains(text, autoescape=True) | MarketRow.place.startswith(text, autoescape=True)
            )
        async with self._store.session() as session:
            return [MarketState(*row) for row in await session.execute(rows)]

    async def market(self, number: int) -> tuple[MarketRow, Sequence[LatestRow]] | None:
        """A market with the newest prices of all that is sold there; None where there is no such market."""
        async with self._store.session() as session:
            market = await session.get(MarketRow, number)
            if market is None:
                return None
            wanted = (
                select(LatestRow)
                .where(LatestRow.market_id == number)
                .order_by(LatestRow.product, LatestRow.variety, LatestRow.kind)
            )
            return market, (await session.scalars(wanted)).all()

    async def sources(self) -> Sequence[SourceState]:
        """All that prices came from, those without news for longest first."""
        rows = select(LatestRow.source, LatestRow.kind, func.count(), func.max(LatestRow.day)).group_by(
            LatestRow.source, LatestRow.kind
        )
        async with self._store.session() as session:
            found = (await session.execute(rows)).all()
            pulls = {row.source: row for row in await session.scalars(select(PullRow))}
        states = [_state(name, Kind(kind), series, day, pulls.pop(name, None)) for name, kind, series, day in found]
        states += [_state(name, None, 0, None, pull) for name, pull in pulls.items()]
        return sorted(states, key=lambda state: (state.day or date.min, state.name))


def _state(name: str, kind: Kind | None, series: int, day: date | None, pull: PullRow | None) -> SourceState:
    if pull is None:
        return SourceState(name, kind, series, day, None, None, None)
    return SourceState(name, kind, series, day, pull.asked_at, pull.fetched_at, pull.fault)
