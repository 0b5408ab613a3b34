"""Search latency over the curated answers and as many made-up ones as a county, a province or the country might have."""

import random
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import insert, text

from dialogs.analysis import TextAnalyzer
from knowledge_base.entry import Entry, read_content
from knowledge_base.models import EntryRow
from knowledge_base.search.base import Query
from knowledge_base.search.profile import searchable
from knowledge_base.search.ranked import CANDIDATES, IndexRow, RankedIndex
from knowledge_base.search.sqlite import SqliteShelf
from knowledge_base.store import Store
from nlu.text.normalise import Normaliser
from nlu.text.segmenter import Segmenter
from nlu.words import Words
from tests.bench.figures import Timing, show

SIZES = (1_000, 10_000, 100_000)
QUESTIONS = 60
LINES = 8
BATCH = 2_000
_NOW = datetime(2026, 11, 22, tzinfo=UTC)


async def search(work: Path, cache: Path) -> None:
    """p50 and p95 of finding and ranking, beside a plain FTS5 query over the same rows."""
    words = Words.load()
    analyze = TextAnalyzer(Normaliser(words), Segmenter([surface for surface, _ in words.surfaces()], cache))
    entries = read_content()
    chance = random.Random(20261122)
    lines = [line for entry in entries for line in searchable(entry)]
    asks = chance.sample([ask for entry in entries for ask in entry.asks], QUESTIONS)
    store = Store(f"sqlite+aiosqlite:///{work / 'search.db'}")
    await store.migrate()
    index = RankedIndex(store, SqliteShelf(), analyze)
    async with store.session() as session:
        await session.execute(insert(EntryRow), [_row(entry) for entry in entries])
        await index.put(session, entries)
    made = len(entries)
    for size in SIZES:
        while made < size:
            count = min(BATCH, size - made)
            await _add(store, analyze, [_made_up(entries, lines, chance, made + n) for n in range(count)])
            made += count
        await _measure(store, index, analyze, asks, size)
    await store.close()


async def _measure(store: Store, index: RankedIndex, analyze: TextAnalyzer, asks: Sequence[str], size: int) -> None:
    plain, ranked = [], []
    match = text("SELECT key FROM entry_search WHERE entry_search MATCH :query ORDER BY rank LIMIT :limit")
    for ask in asks:
        tokens = analyze(ask)
        query = " OR ".join(f'"{token}"' for token in sorted(tokens.words | tokens.characters))
        started = time.perf_counter()
        async with store.session() as session:
            (await session.execute(match, {"query": query, "limit": CANDIDATES})).all()
        plain.append((time.perf_counter() - started) * 1000)
        started = time.perf_counter()
        await index.search(Query(ask))
        ranked.append((time.perf_counter() - started) * 1000)
    baseline = Timing(f"plain FTS5, {size} entries", plain)
    show(baseline.row())
    show(Timing(f"search with ranking, {size} entries", ranked).row(baseline))


async def _add(store: Store, analyze: TextAnalyzer, entries: Sequence[Entry]) -> None:
    """Rows straight onto the shelf; the lines' tokens come from the analyzer's cache."""
    shelf = SqliteShelf()
    async with store.session() as session:
        await session.execute(insert(EntryRow), [_row(entry) for entry in entries])
        await shelf.put(session, [_index_row(entry, analyze) for entry in entries])


def _made_up(entries: Sequence[Entry], lines: Sequence[str], chance: random.Random, number: int) -> Entry:
    """An entry that asks what entries of all sorts ask."""
    asks = tuple(chance.sample(lines, LINES))
    model = chance.choice(entries)
    return model.model_copy(update={"key": f"made.n{number}", "asks": asks, "symptoms": (), "aliases": ()})


def _row(entry: Entry) -> dict[str, object]:
    content = entry.model_dump(mode="json")
    return {"key": entry.key, "kind": entry.kind, "content": content, "digest": entry.key, "updated_at": _NOW}


def _index_row(entry: Entry, analyze: TextAnalyzer) -> IndexRow:
    tokens = [analyze(line) for line in entry.asks]
    return IndexRow(
        entry.key,
        tuple(token for t in tokens for token in t.characters | t.pairs),
        tuple(token for t in tokens for token in t.words),
        tuple(token for t in tokens for token in t.syllables | t.syllable_pairs),
    )
