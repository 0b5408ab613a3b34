"""Prices of a file or of a service into the store: looked at first, then taken, batch by batch.

Rows are gone through twice: what a product usually costs is known only when all of them have been seen.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from knowledge_base.markets.batch import Reading
from knowledge_base.markets.filing import Desk, Filing, Rehearsal
from knowledge_base.markets.goods import Goods, shipped_goods
from knowledge_base.markets.headings import Options
from knowledge_base.markets.market_book import MarketBook
from knowledge_base.markets.medians import Histogram, known_medians
from knowledge_base.markets.models import Kind
from knowledge_base.markets.offer import OfferReader, PlaceCode
from knowledge_base.markets.problem import PricesRefused
from knowledge_base.markets.quote import county_day
from knowledge_base.markets.report import Progress, Report
from knowledge_base.markets.rows import Rows, rows_of_file
from knowledge_base.markets.seen import seen
from knowledge_base.markets.table import Table
from knowledge_base.store import Store

SOURCE = 60
"""Characters of a source's name."""


def _silent(_done: int, _of: int) -> None:
    """Nobody watches."""


class Intake:
    """Takes prices in. `place_code` gives the code of a place by its name."""

    def __init__(
        self,
        store: Store,
        clock: Callable[[], datetime],
        goods: Goods | None = None,
        place_code: PlaceCode = lambda _: None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._goods = goods or Goods(shipped_goods())
        self._place_code = place_code

    async def check_file(
        self, path: Path, options: Options, progress: Progress = _silent, *, name: str = "", kind: Kind = Kind.OFFICIAL
    ) -> Report:
        """What taking a file would do; changes nothing. Raises `PricesRefused` and OSError."""
        return await self._with_file(path, name, options, progress=progress, kind=kind, work=self.check)

    async def take_file(
        self, path: Path, options: Options, progress: Progress = _silent, *, name: str = "", kind: Kind = Kind.OFFICIAL
    ) -> Report:
        """Take all rows of a file that can be read. Raises `PricesRefused` and OSError, both before anything is kept."""
        return await self._with_file(path, name, options, progress=progress, kind=kind, work=self.take)

    async def check(
        self, rows: Rows, options: Options, progress: Progress = _silent, kind: Kind = Kind.OFFICIAL
    ) -> Report:
        """What taking rows would do."""
        with seen() as before:
            return await self._run(rows, options, progress, kind, Rehearsal(self._store, options.source, before))

    async def take(
        self, rows: Rows, options: Options, progress: Progress = _silent, kind: Kind = Kind.OFFICIAL
    ) -> Report:
        """Take all rows that can be read."""
        return await self._run(rows, options, progress, kind, Filing(self._store, options.source, kind, self._clock))

    async def _with_file(
        self,
        path: Path,
        name: str,
        options: Options,
        *,
        progress: Progress,
        kind: Kind,
        work: Callable[[Rows, Options, Progress, Kind], Awaitable[Report]],
    ) -> Report:
        options = replace(options, source=options.source.strip()[:SOURCE])
        if not options.source:
            raise PricesRefused("no_source")
        with ExitStack() as open_files:
            opening = rows_of_file(path, name or path.name, options)
            rows = await asyncio.to_thread(open_files.enter_context, opening)
            return await work(rows, options, progress, kind)

    async def _run(self, rows: Rows, options: Options, progress: Progress, kind: Kind, desk: Desk) -> Report:
        today = county_day(self._clock())

        def reading(table: Table) -> Reading:
            return Reading(table.lines, OfferReader(rows.headings, options, self._goods, self._place_code, today))

        with rows.read() as table:
            histogram = await self._count(reading(table), table.size, progress)
        async with self._store.session() as session:
            known = await known_medians(session, histogram.series, today, kind)
            book = MarketBook()
            await book.read(session)
        medians = {**histogram.medians(), **known}
        report = Report(rows.name, options.source, rows.headings.fields, rows.headings.unit)
        with rows.read() as table:
            passing = reading(table)
            while (batch := await asyncio.to_thread(passing.batch, book, medians)) is not None:
                await desk.handle(batch, book, report)
                progress(table.size + batch.position, 2 * table.size)
        report.markets = len(book.new)
        if not report.rows:
            raise PricesRefused("no_rows")
        return report

    async def _count(self, passing: Reading, size: int, progress: Progress) -> Histogram:
        histogram = Histogram()
        while (position := await asyncio.to_thread(passing.count, histogram)) is not None:
            progress(position, 2 * size)
        return histogram
