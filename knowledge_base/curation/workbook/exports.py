"""Exports from the console: a file is written in the background and waits to be fetched."""

import re
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from knowledge_base.curation.accounts import Account
from knowledge_base.curation.catalogue import Filter
from knowledge_base.curation.workbook.columns import WorkbookRefused
from knowledge_base.curation.workbook.exchange import Exchange
from knowledge_base.curation.workbook.jobs import Job, Jobs
from knowledge_base.curation.workbook.writer import Progress

LIFE = timedelta(hours=1)
MOST = 10
"""Files that wait at the same time; the oldest makes room."""
_TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")


class Exports:
    """The files of all people, in one folder."""

    def __init__(self, exchange: Exchange, folder: Path, clock: Callable[[], datetime]) -> None:
        self._exchange = exchange
        self._folder = folder
        self._clock = clock
        self._jobs: Jobs[int] = Jobs()

    def start(self, by: Account, wanted: Filter) -> str:
        """Begin to write the entries that a filter lets through; returns the token. Raises `WorkbookRefused`."""
        self._clean()
        token = secrets.token_urlsafe(16)

        async def work(progress: Progress) -> int:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            return await self._exchange.export(self._path(token), wanted, progress)

        self._jobs.start(_name(by, token), work)
        return token

    def get(self, by: Account, token: str) -> tuple[Job[int], Path]:
        """The job, and the file once it is done. Raises `WorkbookRefused` where it is gone or somebody else's."""
        job = self._jobs.get(_name(by, token)) if _TOKEN.fullmatch(token) else None
        if job is None or (job.task.done() and not job.task.exception() and not self._path(token).exists()):
            raise WorkbookRefused("gone")
        return job, self._path(token)

    def _path(self, token: str) -> Path:
        return self._folder / f"{token}.xlsx"

    def _clean(self) -> None:
        files = sorted(self._folder.glob("*.xlsx*"), key=lambda file: file.stat().st_mtime)
        oldest = (self._clock() - LIFE).timestamp()
        for number, file in enumerate(files):
            if file.stat().st_mtime < oldest or number <= len(files) - MOST:
                file.unlink(missing_ok=True)


def _name(by: Account, token: str) -> str:
    return f"{by.name}\n{token}"
