"""Examinations under way and done: one at a time, beside everything else, each text once."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from knowledge_base.curation.golden import GoldenUnreadable, Judge, Question, Report, affected, examine
from knowledge_base.curation.versions import Seen, Version
from knowledge_base.library import Library

KEPT = 100
log = logging.getLogger(__name__)


class Examiner(Protocol):
    """Knows what a version would break."""

    async def broken(self, version: Version) -> int | None:
        """How many golden questions would break; None while that is not known for this very text."""


@dataclass(slots=True)
class Examination:
    """How far an examination is. `trouble` is why it could not be done, empty where the program failed."""

    done: int = 0
    total: int = 0
    report: Report | None = None
    trouble: str | None = None

    @property
    def running(self) -> bool:
        """Whether it is still under way."""
        return self.report is None and self.trouble is None


class Examinations:
    """The golden questions over versions, as an `Examiner`. A result holds for one text beside one state of the library."""

    def __init__(self, library: Library, questions: Callable[[], Sequence[Question]], judge: Judge) -> None:
        """`questions` reads the golden questions; it may block and raise `GoldenUnreadable`."""
        self._library = library
        self._questions = questions
        self._judge = judge
        self._known: OrderedDict[tuple[Seen, str], Examination] = OrderedDict()
        self._tasks: set[asyncio.Task[None]] = set()
        self._turn = asyncio.Lock()

    async def broken(self, version: Version) -> int | None:
        """How many golden questions this text would break; None while that is not known."""
        found = await self.of(version)
        return len(found.report.broken) if found and found.report else None

    async def of(self, version: Version) -> Examination | None:
        """The examination of this text, if there is one that still holds."""
        return self._known.get((version.seen, await self._library.stamp()))

    async def start(self, version: Version) -> Examination:
        """Examine a text, unless that is under way or done; one that failed is tried again."""
        mark = version.seen, await self._library.stamp()
        known = self._known.get(mark)
        if known is not None and known.trouble is None:
            return known
        started = self._known[mark] = Examination()
        while len(self._known) > KEPT:
            self._known.popitem(last=False)
        task = asyncio.create_task(self._run(version, started))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return started

    async def finished(self) -> None:
        """Wait for everything that is under way."""
        await asyncio.gather(*self._tasks)

    async def close(self) -> None:
        """Give up what is under way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _run(self, version: Version, into: Examination) -> None:
        def progress(done: int, total: int) -> None:
            into.done, into.total = done, total

        try:
            async with self._turn:
                golden = await asyncio.to_thread(self._questions)
                published = {entry.key: entry for entry in await self._library.entries()}
                questions = affected(golden, version.entry, published)
                into.report = await examine(version.entry, questions if golden else (), self._judge, progress)
        except GoldenUnreadable as fault:
            into.trouble = str(fault)
        except Exception:
            log.exception("examination failed: %s", version.key)
            into.trouble = ""
