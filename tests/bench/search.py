"""Search latency over the curated answers and as many made-up ones as a county, a province or the country might have."""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from sqlalchemy import insert, text

from dialogs.analysis import TextAnalyzer
from knowledge_base.entry import Entry, read_content
from knowledge_base.models import EntryRow
from knowledge_base.search.base import Analyzer, Query
from knowledge_base.search.postgres import PostgresShelf
from knowledge_base.search.profile import searchable
from knowledge_base.search.ranked import CANDIDATES, IndexRow, RankedIndex, Shelf
from knowledge_base.search.sqlite import SqliteShelf
from knowledge_base.store import Store
from nlu.text.normalise import Normaliser
from nlu.text.segmenter import Segmenter
from nlu.words import Words
from tests.bench.figures import Timing, show
from tests.fakes.postgres import postgres_server

SHIPPED = "as shipped"
SIZES = (1_000, 10_000, 100_000)
POSTGRES_MOST = 10_000
"""More entries take PostgreSQL longer to index than all the rest of the measuring."""
QUESTIONS = 60
LINES = 8
BATCH = 2_000
_NOW = datetime(2026, 11, 22, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Side:
    """One sort of database with its index."""

    name: str
    store: Store
    shelf: Shelf
    index: RankedIndex

    async def add(self, entries: Sequence[Entry], rows: Sequence[IndexRow]) -> None:
        """Rows straight onto the shelf."""
        async with self.store.session() as session:
            await session.execute(insert(EntryRow), [_row(entry) for entry in entries])
            await self.shelf.put(session, rows)


async def search(work: Path, cache: Path) -> None:
    """p50 and p95 of finding and ranking in both databases, in turn, beside a plain FTS5 query over the same rows."""
    words = Words.load()
    analyzer = TextAnalyzer(Normaliser(words), Segmenter([surface for surface, _ in words.surfaces()], cache))
    analyze: Analyzer = lru_cache(maxsize=None)(analyzer)
    entries = read_content()
    chance = random.Random(20261122)
    lines = [line for entry in entries for line in searchable(entry)]
    asks = chance.sample([ask for entry in entries for ask in entry.asks], QUESTIONS)
    with postgres_server() as server:
        shelves: Sequence[tuple[str, str, Shelf]] = (
            ("SQLite", f"sqlite+aiosqlite:///{work / 'search.db'}", SqliteShelf()),
            ("PostgreSQL", server.new_database(), PostgresShelf()),
        )
        sides = []
        for name, url, shelf in shelves:
            store = Store(url)
            await store.migrate()
            sides.append(Side(name, store, shelf, RankedIndex(store, shelf, analyze)))
        for side in sides:
            await side.add(entries, [_index_row(entry, searchable(entry), analyze) for entry in entries])
        await _measure(sides, analyze, asks, SHIPPED)
        made = len(entries)
        for size in SIZES:
            while made < size:
                count = min(BATCH, size - made)
                some = [_made_up(entries, lines, chance, made + n) for n in range(count)]
                rows = [_index_row(entry, entry.asks, analyze) for entry in some]
                for side in sides if size <= POSTGRES_MOST else sides[:1]:
                    await side.add(some, rows)
                made += count
            await _measure(sides if size <= POSTGRES_MOST else sides[:1], analyze, asks, f"{size} entries")
        for side in sides:
            await side.store.close()


async def _measure(sides: Sequence[Side], analyze: Analyzer, asks: Sequence[str], size: str) -> None:
    plain: list[float] = []
    ranked: dict[str, list[float]] = {side.name: [] for side in sides}
    match = text("SELECT key FROM entry_search WHERE entry_search MATCH :query ORDER BY rank LIMIT :limit")
    for ask in [*asks, *asks]:  # the first time warms: a candidate is read whole once
        tokens = analyze(ask)
        query = " OR ".join(f'"{token}"' for token in sorted(tokens.words | tokens.characters))
        started = time.perf_counter()
        async with sides[0].store.session() as session:
            (await session.execute(match, {"query": query, "limit": CANDIDATES})).all()
        plain.append((time.perf_counter() - started) * 1000)
        for side in sides:
            started = time.perf_counter()
            await side.index.search(Query(ask))
            ranked[side.name].append((time.perf_counter() - started) * 1000)
    baseline = Timing(f"plain FTS5, {size}", plain[len(asks) :])
    show(baseline.row())
    for name, times in ranked.items():
        show(Timing(f"ranked search, {size}, {name}", times[len(asks) :]).row(baseline))


def _made_up(entries: Sequence[Entry], lines: Sequence[str], chance: random.Random, number: int) -> Entry:
    """An entry that asks what entries of all sorts ask."""
    asks = tuple(chance.sample(lines, LINES))
    model = chance.choice(entries)
    return model.model_copy(update={"key": f"made.n{number}", "asks": asks, "symptoms": (), "aliases": ()})


def _row(entry: Entry) -> dict[str, object]:
    content = entry.model_dump(mode="json")
    return {"key": entry.key, "kind": entry.kind, "content": content, "digest": entry.key, "updated_at": _NOW}


def _index_row(entry: Entry, lines: Sequence[str], analyze: Analyzer) -> IndexRow:
    """Its row; the lines' tokens are cut once, for they come again and again."""
    tokens = [analyze(line) for line in lines]
    return IndexRow(
        entry.key,
        tuple(token for t in tokens for token in t.characters | t.pairs),
        tuple(token for t in tokens for token in t.words),
        tuple(token for t in tokens for token in t.syllables | t.syllable_pairs),
    )
