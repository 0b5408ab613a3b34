"""The search index in SQLite: FTS5 finds candidates, `rank` judges them."""

from collections.abc import Iterable, Sequence

from sqlalchemy import bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge_base.entry import Entry
from knowledge_base.models import EntryRow
from knowledge_base.search.base import Analyzer, Hit, Query
from knowledge_base.search.profile import Profile, profile, searchable
from knowledge_base.search.rank import Rarity, rank
from knowledge_base.store import Store

CANDIDATES = 40
_MATCH = text(
    "SELECT key FROM entry_search WHERE entry_search MATCH :query ORDER BY bm25(entry_search, 0, 1.0, 1.0, 0.8) LIMIT :limit"
)
_DELETE = text("DELETE FROM entry_search WHERE key = :key")
_INSERT = text("INSERT INTO entry_search (key, characters, words, sounds) VALUES (:key, :characters, :words, :sounds)")
_FREQUENCIES = text("SELECT term, doc FROM entry_terms WHERE term IN :terms").bindparams(
    bindparam("terms", expanding=True)
)


class SqliteIndex:
    """A `SearchIndex` in the store's own database, so that an entry and its index row change together."""

    def __init__(self, store: Store, analyze: Analyzer, fingerprint: str = "") -> None:
        """`fingerprint` is the language data's that `analyze` stands on."""
        self.fingerprint = fingerprint
        self._store = store
        self._analyze = analyze
        self._profiles: dict[str, tuple[str, Profile]] = {}

    async def put(self, session: AsyncSession, entries: Sequence[Entry]) -> None:
        """Index entries, in place of what stood under their keys, in the caller's transaction."""
        await self.remove(session, [entry.key for entry in entries])
        if entries:
            await session.execute(_INSERT, [self._row(entry) for entry in entries])

    async def remove(self, session: AsyncSession, keys: Sequence[str]) -> None:
        """Forget the entries under these keys, in the caller's transaction."""
        if keys:
            await session.execute(_DELETE, [{"key": key} for key in keys])

    async def search(self, query: Query, limit: int = 5) -> list[Hit]:
        """The best hits; empty when the question has nothing in common with any entry."""
        asked = self._analyze(query.text)
        terms = [*asked.characters, *asked.pairs, *asked.words, *asked.syllables, *asked.syllable_pairs]
        if not terms:
            return []
        async with self._store.session() as session:
            match = " OR ".join(f'"{term}"' for term in terms)
            keys = (await session.execute(_MATCH, {"query": match, "limit": CANDIDATES})).scalars().all()
            rows = (await session.execute(select(EntryRow).where(EntryRow.key.in_(keys)))).scalars().all()
            frequencies: dict[str, int] = dict((await session.execute(_FREQUENCIES, {"terms": terms})).all())
            count = (await session.execute(text("SELECT count(*) FROM entries"))).scalar_one()
        return rank(query, asked, [self._profile(row) for row in rows], Rarity(frequencies, count))[:limit]

    def _row(self, entry: Entry) -> dict[str, str]:
        tokens = [self._analyze(line) for line in searchable(entry)]
        return {
            "key": entry.key,
            "characters": _joined(t.characters | t.pairs for t in tokens),
            "words": _joined(t.words for t in tokens),
            "sounds": _joined(t.syllables | t.syllable_pairs for t in tokens),
        }

    def _profile(self, row: EntryRow) -> Profile:
        kept = self._profiles.get(row.key)
        if kept is None or kept[0] != row.digest:
            kept = row.digest, profile(Entry.model_validate(row.content), self._analyze)
            self._profiles[row.key] = kept
        return kept[1]


def _joined(parts: Iterable[frozenset[str]]) -> str:
    return " ".join(token for part in parts for token in sorted(part))
