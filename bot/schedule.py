"""Regular jobs. A late job still runs: after a pause or a busy hour nothing is dropped in silence."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

log = structlog.get_logger(__name__)

MISFIRE_GRACE = timedelta(hours=6)
"""APScheduler drops a job that is more than a second late unless told otherwise."""

LOOK = 5.0
"""Seconds between looks at whether the machine's clock was put back."""

Job = Callable[[], Awaitable[None]]


class Schedule:
    """The jobs of one process; started and stopped with it."""

    def __init__(
        self, failed: Callable[[str], None], *, look: float = LOOK, may: Callable[[], bool] = lambda: True
    ) -> None:
        """`may`: a job whose time comes while this is False is left out."""
        self._scheduler = AsyncIOScheduler(
            timezone=UTC,
            job_defaults={
                "misfire_grace_time": int(MISFIRE_GRACE.total_seconds()),
                "coalesce": True,
                "max_instances": 1,
            },
        )
        self._failed = failed
        self._may = may
        self._every_look = look
        self._look: asyncio.TimerHandle | None = None
        self._ended = False

    def every(self, interval: timedelta, name: str, job: Job, *, first: datetime | None = None) -> None:
        """Run `job` at an interval, first at `first` (aware, no later than one interval from now, which it is if left out)."""

        async def guarded() -> None:
            if not self._may():
                return
            try:
                await job()
            except asyncio.CancelledError:
                if not self._ended:
                    raise
                # Ended with the schedule, which APScheduler would report as a failure of the job.
            except Exception:
                self._failed(f"job.{name}")
                log.exception("job failed", job=name)

        trigger = IntervalTrigger(seconds=int(interval.total_seconds()), timezone=UTC)
        when = {} if first is None else {"next_run_time": first}
        self._scheduler.add_job(guarded, trigger, id=name, name=name, replace_existing=True, **when)

    def start(self) -> None:
        """Begin; needs a running event loop."""
        self._scheduler.start()
        self._watch()

    def stop(self) -> None:
        """End without waiting for jobs under way."""
        self._ended = True
        if self._look is not None:
            self._look.cancel()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    def _watch(self) -> None:
        # APScheduler waits for the clock to reach a job's time: put back by an hour, it would do nothing for an hour.
        now = datetime.now(UTC)
        for job in self._scheduler.get_jobs():
            if job.next_run_time - now > job.trigger.interval:
                job.modify(next_run_time=now)
        self._look = asyncio.get_running_loop().call_later(self._every_look, self._watch)
