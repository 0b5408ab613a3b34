"""The versions of entries, as values and as rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CursorResult, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge_base.curation.models import VersionRow
from knowledge_base.curation.states import OPEN, State
from knowledge_base.entry import Entry
from knowledge_base.models import EntryRow

SHIPPED = "shipped"
COUNTY = "county"
NAME_LENGTH = 40


@dataclass(frozen=True, slots=True)
class Seen:
    """A version as somebody had it before their eyes: a step is taken with that text, or not at all."""

    key: str
    number: int
    revision: int


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an entry, with who wrote and who reviewed it. Times are UTC; `created_at` is when this text was saved."""

    key: str
    number: int
    state: State
    origin: str
    content: Mapping[str, Any]
    author: str
    created_at: datetime
    revision: int = 1
    based_on: int | None = None
    submitted_at: datetime | None = None
    reviewer: str | None = None
    reviewed_at: datetime | None = None
    note: str | None = None
    accepted: str | None = None

    @property
    def entry(self) -> Entry:
        """Its text."""
        return Entry.model_validate(self.content)

    @property
    def seen(self) -> Seen:
        """This very text."""
        return Seen(self.key, self.number, self.revision)

    @property
    def title(self) -> str:
        """What the entry is called in this version."""
        return str(self.content["title"])

    @property
    def shipped(self) -> bool:
        """Whether it came with the program."""
        return self.origin == SHIPPED


@dataclass(frozen=True, slots=True)
class History:
    """All versions of one entry, newest first."""

    key: str
    versions: tuple[Version, ...]
    kept: bool = True
    """Whether rows keep them; a shipped text that nobody has edited yet has none."""

    @property
    def open(self) -> Version | None:
        """The draft, or what is in review."""
        return next((v for v in self.versions if v.state in OPEN), None)

    @property
    def published(self) -> Version | None:
        """What farmers are given."""
        return next((v for v in self.versions if v.state is State.PUBLISHED), None)

    @property
    def offered(self) -> Version | None:
        """A text of a new release that nobody has decided on."""
        return next((v for v in self.versions if v.state is State.OFFERED), None)

    @property
    def top(self) -> int:
        """The highest number so far; 0 without versions."""
        return max((v.number for v in self.versions), default=0)

    def get(self, number: int | None) -> Version | None:
        """The version of that number."""
        return next((v for v in self.versions if v.number == number), None)

    def writers(self, version: Version) -> frozenset[str]:
        """Everybody who wrote at a version's text since it was last reviewed."""
        names = {version.author}
        before = self.get(version.based_on)
        while before is not None and before.state is State.DROPPED:
            names.add(before.author)
            before = self.get(before.based_on)
        return frozenset(names)


def version_of(row: VersionRow) -> Version:
    """The value of a row."""
    return Version(
        row.key, row.number, State(row.state), row.origin, row.content, row.author, row.created_at, row.revision,
        row.based_on, row.submitted_at, row.reviewer, row.reviewed_at, row.note, row.accepted,
    )  # fmt: skip


def shipped_version(key: str, number: int, content: Mapping[str, Any], at: datetime, state: State) -> Version:
    """A text as it came with the program, written and read a second time by those it names."""
    reading = content.get("second_reading") or {}
    return Version(
        key=key,
        number=number,
        state=state,
        origin=SHIPPED,
        content=dict(content),
        author=str(content["written_by"])[:NAME_LENGTH],
        created_at=at,
        reviewer=str(reading["by"])[:NAME_LENGTH] if reading else None,
        note=reading.get("against"),
    )


def add(session: AsyncSession, version: Version) -> None:
    """Keep a new version. The database refuses a number that is taken when the transaction is flushed."""
    session.add(
        VersionRow(
            key=version.key,
            number=version.number,
            content=dict(version.content),
            state=version.state,
            origin=version.origin,
            based_on=version.based_on,
            revision=version.revision,
            author=version.author,
            created_at=version.created_at,
            submitted_at=version.submitted_at,
            reviewer=version.reviewer,
            reviewed_at=version.reviewed_at,
            note=version.note,
            accepted=version.accepted,
        )
    )


async def move(session: AsyncSession, version: Version, **values: object) -> bool:
    """Change a version, unless somebody has changed it since; tells whether it was done."""
    result = await session.execute(
        update(VersionRow)
        .where(
            VersionRow.key == version.key,
            VersionRow.number == version.number,
            VersionRow.state == version.state,
            VersionRow.revision == version.revision,
        )
        .values(**values)
    )
    return isinstance(result, CursorResult) and result.rowcount == 1


async def retire(session: AsyncSession, key: str, state: State = State.PUBLISHED) -> None:
    """Let what stands in a state, published or offered, be superseded."""
    await session.execute(
        update(VersionRow).where(VersionRow.key == key, VersionRow.state == state).values(state=State.SUPERSEDED)
    )


async def history(session: AsyncSession, key: str) -> History:
    """The versions of an entry. A shipped text that nobody has edited yet stands as version 1, though no row keeps it."""
    rows = await session.execute(select(VersionRow).where(VersionRow.key == key).order_by(VersionRow.number.desc()))
    versions = tuple(version_of(row) for row in rows.scalars())
    if versions:
        return History(key, versions)
    row = await session.get(EntryRow, key)
    if row is None:
        return History(key, (), kept=False)
    return History(key, (shipped_version(key, 1, row.content, row.updated_at, State.PUBLISHED),), kept=False)


async def histories(session: AsyncSession, *states: State) -> dict[str, History]:
    """Every kept version by key; only those in the given states, if any are given."""
    query = select(VersionRow).order_by(VersionRow.key, VersionRow.number.desc())
    rows = await session.execute(query.where(VersionRow.state.in_(states)) if states else query)
    found: dict[str, list[Version]] = {}
    for row in rows.scalars():
        found.setdefault(row.key, []).append(version_of(row))
    return {key: History(key, tuple(versions)) for key, versions in found.items()}
