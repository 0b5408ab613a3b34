"""Telegram's ceiling over several processes: together never above it, and close to it."""

import asyncio
import time

import pytest

from bot.channels.telegram.ceiling import Ceiling
from bot.channels.telegram.pace import Pace
from bot.shared.redis_link import RedisLink
from bot.shared.redis_slots import RedisSlots
from tests.fakes.redis import KINDS, Watcher, line_to, redis_server

PACE = Pace(a_second=101)


def most_in(times: list[float], span: float) -> int:
    return max(sum(at <= other < at + span for other in times) for at in times)


async def rush(ceilings: list[Ceiling], messages: int, times: list[float]) -> None:
    """Have each of them send to as many chats; `times` are when they went."""

    async def send(ceiling: Ceiling, chat: int) -> None:
        await ceiling.turn(chat, push=True)
        times.append(time.monotonic())

    chats = range(1, 1 + messages)
    await asyncio.gather(*(send(c, chat * 10 + n) for n, c in enumerate(ceilings) for chat in chats))


@pytest.mark.parametrize("kind", KINDS)
async def test_three_senders_together_stay_under_the_ceiling_and_an_answer_goes_first(kind: str) -> None:
    watcher = Watcher()
    with redis_server(kind) as port:
        links = [RedisLink(f"redis://127.0.0.1:{port}", watcher, patience=30) for _ in range(3)]
        ceilings = [Ceiling(PACE, RedisSlots(link, "telegram", 3)) for link in links]
        started, times = time.monotonic(), list[float]()
        rushing = asyncio.create_task(rush(ceilings, 60, times))
        await asyncio.sleep(0.8)
        before = len(times)
        await ceilings[0].turn(7, push=False)
        assert len(times) - before < 20, "of a hundred that wait"
        await rushing
        assert most_in(times, 1) <= PACE.a_second + 2, "two more where this machine is held up"
        assert times[-1] - started < 60
        for link in links:
            await link.close()
    assert watcher.failures == []


async def test_one_chat_written_to_by_two_processes_gets_what_one_would_give_it() -> None:
    watcher = Watcher()
    pace = Pace(chat_a_second=4, burst=2)
    with redis_server("fakeredis") as port:
        link = RedisLink(f"redis://127.0.0.1:{port}", watcher, patience=30)
        ceilings = [Ceiling(pace, RedisSlots(link, "telegram", 2)) for _ in range(2)]
        started = time.monotonic()
        await asyncio.gather(*(ceiling.turn(7, push=True) for ceiling in ceilings for _ in range(3)))
        assert time.monotonic() - started >= 3 / 4
        await link.close()


async def test_without_redis_each_of_several_senders_keeps_to_its_share() -> None:
    watcher = Watcher()
    with redis_server("fakeredis") as port:
        async with line_to(port) as line:
            link = RedisLink(line.url, watcher, patience=0.1, again=60)
            ceilings = [Ceiling(PACE, RedisSlots(link, "telegram", 2)) for _ in range(2)]
            await line.cut()
            times: list[float] = []
            await rush(ceilings, 40, times)
            assert most_in(times, 0.5) <= 55
            await link.close()


def test_a_share_of_the_pace() -> None:
    assert [Pace().shared_by(n).a_second for n in (1, 2, 100)] == [29, 14, 1]
