"""Index rows in SQLite: an FTS5 table and its vocabulary."""

from collections.abc import Mapping, Sequence

from sqlalchemy import bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge_base.search.ranked import IndexRow

_MATCH = text(
    "SELECT key FROM entry_search WHERE entry_search MATCH :query ORDER BY bm25(entry_search, 0, 1.0, 1.0, 0.8) LIMIT :limit"
)
_DELETE = text("DELETE FROM entry_search WHERE key = :key")
_INSERT = text("INSERT INTO entry_search (key, characters, words, sounds) VALUES (:key, :characters, :words, :sounds)")
_FREQUENCIES = text("SELECT term, doc FROM entry_terms WHERE term IN :terms").bindparams(
    bindparam("terms", expanding=True)
)


class SqliteShelf:
    """A `Shelf` on FTS5, which knows how telling each term is."""

    async def put(self, session: AsyncSession, rows: Sequence[IndexRow]) -> None:
        """Add rows."""
        values = [
            {
                "key": row.key,
                "characters": " ".join(row.characters),
                "words": " ".join(row.words),
                "sounds": " ".join(row.sounds),
            }
            for row in rows
        ]
        await session.execute(_INSERT, values)

    async def remove(self, session: AsyncSession, keys: Sequence[str]) -> None:
        """Take rows away."""
        await session.execute(_DELETE, [{"key": key} for key in keys])

    async def frequencies(self, session: AsyncSession, terms: Sequence[str]) -> Mapping[str, int]:
        """In how many rows each term stands."""
        return dict((await session.execute(_FREQUENCIES, {"terms": terms})).all())

    async def nearest(self, session: AsyncSession, frequencies: Mapping[str, int], limit: int) -> Sequence[str]:
        """Keys of the nearest rows by BM25."""
        query = " OR ".join(f'"{term}"' for term in frequencies)
        return (await session.execute(_MATCH, {"query": query, "limit": limit})).scalars().all()
