"""Imports from the console: an upload is kept, checked, looked at, and taken over; each step may take a while."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from knowledge_base.curation.accounts import Account, Role
from knowledge_base.curation.workbook.dry_run import DryRun
from knowledge_base.curation.workbook.exchange import Exchange, NotAsShown, TakenOver
from knowledge_base.curation.workbook.jobs import Job, Jobs
from knowledge_base.curation.workbook.kept import Kept, Upload
from knowledge_base.curation.workbook.writer import Progress


class Imports:
    """The uploads of all people. A token is good for its owner alone, for an hour."""

    def __init__(self, exchange: Exchange, folder: Path, clock: Callable[[], datetime]) -> None:
        self._exchange = exchange
        self._kept = Kept(folder, clock)
        self._checks: Jobs[DryRun] = Jobs()
        self._takes: Jobs[TakenOver] = Jobs()

    async def bring(self, by: Account, name: str, data: bytes) -> str:
        """Keep a file and return its token. Raises `Forbidden`, `WorkbookRefused` and OSError."""
        by.require(Role.AGENT)
        return (await asyncio.to_thread(self._kept.keep, by, name, data)).token

    def check(self, by: Account, token: str) -> Job[DryRun]:
        """The dry run: under way, done, or begun now. Raises `WorkbookRefused`, as does its task."""
        upload = self._kept.get(by, token)

        async def work(progress: Progress) -> DryRun:
            plan = await self._exchange.dry_run(by, self._kept.path(upload), upload.name, progress)
            self._shown(upload, plan)
            return plan

        known = self._checks.get(_name(by, token))
        return known or self._checks.start(_name(by, token), work)

    def take_over(self, by: Account, token: str) -> Job[TakenOver]:
        """Begin to save what the dry run showed. Its task raises `NotAsShown`: the new dry run is shown next."""
        upload = self._kept.get(by, token)

        async def work(progress: Progress) -> TakenOver:
            path = self._kept.path(upload)
            try:
                taken = await self._exchange.take_over(by, path, upload.name, upload.shown, progress)
            except NotAsShown as other:
                self._shown(upload, other.now)
                self._checks.forget(_name(by, token))
                raise
            self.drop(by, token)
            return taken

        return self._takes.start(_name(by, token), work)

    def taking(self, by: Account, token: str) -> Job[TakenOver] | None:
        """The taking over that was begun."""
        return self._takes.get(_name(by, token))

    def drop(self, by: Account, token: str) -> None:
        """Forget an upload. Raises `WorkbookRefused` where it is gone already."""
        self._kept.forget(self._kept.get(by, token))
        self._checks.forget(_name(by, token))

    def _shown(self, upload: Upload, plan: DryRun) -> None:
        self._kept.mark(upload, plan.fingerprint)


def _name(by: Account, token: str) -> str:
    return f"{by.name}\n{token}"
