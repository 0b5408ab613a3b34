"""One leads, whatever happens to it: killed, hanging, cut off from the database; never two at the same time."""

import asyncio
import contextlib
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from bot.leader import AlwaysLeads, Pace, PostgresLeader, leader
from knowledge_base.address import connect_arguments
from tests.fakes.leading_process import QUICK
from tests.fakes.postgres import PostgresServer
from tests.fakes.until import until

LIMIT = 60.0
"""Seconds within which another must lead."""
SURE = Pace(again=0.2, give_up=30, idle=45, settle=0.5)
"""For those in this process, who must not lose the lead because the machine is busy."""


class Candidate:
    """A process that wants to lead, and its diary."""

    def __init__(self, process: asyncio.subprocess.Process, diary: Path) -> None:
        self.process = process
        self.diary = diary

    @property
    def beats(self) -> list[float]:
        """The moments at which it led."""
        return [float(line) for line in self.diary.read_text().split()] if self.diary.exists() else []

    async def beats_after(self, moment: float) -> float:
        """The first moment after this one at which it leads."""
        await until(lambda: self.beats and self.beats[-1] > moment, LIMIT)
        return min(beat for beat in self.beats if beat > moment)


@contextlib.asynccontextmanager
async def candidates(url: str, folder: Path, count: int) -> AsyncIterator[list[Candidate]]:
    """So many processes, certainly gone afterwards."""
    found = []
    try:
        for number in range(count):
            diary = folder / f"diary.{number}"
            arguments = (sys.executable, "-m", "tests.fakes.leading_process", url, str(diary))
            process = await asyncio.create_subprocess_exec(*arguments, stdout=asyncio.subprocess.PIPE)
            found.append(Candidate(process, diary))
        for one in found:
            assert one.process.stdout is not None
            await one.process.stdout.readline()
        yield found
    finally:
        for one in found:
            with contextlib.suppress(ProcessLookupError):
                one.process.kill()
            await one.process.wait()


async def leading(found: list[Candidate]) -> tuple[Candidate, Candidate]:
    """Of two, who leads and who waits."""
    await until(lambda: any(one.beats for one in found), LIMIT)
    first = next(one for one in found if one.beats)
    return first, next(one for one in found if one is not first)


@pytest.mark.parametrize("how", ["killed", "hangs"])
async def test_another_process_takes_over(postgres: PostgresServer, tmp_path: Path, how: str) -> None:
    async with candidates(postgres.new_database(), tmp_path, 2) as found:
        first, second = await leading(found)
        first.process.send_signal(signal.SIGKILL if how == "killed" else signal.SIGSTOP)
        gone = time.monotonic()
        taken = await second.beats_after(gone)
        assert taken - gone < LIMIT
        assert max(first.beats) < taken
        if how == "hangs":
            first.process.send_signal(signal.SIGCONT)
            await asyncio.sleep(3 * QUICK.again)
            assert max(first.beats) < taken, "who wakes up does not lead any more"
            second.process.kill()
            again = await first.beats_after(taken)
            assert again > max(second.beats)


async def test_who_loses_the_database_stops_at_once_and_leads_again(postgres: PostgresServer) -> None:
    url = postgres.new_database()
    one = PostgresLeader(url, "test", pace=SURE)
    begun, ended = asyncio.Queue[float](), asyncio.Queue[float]()

    async def work() -> None:
        begun.put_nowait(time.monotonic())
        try:
            await asyncio.Event().wait()
        finally:
            ended.put_nowait(time.monotonic())

    running = asyncio.create_task(one.run(work))
    async with asyncio.timeout(LIMIT):
        await begun.get()
        assert one.leads
        cut = time.monotonic()
        await ask(
            url, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'xiangyin test'"
        )
        assert await ended.get() - cut < SURE.give_up
        assert not one.leads
        await begun.get()
        postgres.stop("immediate")
        await ended.get()
        postgres.start()
        await begun.get()
        assert one.leads
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_server_that_does_not_answer_any_more_ends_the_lead(postgres: PostgresServer) -> None:
    """The line is there, but nothing comes back: the leader goes by its own clock."""
    moment = 0.0
    one = PostgresLeader(postgres.new_database(), "test", pace=SURE, clock=lambda: time.monotonic() + moment)
    begun, ended = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    running = asyncio.create_task(one.run(work))
    async with asyncio.timeout(LIMIT):
        await begun.wait()
        moment = SURE.give_up  # as if so much had passed since it was last confirmed
        assert not one.leads
        await ended.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_the_lead_passes_on_when_a_process_is_stopped(postgres: PostgresServer) -> None:
    url = postgres.new_database()
    at_once = 0
    led: list[str] = []

    def work(name: str) -> Callable[[], "asyncio.Future[None]"]:
        async def lead() -> None:
            nonlocal at_once
            at_once += 1
            assert at_once == 1, "two lead at the same time"
            led.append(name)
            try:
                await asyncio.Event().wait()
            finally:
                await asyncio.sleep(0.2)  # what ends slowly still belongs to the lead
                at_once -= 1

        return lambda: asyncio.ensure_future(lead())

    leaders = {name: PostgresLeader(url, "test", pace=SURE) for name in "abc"}
    other = PostgresLeader(url, "another work", pace=SURE)
    running = {name: asyncio.create_task(one.run(work(name))) for name, one in leaders.items()}
    async with asyncio.timeout(LIMIT):
        for count in (1, 2, 3):
            await until(lambda count=count: len(led) >= count)  # type: ignore[misc]
            assert [name for name, one in leaders.items() if one.leads] == led[-1:]
            running[led[-1]].cancel()
            await asyncio.gather(running[led[-1]], return_exceptions=True)
        elsewhere = asyncio.Event()
        apart = asyncio.create_task(other.run(lambda: _set(elsewhere)))
        await elsewhere.wait()
        await apart
    assert sorted(led) == ["a", "b", "c"]


async def _set(event: asyncio.Event) -> None:
    event.set()


async def test_what_the_work_raises_ends_the_lead(postgres: PostgresServer) -> None:
    async def work() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        await PostgresLeader(postgres.new_database(), "test", pace=SURE).run(work)


async def test_on_sqlite_the_one_process_leads() -> None:
    one = leader("sqlite+aiosqlite:///x.db", "test")
    assert isinstance(one, AlwaysLeads)
    seen = []

    async def work() -> None:
        seen.append(one.leads)

    await one.run(work)
    assert seen == [True]
    assert not one.leads


async def ask(url: str, question: str) -> None:
    connection = await psycopg.AsyncConnection.connect(**connect_arguments(make_url(url)), autocommit=True)
    async with connection:
        await connection.execute(question.encode())
