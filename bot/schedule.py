"""Regular jobs. A late job still runs: after a pause or a busy hour nothing is dropped in silence."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

log = structlog.get_logger(__name__)

MISFIRE_GRACE = timedelta(hours=6)
"""APScheduler drops a job that is more than a second late unless told otherwise."""

Job = Callable[[], Awaitable[None]]


class Schedule:
    """The jobs of one process; started and stopped with it."""

    def __init__(self, failed: Callable[[str], None]) -> None:
        self._scheduler = AsyncIOScheduler(
            timezone=UTC,
            job_defaults={
                "misfire_grace_time": int(MISFIRE_GRACE.total_seconds()),
                "coalesce": True,
                "max_instances": 1,
            },
        )
        self._failed = failed

    def every(self, interval: timedelta, name: str, job: Job, *, first: datetime | None = None) -> None:
        """Run `job` at an interval, first at `first` (aware; left out: one interval from now)."""

        async def guarded() -> None:
            try:
                await job()
            except Exception:
                self._failed(f"job.{name}")
                log.exception("job failed", job=name)

        trigger = IntervalTrigger(seconds=int(interval.total_seconds()), timezone=UTC)
        when = {} if first is None else {"next_run_time": first}
        self._scheduler.add_job(guarded, trigger, id=name, name=name, replace_existing=True, **when)

    def start(self) -> None:
        """Begin; needs a running event loop."""
        self._scheduler.start()

    def stop(self) -> None:
        """End without waiting for jobs under way."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
