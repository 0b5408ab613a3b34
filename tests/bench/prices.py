"""Prices: a million rows of CSV into the store, and what an answer costs with ten thousand and five million of them."""

import asyncio
import csv
import random
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from knowledge_base.markets.goods import shipped_goods
from knowledge_base.markets.headings import Options
from knowledge_base.markets.intake import Intake
from knowledge_base.markets.models import Kind
from knowledge_base.markets.quotes import Quotes
from knowledge_base.store import Store
from tests.bench.figures import Timing, resident, show

IMPORTED = 1_000_000
SIZES = (10_000, 5_000_000)
MARKETS = 400
PRODUCTS = 50
TODAY = date(2026, 11, 22)
ASKED = 60
_ROWS_A_STEP = 250_000

_MARKETS = """
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :markets)
INSERT INTO markets (id, name, place, latitude, longitude)
SELECT i + 1, 'market ' || i, CAST(410000 + 100 * (i % 18 + 1) + i / 18 AS TEXT), 31.5 + i % 20 * 0.2, 111 + i / 20 * 0.2 FROM n
"""
_PRICES = """
WITH RECURSIVE n(i) AS (SELECT :first UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :last)
INSERT INTO prices (product, variety, market_id, day, source, kind, state, low, mid, high, unit, figures)
SELECT p.name, '', i / :products % :markets + 1, date('2026-11-21', '-' || (i / :products / :markets) || ' days'), 'bench',
  'official', 'good', 1000000 + i % 977, 1050000 + i % 977, 1100000 + i % 977, '元/公斤', '2.1/2.2/2.3'
FROM n JOIN product_names p ON p.number = i % :products
"""
_LATEST = """
INSERT INTO latest_prices (product, variety, market_id, kind, day, source, low, mid, high, unit, figures, came_at)
SELECT product, variety, market_id, kind, day, source, low, mid, high, unit, figures, '2026-11-22 00:00:00.000000'
FROM prices WHERE id <= :products * :markets
"""


def clock() -> datetime:
    """The day of the bench."""
    return datetime(2026, 11, 22, 1, tzinfo=UTC)


async def prices(work: Path, rows: int = IMPORTED) -> None:
    """The import, then the answers."""
    await _imported(work, rows)
    baseline: dict[str, Timing] = {}
    for size in SIZES:
        await _answers(work, size, baseline)


async def _imported(work: Path, rows: int) -> None:
    path = work / "prices.csv"
    await asyncio.to_thread(_write, path, rows)
    store = Store(f"sqlite+aiosqlite:///{work / 'import.db'}")
    await store.migrate()
    intake = Intake(store, clock)
    options = Options("bench")
    before = resident()
    for name, work_on in (("dry run", intake.check_file), ("import", intake.take_file), ("again", intake.take_file)):
        most = before

        def watch(_done: int, _of: int) -> None:
            nonlocal most
            most = max(most, resident())

        started, used = time.perf_counter(), time.process_time()
        report = await work_on(path, options, watch)
        seconds, processor = time.perf_counter() - started, time.process_time() - used
        show(
            f"{f'prices: {name}, {report.rows} rows':<44} {seconds:6.0f} s ({processor:.0f} s processor), "
            f"{report.new} new, {report.same} there, memory {before:.0f} -> at most {most:.0f} MB"
        )
    await store.close()
    path.unlink()


async def _answers(work: Path, size: int, baseline: dict[str, Timing]) -> None:
    store = Store(f"sqlite+aiosqlite:///{work / f'prices{size}.db'}")
    await store.migrate()
    names = _names()
    bounds = {"markets": MARKETS, "products": PRODUCTS}
    async with store.session() as session:
        await session.execute(text("CREATE TABLE product_names (number INTEGER PRIMARY KEY, name TEXT)"))
        await session.execute(
            text("INSERT INTO product_names VALUES (:number, :name)"),
            [{"number": number, "name": name} for number, name in enumerate(names)],
        )
        await session.execute(text(_MARKETS), {"markets": MARKETS})
    for first in range(0, size, _ROWS_A_STEP):
        async with store.session() as session:
            await session.execute(text(_PRICES), {"first": first, "last": min(size, first + _ROWS_A_STEP), **bounds})
    async with store.session() as session:
        await session.execute(text(_LATEST), bounds)
    quotes = Quotes(store, clock)
    chance = random.Random(size)

    async def answer() -> None:
        product, place = chance.choice(names), f"41{chance.randrange(1, 19):02}{chance.randrange(22):02}"
        quote = (await quotes.latest(product, near=place))[0]
        await quotes.compared(quote)
        await quotes.series(product, quote.market_id or 0)

    async def newest() -> None:
        await quotes.latest(chance.choice(names), near="411424", kinds=[Kind.OFFICIAL])

    async def ratio() -> None:
        await quotes.ratio("41")

    for name, ask in (("nearest markets", newest), ("price answer", answer), ("pig to maize", ratio)):
        timing = await _timed(f"prices: {name}, {size} rows", ask)
        show(timing.row(baseline.setdefault(name, timing)))
    await store.close()


async def _timed(name: str, ask: Callable[[], Awaitable[None]]) -> Timing:
    await ask()
    times = []
    for _ in range(ASKED):
        started = time.perf_counter()
        await ask()
        times.append((time.perf_counter() - started) * 1000)
    return Timing(name, times)


def _names() -> list[str]:
    return list(dict.fromkeys(["猪", *shipped_goods()]))[:PRODUCTS]


def _write(path: Path, rows: int) -> None:
    """Newest days first, as an export of several years has them."""
    chance = random.Random(rows)
    names = _names()
    usual = {name: chance.uniform(1, 9) for name in names}
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(("品名", "市场", "地区", "日期", "最低价(元/公斤)", "价格(元/公斤)", "最高价(元/公斤)"))
        for number in range(rows):
            name, market = names[number % PRODUCTS], number // PRODUCTS % MARKETS
            day = TODAY - timedelta(days=1 + number // PRODUCTS // MARKETS)
            mid = usual[name] * chance.uniform(0.8, 1.2)
            figures = (f"{mid * 0.95:.2f}", f"{mid:.2f}", f"{mid * 1.05:.2f}")
            out.writerow((name, f"第{market}市场", 410100 + market, day.isoformat(), *figures))
