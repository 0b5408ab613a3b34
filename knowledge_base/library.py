"""The published answers: brought in from content files, looked up, searched."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select

from knowledge_base.entry import Entry
from knowledge_base.models import EntryRow
from knowledge_base.safety import PesticideGate, Violation
from knowledge_base.search.base import Hit, Query, SearchIndex
from knowledge_base.store import Store


@dataclass(frozen=True, slots=True)
class Intake:
    """What bringing content in has changed, and what the gate has kept out."""

    published: int
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    refused: tuple[tuple[str, Violation], ...]


class Library:
    """The curated answers of one store. Nothing leaves it that the pesticide gate refuses."""

    def __init__(self, store: Store, index: SearchIndex, gate: PesticideGate, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._index = index
        self._gate = gate
        self._clock = clock

    async def take_in(self, entries: Sequence[Entry]) -> Intake:
        """Make `entries` the published ones: new and changed ones are indexed, others removed, banned advice refused."""
        now = self._clock()
        refused = [(e.key, v) for e in entries for v in self._gate.check(e, now.date())]
        bad = {key for key, _ in refused}
        good = {e.key: (e, _digest(e, self._index.fingerprint)) for e in entries if e.key not in bad}
        async with self._store.session() as session:
            known = dict((await session.execute(select(EntryRow.key, EntryRow.digest))).all())
            changed = [(e, digest) for e, digest in good.values() if known.get(e.key) != digest]
            removed = [key for key in known if key not in good]
            for entry, digest in changed:
                content = entry.model_dump(mode="json")
                row = EntryRow(key=entry.key, kind=entry.kind, content=content, digest=digest, updated_at=now)
                await session.merge(row)
            await session.execute(delete(EntryRow).where(EntryRow.key.in_(removed)))
            await self._index.remove(session, removed)
            await self._index.put(session, [entry for entry, _ in changed])
        return Intake(len(good), tuple(e.key for e, _ in changed), tuple(removed), tuple(refused))

    async def get(self, key: str) -> Entry | None:
        """The published entry under a key, unless it must not be said today."""
        async with self._store.session() as session:
            row = await session.get(EntryRow, key)
        entry = Entry.model_validate(row.content) if row else None
        return entry if entry and self._sayable(entry) else None

    async def search(self, query: Query, limit: int = 5) -> list[Hit]:
        """The best sayable hits."""
        return [hit for hit in await self._index.search(query, limit) if self._sayable(hit.entry)]

    async def titles(self, keys: Sequence[str]) -> dict[str, str]:
        """Titles of those keys that are published, in the order asked."""
        async with self._store.session() as session:
            rows = await session.execute(select(EntryRow).where(EntryRow.key.in_(keys)))
            found = {row.key: str(row.content["title"]) for row in rows.scalars()}
        return {key: found[key] for key in keys if key in found}

    def _sayable(self, entry: Entry) -> bool:
        return not self._gate.check(entry, self._clock().date())


def _digest(entry: Entry, fingerprint: str) -> str:
    """A new one when the entry, or the way it is indexed, has changed."""
    plain = fingerprint + json.dumps(entry.model_dump(mode="json"), ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(plain.encode()).hexdigest()
