"""Long work for a page: begun by one request, looked at by the next ones, its end kept for a while."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from knowledge_base.curation.workbook.columns import WorkbookRefused
from knowledge_base.curation.workbook.writer import Progress

T = TypeVar("T")
AT_ONCE = 2
REMEMBERED = 50


@dataclass(slots=True)
class Job(Generic[T]):
    """One piece of work; `done` of `of` steps are done, 0 of 0 before it is known how many there are."""

    task: "asyncio.Task[T]"
    done: int = 0
    of: int = 0

    @property
    def percent(self) -> int:
        """How far it has come."""
        return 100 * self.done // self.of if self.of else 0


class Jobs(Generic[T]):
    """Jobs by name; at most two run at the same time, whoever began them."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job[T]] = {}

    def start(self, name: str, work: Callable[[Progress], Awaitable[T]]) -> Job[T]:
        """Begin, in place of an ended job of that name; one that still runs goes on. Raises `WorkbookRefused`."""
        job = self._jobs.get(name)
        if job is not None and not job.task.done():
            return job
        if sum(not job.task.done() for job in self._jobs.values()) >= AT_ONCE:
            raise WorkbookRefused("busy")
        self._jobs.pop(name, None)
        for ended in [name for name, job in self._jobs.items() if job.task.done()][: -REMEMBERED + 1]:
            del self._jobs[ended]

        def progress(done: int, of: int) -> None:
            started.done, started.of = done, of

        async def run() -> T:
            return await work(progress)

        started = self._jobs[name] = Job(asyncio.create_task(run()))
        return started

    def get(self, name: str) -> Job[T] | None:
        """The job of that name."""
        return self._jobs.get(name)

    def forget(self, name: str) -> None:
        """Do not keep its end any longer."""
        self._jobs.pop(name, None)


async def soon(job: Job[T], seconds: float) -> bool:
    """Whether it ends within so many seconds; it goes on either way."""
    await asyncio.wait({job.task}, timeout=seconds)
    return job.task.done()
