"""Prices into the store, and with them, in the same transaction, the newest of each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import delete, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge_base.markets.models import Kind, LatestRow, PriceRow, State, insert_into
from knowledge_base.markets.offer import Offer

Key = tuple[str, str, int, date, str]
"""Product, variety, market, day and source."""
_ASKED = 500
"""Keys in one question: five values each, and databases take some ten thousands."""
_COLUMNS = (PriceRow.product, PriceRow.variety, PriceRow.market_id, PriceRow.day, PriceRow.source)


@dataclass(frozen=True, slots=True)
class Filed:
    """A price that is to be kept."""

    offer: Offer
    market_id: int
    source: str
    kind: Kind
    state: State

    @property
    def key(self) -> Key:
        """What it is the only one of."""
        return self.offer.product, self.offer.variety, self.market_id, self.offer.day, self.source


@dataclass(frozen=True, slots=True)
class Standing:
    """What the store has under a key already."""

    mid: Decimal
    state: State


@dataclass(frozen=True, slots=True)
class Added:
    """What was there already of a batch, and so is left as it was."""

    before: Mapping[Key, Standing]


class Ledger:
    """Writes in the caller's transaction; a key that is there already stays as it is."""

    async def add(self, session: AsyncSession, prices: Sequence[Filed], at: datetime) -> Added:
        """Keep a batch in which no key comes twice, as of the moment `at`."""
        if not prices:
            return Added({})
        insert = insert_into(session, PriceRow).on_conflict_do_nothing().returning(*_COLUMNS)
        connection = await session.connection()
        result = await connection.execute(insert, [_row(price) for price in prices])
        new = {cast("Key", tuple(row)) for row in result}
        before = await standing(session, [price.key for price in prices if price.key not in new])
        await self._bring_forward(session, [price for price in prices if _stands(price, before)], at)
        return Added(before)

    async def settle(self, session: AsyncSession, row: PriceRow, state: State, at: datetime) -> None:
        """Change what becomes of a price; the newest of its series is found anew."""
        row.state = state
        await session.flush()
        await session.execute(
            delete(LatestRow).where(
                LatestRow.product == row.product,
                LatestRow.variety == row.variety,
                LatestRow.market_id == row.market_id,
                LatestRow.kind == row.kind,
            )
        )
        newest = await session.scalar(
            select(PriceRow)
            .where(
                PriceRow.product == row.product,
                PriceRow.variety == row.variety,
                PriceRow.market_id == row.market_id,
                PriceRow.kind == row.kind,
                PriceRow.state == State.GOOD,
            )
            .order_by(PriceRow.day.desc(), PriceRow.source)
            .limit(1)
        )
        if newest is not None:
            names = (
                "product",
                "variety",
                "market_id",
                "kind",
                "day",
                "source",
                "low",
                "mid",
                "high",
                "unit",
                "figures",
            )
            session.add(LatestRow(**{name: getattr(newest, name) for name in names}, came_at=at))

    async def _bring_forward(self, session: AsyncSession, prices: Sequence[Filed], at: datetime) -> None:
        newest: dict[tuple[str, str, int, str], Filed] = {}
        for price in prices:
            series = (price.offer.product, price.offer.variety, price.market_id, str(price.kind))
            if series not in newest or newest[series].offer.day < price.offer.day:
                newest[series] = price
        if not newest:
            return
        insert = insert_into(session, LatestRow)
        upsert = insert.on_conflict_do_update(
            index_elements=["product", "variety", "market_id", "kind"],
            set_={
                name: insert.excluded[name]
                for name in ("day", "source", "low", "mid", "high", "unit", "figures", "came_at")
            },
            where=insert.excluded.day > LatestRow.day,
        )
        # In the same order from everybody, so that two imports at once wait for each other and not for ever.
        rows = [{**_row(newest[series]), "came_at": at} for series in sorted(newest)]
        for row in rows:
            del row["state"]
        await (await session.connection()).execute(upsert, rows)


async def standing(session: AsyncSession, keys: Sequence[Key]) -> dict[Key, Standing]:
    """What the store has of these."""
    found: dict[Key, Standing] = {}
    for some in _chunks(keys):
        rows = select(*_COLUMNS, PriceRow.mid, PriceRow.state).where(tuple_(*_COLUMNS).in_(some))
        for *key, mid, state in await session.execute(rows):
            found[cast("Key", tuple(key))] = Standing(mid, State(state))
    return found


def _chunks(keys: Sequence[Key]) -> Iterator[Sequence[Key]]:
    return (keys[start : start + _ASKED] for start in range(0, len(keys), _ASKED))


def _stands(price: Filed, before: Mapping[Key, Standing]) -> bool:
    """Whether it is what the store has under its key now, and good."""
    known = before.get(price.key)
    if known is None:
        return price.state is State.GOOD
    return known.state is State.GOOD and known.mid == price.offer.mid


def _row(price: Filed) -> dict[str, Any]:
    offer = price.offer
    return {
        "product": offer.product,
        "variety": offer.variety,
        "market_id": price.market_id,
        "day": offer.day,
        "source": price.source,
        "kind": str(price.kind),
        "state": str(price.state),
        "low": offer.low,
        "mid": offer.mid,
        "high": offer.high,
        "unit": offer.unit,
        "figures": offer.figures,
    }
