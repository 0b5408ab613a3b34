"""All entries at a glance: what is published, what is being written, what is about to expire."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from knowledge_base.curation.states import State
from knowledge_base.curation.versions import History, Version, histories
from knowledge_base.entry import Entry
from knowledge_base.models import EntryRow
from knowledge_base.store import Store

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONTH = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Filter:
    """What to list; None and False leave a matter open. `state` is a `State`, or `expired`, `expiring`."""

    text: str = ""
    state: str | None = None
    kind: str | None = None
    crop: str | None = None
    needs_review: bool = False
    sample: bool = False

    def lets_through(self, row: "Row") -> bool:
        """Whether an entry is among what is wanted."""
        entry = row.entry
        text = self.text.strip().casefold()
        return (
            (self.state is None or self.state in row.states)
            and (self.kind is None or entry.kind == self.kind)
            and (self.crop is None or self.crop in entry.crops)
            and (not self.needs_review or bool(entry.needs_review))
            and (not self.sample or entry.sample)
            and any(text in field.casefold() for field in (entry.key, entry.title, entry.problem or "", *entry.crops))
        )


@dataclass(frozen=True, slots=True)
class Row:
    """An entry in the list: its published text, else its latest, with the states that it is in."""

    key: str
    entry: Entry
    states: frozenset[str]
    shipped: bool
    """Whether what farmers get came with the program."""

    @property
    def ends(self) -> date | None:
        """The last day on which it is given as current."""
        return self.entry.valid_until


class Catalogue:
    """Lists the entries of one store."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock
        self._read: dict[str, tuple[str, Entry]] = {}

    @property
    def today(self) -> date:
        """Today in Shanghai."""
        return self._clock().astimezone(SHANGHAI).date()

    async def rows(self, wanted: Filter | None = None) -> list[Row]:
        """The entries that a filter lets through, by key."""
        async with self._store.session() as session:
            published = {row.key: row for row in (await session.execute(select(EntryRow))).scalars()}
            kept = await histories(session)
        rows = await asyncio.to_thread(self._listed, published, kept)
        return [row for row in rows if wanted is None or wanted.lets_through(row)]

    async def expiring(self, within: timedelta = MONTH) -> list[Row]:
        """Published entries that have expired or will within that time, the soonest first."""
        last = self.today + within
        ending = [(row.ends, row.key, row) for row in await self.rows() if row.ends and State.PUBLISHED in row.states]
        return [row for end, _, row in sorted(ending, key=lambda item: item[:2]) if end <= last]

    async def offered(self) -> dict[str, Version]:
        """The texts of a new release that wait for a decision, by key."""
        async with self._store.session() as session:
            return {key: known.versions[0] for key, known in (await histories(session, State.OFFERED)).items()}

    async def in_review(self) -> dict[str, Version]:
        """What waits for a reviewer, by key."""
        async with self._store.session() as session:
            return {key: known.versions[0] for key, known in (await histories(session, State.IN_REVIEW)).items()}

    async def titles(self) -> dict[str, str]:
        """Every published key with its title."""
        async with self._store.session() as session:
            rows = await session.execute(select(EntryRow.key, EntryRow.content).order_by(EntryRow.key))
            return {key: str(content["title"]) for key, content in rows.all()}

    def _listed(self, published: Mapping[str, EntryRow], kept: Mapping[str, History]) -> list[Row]:
        rows = []
        for key in sorted(published.keys() | kept.keys()):
            known = kept.get(key, History(key, ()))
            row = published.get(key)
            entry = self._entry(row) if row else known.versions[0].entry
            states: set[str] = {version.state for version in known.versions if version.state in _SHOWN}
            if row:
                states |= {State.PUBLISHED, *self._ageing(entry)}
                states.discard(State.WITHDRAWN)
            rows.append(Row(key, entry, frozenset(states), row is not None and row.origin == "shipped"))
        return rows

    def _entry(self, row: EntryRow) -> Entry:
        """The published text, read once: lists are looked at often, and reading is what takes the time."""
        kept = self._read.get(row.key)
        if kept is None or kept[0] != row.digest:
            kept = self._read[row.key] = row.digest, Entry.model_validate(row.content)
        return kept[1]

    def _ageing(self, entry: Entry) -> set[str]:
        if entry.expired(self.today):
            return {"expired"}
        soon = entry.valid_until is not None and entry.valid_until <= self.today + MONTH
        return {"expiring"} if soon else set()


_SHOWN = frozenset({State.DRAFT, State.IN_REVIEW, State.WITHDRAWN, State.OFFERED})
