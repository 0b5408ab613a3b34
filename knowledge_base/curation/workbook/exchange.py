"""Entries out to a workbook and back as drafts: the service behind the page and the command."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from knowledge_base.curation.accounts import Account, Role
from knowledge_base.curation.audit import Audit
from knowledge_base.curation.catalogue import SHANGHAI, Catalogue, Filter
from knowledge_base.curation.refusals import EditConflict, WrongState
from knowledge_base.curation.versions import Version
from knowledge_base.curation.workbook.checker import Checker
from knowledge_base.curation.workbook.dry_run import Draftable, DryRun
from knowledge_base.curation.workbook.reader import read_sheet
from knowledge_base.curation.workbook.standing import standings
from knowledge_base.curation.workbook.writer import Progress, write_workbook
from knowledge_base.entry import Entry, read_subjects
from knowledge_base.safety import PesticideGate
from knowledge_base.store import Store


class Drafts(Protocol):
    """Where a row becomes a draft: the workflow, in the caller's transaction."""

    async def save(
        self,
        by: Account,
        entry: Entry,
        *,
        based_on: int | None,
        revision: int | None = None,
        session: AsyncSession | None = None,
    ) -> Version: ...


class NotAsShown(Exception):
    """What the file would do is not, or not any more, what its owner was shown; `now` is what it would do."""

    def __init__(self, now: DryRun) -> None:
        super().__init__(now.name)
        self.now = now


@dataclass(frozen=True, slots=True)
class TakenOver:
    """What an import has done: the drafts that it has saved, and how many rows changed nothing."""

    saved: tuple[Version, ...]
    unchanged: int


def _quiet(_done: int, _of: int) -> None:
    """Nobody looks on."""


class Exchange:
    """Writes, checks and takes over workbooks of one store."""

    def __init__(
        self,
        store: Store,
        drafts: Drafts,
        catalogue: Catalogue,
        *,
        gate: PesticideGate,
        audit: Audit,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._drafts = drafts
        self._catalogue = catalogue
        self._gate = gate
        self._audit = audit
        self._clock = clock

    async def export(self, path: Path, wanted: Filter | None = None, progress: Progress = _quiet) -> int:
        """Write the entries that a filter lets through; returns how many. Raises `TooLongForCell` and OSError."""
        entries = [row.entry for row in await self._catalogue.rows(wanted)]
        await asyncio.to_thread(write_workbook, entries, path, progress)
        return len(entries)

    async def dry_run(self, by: Account, path: Path, name: str, progress: Progress = _quiet) -> DryRun:
        """What the file would do. Raises `WorkbookRefused`, `Forbidden` and OSError."""
        by.require(Role.AGENT)
        sheet = await asyncio.to_thread(read_sheet, path, name)
        async with self._store.session() as session:
            standing = await standings(session)
        today = self._clock().astimezone(SHANGHAI).date()
        checker = Checker(by, standing, frozenset(read_subjects()), self._gate, today)
        return await asyncio.to_thread(checker.check, sheet, name, progress)

    async def take_over(
        self, by: Account, path: Path, name: str, shown: str | None = None, progress: Progress = _quiet
    ) -> TakenOver:
        """Save every row that differs as a draft: all of them, or none.

        `shown` is the fingerprint of the dry run that the person has seen. Raises `NotAsShown` where there are
        problems or it would now do something else, and like `dry_run`.
        """
        plan = await self.dry_run(by, path, name, progress)
        if plan.problems or (shown is not None and shown != plan.fingerprint):
            raise NotAsShown(plan)
        try:
            async with self._store.session() as session:
                saved = [await self._saved(session, by, row) for row in plan.to_save]
                self._audit.record(session, by, "workbook.import", name, drafts=len(saved))
        except (EditConflict, WrongState):
            # Somebody was quicker, between the check and the transaction: shown again, nothing is saved.
            raise NotAsShown(await self.dry_run(by, path, name)) from None
        return TakenOver(tuple(saved), len(plan.rows) - len(saved))

    async def _saved(self, session: AsyncSession, by: Account, row: Draftable) -> Version:
        entry, based_on, revision = row.entry, row.based_on, row.revision
        return await self._drafts.save(by, entry, based_on=based_on, revision=revision, session=session)
