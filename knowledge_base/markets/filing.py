"""What becomes of a batch: filed in the store, or only rehearsed."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from knowledge_base.markets.batch import Batch, Judged
from knowledge_base.markets.ledger import Filed, Key, Ledger, standing
from knowledge_base.markets.market_book import MarketBook
from knowledge_base.markets.models import Kind
from knowledge_base.markets.report import Report
from knowledge_base.markets.seen import Seen
from knowledge_base.store import Store


class Desk(Protocol):
    """Works on one batch after the other, and counts in the report."""

    async def handle(self, batch: Batch, book: MarketBook, report: Report) -> None:
        """Take the next one."""


class Filing:
    """Each batch is one transaction."""

    def __init__(self, store: Store, source: str, kind: Kind, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._source = source
        self._kind = kind
        self._clock = clock
        self._ledger = Ledger()

    async def handle(self, batch: Batch, book: MarketBook, report: Report) -> None:
        """Keep what is new."""
        report.begin(batch)
        async with self._store.session() as session:
            ids = await book.ids(session, [(judged.offer, judged.market) for judged in batch.offers])
            filed: dict[Key, Filed] = {}
            by_key: list[tuple[Judged, Key]] = []
            for judged in batch.offers:
                one = Filed(judged.offer, ids[judged.market], self._source, self._kind, judged.state)
                filed.setdefault(one.key, one)
                by_key.append((judged, one.key))
            added = await self._ledger.add(session, list(filed.values()), self._clock())
        for judged, key in by_key:
            if key in added.before:
                report.count(judged, added.before[key].mid)
            else:
                first = filed[key].offer
                report.count(judged, None if first is judged.offer else first.mid)


class Rehearsal:
    """Nothing is kept."""

    def __init__(self, store: Store, source: str, seen: Seen) -> None:
        self._store = store
        self._source = source
        self._seen = seen

    async def handle(self, batch: Batch, book: MarketBook, report: Report) -> None:
        """Count what would be new."""
        report.begin(batch)
        further_up = await asyncio.to_thread(self._further_up, batch)
        keys = [self._key(judged, book) for judged in batch.offers]
        async with self._store.session() as session:
            known = await standing(session, [key for key in dict.fromkeys(keys) if key is not None])
        for judged, key, earlier in zip(batch.offers, keys, further_up, strict=True):
            before = known[key].mid if key in known else earlier
            report.count(judged, before)

    def _further_up(self, batch: Batch) -> list[Decimal | None]:
        return [self._seen.before(judged.offer, judged.market) for judged in batch.offers]

    def _key(self, judged: Judged, book: MarketBook) -> Key | None:
        """None where its market is new, and so is all that is sold there."""
        market, offer = book.known(judged.market), judged.offer
        return None if market is None else (offer.product, offer.variety, market, offer.day, self._source)
