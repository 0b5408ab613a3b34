"""Regular jobs: a failure is counted and the next run comes, a job that is late still runs."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.schedule import Schedule


async def test_a_failing_job_is_counted_and_runs_again() -> None:
    failures: list[str] = []
    ran = asyncio.Event()
    runs = 0

    async def job() -> None:
        nonlocal runs
        runs += 1
        if runs == 2:
            ran.set()
        raise RuntimeError

    schedule = Schedule(failures.append)
    schedule.every(timedelta(seconds=1), "prune", job, first=datetime.now(UTC))
    schedule.start()
    await asyncio.wait_for(ran.wait(), 60)
    schedule.stop()
    assert failures[0] == "job.prune"


async def test_a_job_that_is_an_hour_late_still_runs() -> None:
    ran = asyncio.Event()

    async def job() -> None:
        ran.set()

    schedule = Schedule(lambda _: None)
    schedule.every(timedelta(days=1), "late", job, first=datetime.now(UTC) - timedelta(hours=1))
    schedule.start()
    await asyncio.wait_for(ran.wait(), 60)
    schedule.stop()


async def test_stopping_twice_is_harmless() -> None:
    schedule = Schedule(lambda _: None)
    schedule.start()
    schedule.stop()
    schedule.stop()


async def test_who_does_not_lead_does_nothing() -> None:
    asked, ran = asyncio.Event(), asyncio.Event()

    def may() -> bool:
        asked.set()
        return False

    async def job() -> None:
        ran.set()

    schedule = Schedule(lambda _: None, may=may)
    schedule.every(timedelta(days=1), "led", job, first=datetime.now(UTC))
    schedule.start()
    await asyncio.wait_for(asked.wait(), 60)
    await asyncio.sleep(0)
    schedule.stop()
    assert not ran.is_set()


async def test_a_job_that_ends_with_its_schedule_is_no_failure(caplog: pytest.LogCaptureFixture) -> None:
    failures: list[str] = []
    began, ended = asyncio.Event(), asyncio.Event()

    async def job() -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    schedule = Schedule(failures.append)
    schedule.every(timedelta(days=1), "long", job, first=datetime.now(UTC))
    schedule.start()
    await asyncio.wait_for(began.wait(), 60)
    schedule.stop()
    await asyncio.wait_for(ended.wait(), 60)
    await asyncio.sleep(0)
    assert failures == []
    assert [record.getMessage() for record in caplog.records if record.levelname in {"WARNING", "ERROR"}] == []
