"""Prices for tests: a store with an intake, and files of a few rows."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from knowledge_base.markets.headings import Options, told_headings
from knowledge_base.markets.intake import Intake
from knowledge_base.markets.models import Kind
from knowledge_base.markets.nearness import Where
from knowledge_base.markets.quotes import Quotes
from knowledge_base.markets.report import Report
from knowledge_base.markets.rows import rows_in_memory
from knowledge_base.markets.table import Line
from knowledge_base.store import Store

FIELDS = ("product", "variety", "market", "place", "day", "mid", "latitude", "longitude")
PLACES = {"柘城县": "411424", "睢县": "411422", "开封市": "410200", "寿光市": "370783"}
TODAY = date(2026, 11, 22)


def ago(days: int) -> date:
    """So many days before the day of the tests."""
    return TODAY - timedelta(days=days)


def row(
    product: str, market: str, place: str, day: date, price: str, *, variety: str = "", at: tuple[str, str] = ("", "")
) -> tuple[str, ...]:
    """A price in 元/斤."""
    return product, variety, market, place, day.isoformat(), price, *at


class Fair:
    """Prices over a store. `clock.now` moves with `later`."""

    def __init__(self, store: Store, now: datetime, where: Where = lambda _: None) -> None:
        self.store = store
        self.now = now
        self.intake = Intake(store, self.clock, place_code=PLACES.get)
        self.quotes = Quotes(store, self.clock, where=where)

    def clock(self) -> datetime:
        """Now."""
        return self.now

    def later(self, **span: float) -> None:
        """Let time pass."""
        self.now += timedelta(**span)

    async def bring(
        self, *rows: Sequence[str], source: str = "某局", kind: Kind = Kind.OFFICIAL, unit: str = "元/斤"
    ) -> Report:
        """Take rows in, in the order of `FIELDS`."""
        options = Options(source, unit=unit)
        lines = [Line(number, cells, number) for number, cells in enumerate(rows, 1)]
        return await self.intake.take(rows_in_memory("rows", told_headings(FIELDS, options), lines), options, kind=kind)


def write_csv(path: Path, rows: Sequence[Sequence[str]], header: str = "品名,市场,地区,日期,价格(元/公斤)") -> Path:
    """A file with a few rows."""
    path.write_text("\n".join([header, *map(",".join, rows)]) + "\n", "utf-8")
    return path


def yuan(text: str) -> Decimal:
    """An amount."""
    return Decimal(text)
