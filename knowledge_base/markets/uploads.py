"""Files of prices from the console: kept, checked, looked at, and taken; each step may take a while."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from pydantic import TypeAdapter

from knowledge_base.curation.accounts import Account, Role
from knowledge_base.curation.audit import Audit
from knowledge_base.curation.workbook.jobs import Job, Jobs
from knowledge_base.curation.workbook.kept import Kept, Upload
from knowledge_base.markets.headings import Options
from knowledge_base.markets.intake import Intake
from knowledge_base.markets.report import Progress, Report
from knowledge_base.markets.rows import header_of_file
from knowledge_base.store import Store

ACTION = "price.import"
_OPTIONS = TypeAdapter(Options)


class Uploads:
    """The uploads of all people, 10 MB each at most. A token is good for its owner alone, for an hour."""

    def __init__(self, store: Store, intake: Intake, folder: Path, audit: Audit, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._intake = intake
        self._audit = audit
        self._kept = Kept(folder, clock)
        self._checks: Jobs[Report] = Jobs()
        self._takes: Jobs[Report] = Jobs()

    async def bring(self, by: Account, name: str, data: bytes, options: Options) -> str:
        """Keep a file and return its token. Raises `Forbidden`, `WorkbookRefused` and OSError."""
        by.require(Role.AGENT)
        upload = await asyncio.to_thread(self._kept.keep, by, name, data)
        self._note(upload, options)
        return upload.token

    def options(self, by: Account, token: str) -> Options:
        """What was said of an upload. Raises `WorkbookRefused` where it is gone, or somebody else's."""
        return _OPTIONS.validate_json(self._kept.get(by, token).shown)

    def change(self, by: Account, token: str, options: Options) -> None:
        """Say something else of an upload; the next check is a new one. Raises `WorkbookRefused`."""
        self._note(self._kept.get(by, token), options)
        self._checks.forget(_name(by, token))

    async def header(self, by: Account, token: str) -> Sequence[str]:
        """The headers of an upload. Raises `WorkbookRefused`, `PricesRefused` and OSError."""
        upload = self._kept.get(by, token)
        return await asyncio.to_thread(header_of_file, self._kept.path(upload), upload.name, self.options(by, token))

    def check(self, by: Account, token: str) -> Job[Report]:
        """The dry run: under way, done, or begun now. Raises `WorkbookRefused`; its task raises `PricesRefused`."""
        upload = self._kept.get(by, token)

        async def work(progress: Progress) -> Report:
            path, options = self._kept.path(upload), self.options(by, token)
            return await self._intake.check_file(path, options, progress, name=upload.name)

        return self._checks.get(_name(by, token)) or self._checks.start(_name(by, token), work)

    def take(self, by: Account, token: str) -> Job[Report]:
        """Begin to take an upload. Raises `Forbidden` and `WorkbookRefused`; its task raises `PricesRefused`."""
        by.require(Role.AGENT)
        upload = self._kept.get(by, token)

        async def work(progress: Progress) -> Report:
            path, options = self._kept.path(upload), self.options(by, token)
            report = await self._intake.take_file(path, options, progress, name=upload.name)
            async with self._store.session() as session:
                self._audit.record(session, by, ACTION, options.source, new=report.new, held=report.held)
            self.drop(by, token)
            return report

        return self._takes.start(_name(by, token), work)

    def taking(self, by: Account, token: str) -> Job[Report] | None:
        """The taking that was begun."""
        return self._takes.get(_name(by, token))

    def drop(self, by: Account, token: str) -> None:
        """Forget an upload. Raises `WorkbookRefused` where it is gone already."""
        self._kept.forget(self._kept.get(by, token))
        self._checks.forget(_name(by, token))

    def _note(self, upload: Upload, options: Options) -> None:
        self._kept.mark(upload, _OPTIONS.dump_json(options).decode())


def _name(by: Account, token: str) -> str:
    return f"{by.name}\n{token}"
