"""How much one person may send: one contract for this process and for Redis, and without Redis in the middle."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from bot.shared.pace import LocalPace, Pace, SharedPace
from bot.shared.redis_link import RedisLink
from bot.shared.redis_pace import RedisPace
from tests.fakes.redis import KINDS, Watcher, line_to, redis_server

EVERY, SOON = 60.0, 0.2
"""Seconds for one more: such that no machine is so slow as to see it, and such that one can wait for."""


@pytest.fixture(params=["process", *KINDS])
async def paces(request: pytest.FixtureRequest) -> AsyncIterator[tuple[SharedPace, SharedPace]]:
    """The pace of two processes: four at once, one more each minute."""
    async with two_paces(request, EVERY) as paces:
        yield paces


@pytest.fixture(params=["process", *KINDS])
async def quick_paces(request: pytest.FixtureRequest) -> AsyncIterator[tuple[SharedPace, SharedPace]]:
    """The pace of two processes: four at once, one more each fifth of a second."""
    async with two_paces(request, SOON) as paces:
        yield paces


@asynccontextmanager
async def two_paces(request: pytest.FixtureRequest, every: float) -> AsyncIterator[tuple[SharedPace, SharedPace]]:
    watcher = Watcher()
    async with AsyncExitStack() as stack:
        if request.param == "process":
            pace = LocalPace(Pace(4, every))
            yield pace, pace
        else:
            port = stack.enter_context(redis_server(request.param))
            links = [RedisLink(f"redis://127.0.0.1:{port}", watcher, patience=30) for _ in range(2)]
            for link in links:
                stack.push_async_callback(link.close)
            yield RedisPace(links[0], "person", Pace(4, every)), RedisPace(links[1], "person", Pace(4, every))
    assert watcher.failures == []


async def test_a_burst_and_who_is_refused_pays_nothing_whichever_process_is_asked(
    paces: tuple[SharedPace, SharedPace],
) -> None:
    started = time.monotonic()
    waits = [await paces[n % 2].wait("zhang") for n in range(6)]
    assert waits[:4] == [0] * 4
    past = time.monotonic() - started
    assert all(EVERY - past - 0.01 <= wait <= EVERY for wait in waits[4:])
    assert await paces[0].wait("li") == 0


async def test_after_a_burst_one_each_so_many_seconds_for_who_waits_as_told(
    quick_paces: tuple[SharedPace, SharedPace],
) -> None:
    started, taken, told = time.monotonic(), 0, 0
    while told < 3:
        wait = await quick_paces[taken % 2].wait("zhang")
        if wait:
            told += 1
            await asyncio.sleep(wait + 0.02)
            wait = await quick_paces[taken % 2].wait("zhang")
        assert wait == 0
        taken += 1
    assert 4 + told <= taken <= 4 + (time.monotonic() - started) / SOON


async def test_what_costs_more_takes_more_and_a_refill_gives_it_all_back(paces: tuple[SharedPace, SharedPace]) -> None:
    assert [await paces[n].wait("zhang", 1.5) for n in (0, 1)] == [0, 0]
    assert EVERY / 4 < await paces[0].wait("zhang", 2) <= EVERY
    assert await paces[0].wait("zhang", 0.5) == 0
    await paces[1].refill("zhang")
    assert await paces[0].wait("zhang", 4) == 0
    assert await paces[1].wait("zhang", 0.5) > 0


async def test_many_at_once_get_no_more_than_the_burst(paces: tuple[SharedPace, SharedPace]) -> None:
    waits = await asyncio.gather(*(paces[n % 2].wait("zhang") for n in range(40)))
    assert waits.count(0) == 4


async def test_two_names_are_two_buckets_and_nothing_in_redis_names_anybody() -> None:
    watcher = Watcher()
    with redis_server("fakeredis") as port:
        link = RedisLink(f"redis://127.0.0.1:{port}", watcher)
        person, told = (RedisPace(link, name, Pace(1, 60)) for name in ("person", "told"))
        assert [await person.wait("13800000000"), await told.wait("13800000000")] == [0, 0]
        keys = await link.run("return redis.call('KEYS', '*')", [], [])
        assert len(keys) == 2
        assert all(key.startswith("xiangyin:pace:") and "138" not in key[:22] for key in keys)
        assert not any("13800000000" in key for key in keys)
        assert all([0 < await link.run(f"return redis.call('PTTL', '{key}')", [], []) <= 60_001 for key in keys])
        await link.close()


async def test_without_redis_each_process_keeps_its_own_bounds() -> None:
    watcher = Watcher()
    with redis_server("fakeredis") as port:
        async with line_to(port) as line:
            link = RedisLink(line.url, watcher, patience=30, again=60)
            pace = RedisPace(link, "person", Pace(2, 60))
            assert await pace.wait("zhang") == 0
            await line.cut()
            assert [await pace.wait("zhang") > 0 for _ in range(4)] == [False, False, True, True]
            assert watcher.failures == ["shared.redis"], "asked once, then left alone for a while"
            await line.join()
            link._gone_until = 0.0  # as if it had been left alone for long enough
            assert await pace.wait("zhang") == 0
            assert link.up
            await link.close()
