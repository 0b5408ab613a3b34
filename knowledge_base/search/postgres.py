"""Index rows in PostgreSQL: a tsvector for each entry, and a table of how many rows have each term."""

import math
from collections.abc import Mapping, Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge_base.search.ranked import IndexRow

_LOCK = text("SELECT pg_advisory_xact_lock(hashtext('entry_terms'))")
_INSERT = text("INSERT INTO entry_search (key, tokens) VALUES (:key, array_to_tsvector(CAST(:terms AS text[])))")
_COUNT_UP = text(
    "INSERT INTO entry_terms AS known (term, doc) SELECT term, count(*) FROM entry_search, unnest(tsvector_to_array(tokens)) AS term "
    "WHERE key = ANY(:keys) GROUP BY term ON CONFLICT (term) DO UPDATE SET doc = known.doc + excluded.doc"
)
_COUNT_DOWN = text(
    "UPDATE entry_terms AS known SET doc = known.doc - gone.doc FROM (SELECT term, count(*) AS doc FROM entry_search, "
    "unnest(tsvector_to_array(tokens)) AS term WHERE key = ANY(:keys) GROUP BY term) AS gone WHERE known.term = gone.term"
)
_DELETE = text("DELETE FROM entry_search WHERE key = ANY(:keys)")
_FREQUENCIES = text("SELECT term, doc FROM entry_terms WHERE doc > 0 AND term = ANY(:terms)")
_SCANS = text("SELECT set_config('enable_seqscan', :scans, true), set_config('enable_indexscan', :scans, true)")
_NEAREST = text(
    "SELECT key FROM entry_search JOIN unnest(CAST(:terms AS text[]), CAST(:weights AS float8[])) AS asked (term, weight) "
    "ON tokens @@ CAST(quote_literal(term) AS tsquery) GROUP BY key ORDER BY sum(weight) DESC, key LIMIT :limit"
)


class PostgresShelf:
    """A `Shelf` on a GIN index. One transaction at a time changes it, so that the counts stay right."""

    async def put(self, session: AsyncSession, rows: Sequence[IndexRow]) -> None:
        """Add rows."""
        await session.execute(_LOCK)
        terms = [(row.key, sorted({*row.characters, *row.words, *row.sounds})) for row in rows]
        await session.execute(_INSERT, [{"key": key, "terms": listed} for key, listed in terms])
        await session.execute(_COUNT_UP, {"keys": [row.key for row in rows]})

    async def remove(self, session: AsyncSession, keys: Sequence[str]) -> None:
        """Take rows away."""
        await session.execute(_LOCK)
        await session.execute(_COUNT_DOWN, {"keys": list(keys)})
        await session.execute(_DELETE, {"keys": list(keys)})

    async def frequencies(self, session: AsyncSession, terms: Sequence[str]) -> Mapping[str, int]:
        """In how many rows each term stands."""
        return dict((await session.execute(_FREQUENCIES, {"terms": list(terms)})).all())

    async def nearest(self, session: AsyncSession, frequencies: Mapping[str, int], limit: int) -> Sequence[str]:
        """Keys of the rows that share the most telling terms."""
        weights = [1 / math.log(2 + frequency) for frequency in frequencies.values()]
        # Left to itself, the planner compares every row's tokens with every term, for it does not count what it takes to
        # unpack them: thirty times the time of the GIN index, which is the only way that is left here.
        await session.execute(_SCANS, {"scans": "off"})
        found = await session.execute(_NEAREST, {"terms": list(frequencies), "weights": weights, "limit": limit})
        await session.execute(_SCANS, {"scans": "on"})
        return found.scalars().all()
