"""What every index shares: a question is cut, the database finds candidates, and `rank` judges them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge_base.entry import Entry
from knowledge_base.models import EntryRow
from knowledge_base.search.base import Analyzer, Hit, Query, Tokens
from knowledge_base.search.profile import Profile, profile, searchable
from knowledge_base.search.rank import Rarity, rank
from knowledge_base.store import Store

CANDIDATES = 40
POSTINGS = 20_000
"""About so many matches are weighed for a question, the rarest terms first, however many entries there are."""


@dataclass(frozen=True, slots=True)
class IndexRow:
    """The tokens of all lines of an entry, sort by sort; a token may stand several times."""

    key: str
    characters: tuple[str, ...]
    words: tuple[str, ...]
    sounds: tuple[str, ...]


class Shelf(Protocol):
    """Index rows in one sort of database, written and read in the caller's transaction."""

    async def put(self, session: AsyncSession, rows: Sequence[IndexRow]) -> None:
        """Add rows; none stands under these keys."""

    async def remove(self, session: AsyncSession, keys: Sequence[str]) -> None:
        """Take rows away."""

    async def frequencies(self, session: AsyncSession, terms: Sequence[str]) -> Mapping[str, int]:
        """In how many rows each term stands; terms that stand nowhere may be left out."""

    async def nearest(self, session: AsyncSession, frequencies: Mapping[str, int], limit: int) -> Sequence[str]:
        """Keys of the rows that have most of these terms in common, by how telling they are; nearest first."""


class RankedIndex:
    """A `SearchIndex` in the store's own database, so that an entry and its index row change together."""

    def __init__(self, store: Store, shelf: Shelf, analyze: Analyzer, fingerprint: str = "") -> None:
        """`fingerprint` is the language data's that `analyze` stands on."""
        self.fingerprint = fingerprint
        self._store = store
        self._shelf = shelf
        self._analyze = analyze
        self._profiles: dict[str, tuple[str, Profile]] = {}

    async def put(self, session: AsyncSession, entries: Sequence[Entry]) -> None:
        """Index entries, in place of what stood under their keys, in the caller's transaction."""
        if entries:
            await self._shelf.remove(session, [entry.key for entry in entries])
            await self._shelf.put(session, [self._row(entry) for entry in entries])

    async def remove(self, session: AsyncSession, keys: Sequence[str]) -> None:
        """Forget the entries under these keys, in the caller's transaction."""
        if keys:
            await self._shelf.remove(session, keys)

    async def search(self, query: Query, limit: int = 5, trial: Entry | None = None) -> list[Hit]:
        """The best hits; a `trial` entry stands in for the published one under its key."""
        asked = self._analyze(query.text)
        terms = _terms(asked)
        if not terms:
            return []
        async with self._store.session() as session:
            frequencies = await self._shelf.frequencies(session, terms)
            telling = _telling(frequencies)
            keys = await self._shelf.nearest(session, telling, CANDIDATES) if telling else ()
            profiles = await self._profiled(session, [key for key in keys if trial is None or key != trial.key])
            count = (await session.execute(select(func.count()).select_from(EntryRow))).scalar_one()
        if trial is not None:
            profiles.append(profile(trial, self._analyze))
        return rank(query, asked, profiles, Rarity(frequencies, count))[:limit]

    def _row(self, entry: Entry) -> IndexRow:
        tokens = [self._analyze(line) for line in searchable(entry)]
        return IndexRow(
            entry.key,
            tuple(token for t in tokens for token in sorted(t.characters | t.pairs)),
            tuple(token for t in tokens for token in sorted(t.words)),
            tuple(token for t in tokens for token in sorted(t.syllables | t.syllable_pairs)),
        )

    async def _profiled(self, session: AsyncSession, keys: Sequence[str]) -> list[Profile]:
        """Profiles of the entries as they are published now; only those that have changed are read whole."""
        heads = (await session.execute(select(EntryRow.key, EntryRow.digest).where(EntryRow.key.in_(keys)))).all()
        known = {key: self._profiles[key][1] for key, digest in heads if self._profiles.get(key, ("",))[0] == digest}
        changed = [key for key, _ in heads if key not in known]
        if changed:
            columns = select(EntryRow.key, EntryRow.digest, EntryRow.content)
            for key, digest, content in await session.execute(columns.where(EntryRow.key.in_(changed))):
                known[key] = profile(Entry.model_validate(content), self._analyze)
                self._profiles[key] = digest, known[key]
        return list(known.values())


def _telling(frequencies: Mapping[str, int]) -> dict[str, int]:
    """The rarest terms, as many as may be weighed; at least one."""
    telling: dict[str, int] = {}
    postings = 0
    for term, frequency in sorted(frequencies.items(), key=lambda item: (item[1], item[0])):
        postings += frequency
        if telling and postings > POSTINGS:
            break
        telling[term] = frequency
    return telling


def _terms(asked: Tokens) -> list[str]:
    return sorted(asked.characters | asked.pairs | asked.words | asked.syllables | asked.syllable_pairs)
