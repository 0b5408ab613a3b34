"""The published answers: brought in from content files, published and withdrawn by the county, looked up, searched."""

import asyncio
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge_base.curation.shipping import bring, withdrawn_keys
from knowledge_base.curation.versions import COUNTY, SHIPPED
from knowledge_base.entry import Entry
from knowledge_base.models import EntryRow
from knowledge_base.safety import PesticideGate, Violation
from knowledge_base.search.base import Hit, Query, SearchIndex
from knowledge_base.store import Store


@dataclass(frozen=True, slots=True)
class Intake:
    """What bringing content in has changed, and what the gate has kept out.

    `offered` are entries of which the county has its own version, or wants none, and of which the program brings a new text.
    """

    published: int
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    refused: tuple[tuple[str, Violation], ...]
    offered: tuple[str, ...] = ()


class BannedAdvice(Exception):
    """The text gives a banned product as advice."""

    def __init__(self, violations: Sequence[Violation]) -> None:
        super().__init__("; ".join(map(str, violations)))
        self.violations = tuple(violations)


class Library:
    """The curated answers of one store. Nothing leaves it that the pesticide gate refuses."""

    def __init__(self, store: Store, index: SearchIndex, gate: PesticideGate, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._index = index
        self._gate = gate
        self._clock = clock

    async def take_in(self, entries: Sequence[Entry]) -> Intake:
        """Make `entries` the shipped ones: new and changed ones are indexed, others removed, banned advice refused.

        What the county has published stays, and what it has withdrawn stays away.
        """
        now = self._clock()
        refused = [(e.key, v) for e in entries for v in self._gate.check(e, now.date())]
        bad = {key for key, _ in refused}
        good = {e.key: e for e in entries if e.key not in bad}
        async with self._store.session() as session:
            rows = {row.key: row for row in (await session.execute(select(EntryRow))).scalars()}
            county = {key for key, row in rows.items() if row.origin == COUNTY}
            own = county | await withdrawn_keys(session)
            wanted = {key: entry for key, entry in good.items() if key not in own}
            removed = [key for key in rows if key not in wanted and key not in county]
            offered = await bring(session, good, own, removed, now)
            wanted |= {key: Entry.model_validate(rows[key].content) for key in county}
            changed = []
            for key, entry in wanted.items():
                digest = _digest(entry, self._index.fingerprint)
                if key not in rows or rows[key].digest != digest:
                    changed.append(entry)
                    version = rows[key].version if key in county else None
                    row = self._row(entry, now, COUNTY if key in county else SHIPPED, version)
                    if key in rows:
                        await session.merge(row)
                    else:  # without asking for each whether it is there
                        session.add(row)
            await session.execute(delete(EntryRow).where(EntryRow.key.in_(removed)))
            await self._index.remove(session, removed)
            await self._index.put(session, changed)
        return Intake(len(wanted), tuple(e.key for e in changed), tuple(removed), tuple(refused), offered)

    async def publish(self, session: AsyncSession, entry: Entry, version: int) -> None:
        """Make the county's version of an entry the published one, in the caller's transaction. Raises `BannedAdvice`."""
        now = self._clock()
        violations = self._gate.check(entry, now.date())
        if violations:
            raise BannedAdvice(violations)
        await session.merge(self._row(entry, now, COUNTY, version))
        await session.flush()
        await self._index.put(session, [entry])

    async def withdraw(self, session: AsyncSession, key: str) -> None:
        """Take an entry from what is answered, in the caller's transaction."""
        await session.execute(delete(EntryRow).where(EntryRow.key == key))
        await self._index.remove(session, [key])

    async def get(self, key: str) -> Entry | None:
        """The published entry under a key, unless it must not be said today."""
        async with self._store.session() as session:
            row = await session.get(EntryRow, key)
        entry = Entry.model_validate(row.content) if row else None
        return entry if entry and self._sayable(entry) else None

    async def search(self, query: Query, limit: int = 5, trial: Entry | None = None) -> list[Hit]:
        """The best sayable hits; a `trial` entry stands in place of the published one for this search only."""
        return [hit for hit in await self._index.search(query, limit, trial) if self._sayable(hit.entry)]

    async def titles(self, keys: Sequence[str]) -> dict[str, str]:
        """Titles of those keys that are published, in the order asked."""
        async with self._store.session() as session:
            rows = await session.execute(select(EntryRow).where(EntryRow.key.in_(keys)))
            found = {row.key: str(row.content["title"]) for row in rows.scalars()}
        return {key: found[key] for key in keys if key in found}

    async def entries(self) -> list[Entry]:
        """Everything that is published, by key."""
        async with self._store.session() as session:
            contents = (await session.execute(select(EntryRow.content).order_by(EntryRow.key))).scalars().all()
        return await asyncio.to_thread(lambda: [Entry.model_validate(content) for content in contents])

    async def stamp(self) -> str:
        """Another one whenever anything has been published or withdrawn, in whichever process."""
        async with self._store.session() as session:
            latest = await session.execute(select(func.count(), func.max(EntryRow.updated_at)).select_from(EntryRow))
            count, moment = latest.one()
        return f"{count}/{moment.isoformat() if moment else ''}"

    def trying(self, trial: Entry) -> "Library":
        """The same library with an unpublished entry in place of the published one; for reading only."""
        return _TrialLibrary(trial, self._store, self._index, self._gate, self._clock)

    def _row(self, entry: Entry, now: datetime, origin: str, version: int | None) -> EntryRow:
        return EntryRow(
            key=entry.key,
            kind=entry.kind,
            content=entry.model_dump(mode="json"),
            digest=_digest(entry, self._index.fingerprint),
            updated_at=now,
            origin=origin,
            version=version,
        )

    def _sayable(self, entry: Entry) -> bool:
        return not self._gate.check(entry, self._clock().date())


class _TrialLibrary(Library):
    """A library in which one unpublished entry stands in place of the published one."""

    def __init__(
        self, trial: Entry, store: Store, index: SearchIndex, gate: PesticideGate, clock: Callable[[], datetime]
    ) -> None:
        super().__init__(store, index, gate, clock)
        self._trial = trial

    async def get(self, key: str) -> Entry | None:
        return self._trial if key == self._trial.key and self._sayable(self._trial) else await super().get(key)

    async def search(self, query: Query, limit: int = 5, trial: Entry | None = None) -> list[Hit]:
        return await super().search(query, limit, trial or self._trial)

    async def titles(self, keys: Sequence[str]) -> dict[str, str]:
        known = {**await super().titles(keys), self._trial.key: self._trial.title}
        return {key: known[key] for key in keys if key in known}


def _digest(entry: Entry, fingerprint: str) -> str:
    """A new one when the entry, or the way it is indexed, has changed."""
    plain = fingerprint + json.dumps(entry.model_dump(mode="json"), ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(plain.encode()).hexdigest()
