"""Redis is killed with -9 under two processes that take messages, and started again, empty."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from bot.delivery.outbox import Outbox
from bot.limiting import limit_words, limited
from bot.shared.composition import Shared, Values, shared_state
from bot.unfailing import unfailing
from bot.waiting_room import in_turn
from dialogs.conversations import Conversations
from dialogs.messages import Inbound, Reply, ReplyKind, Turn
from knowledge_base.store import Store
from tests.fakes.postgres import PostgresServer
from tests.fakes.redis import RedisServer, Watcher, needs_redis, real_redis

pytestmark = [needs_redis, pytest.mark.timeout(300)]

BURST = 8
SLOWEST = 30.0
"""Seconds for one answer in the moment of change: one for Redis, the rest for a machine with other work."""


def clock() -> datetime:
    return datetime.now(UTC)


@dataclass
class Process:
    """What every process of a system has between its channels and its database. A turn adds its number to what is kept."""

    store: Store
    shared: Shared
    watcher: Watcher

    def __post_init__(self) -> None:
        self._conversations = Conversations(self.store, self.shared.order)
        room = in_turn(self._turn)
        inside = limited(room, self.shared.limits, self.watcher, at_once=self._turn, normalised=str)
        self._handler = unfailing(inside, self.watcher, standard=str)

    async def _turn(self, inbound: Inbound) -> Turn:
        async def take() -> Turn:
            state = await self._conversations.load(inbound)
            await asyncio.sleep(0.01)
            state.subject = f"{state.subject or ''}{inbound.external_id};"
            return await self._conversations.save(inbound, state, Turn((Reply(ReplyKind.INFO, "好"),)), clock())

        async with self._conversations.in_order(inbound):
            return await self._conversations.once(inbound, take)

    async def say(self, who: str, number: int) -> str:
        """What is answered."""
        turn = await self._handler(Inbound("web", who, str(number), clock(), text="x"))
        return turn.replies[0].text

    async def kept(self, who: str) -> list[int]:
        """The numbers of a person's messages, in the order in which they were taken."""
        state = await self._conversations.load(Inbound("web", who, "look", clock(), text="x"))
        return [int(number) for number in (state.subject or "").split(";")[:-1]]

    @property
    def up(self) -> bool:
        """Whether its last call of Redis was answered."""
        return self.shared.redis is not None and self.shared.redis.up


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    with real_redis() as server:
        yield server


@pytest.fixture
async def both(
    postgres: PostgresServer, migrated_postgres: str, redis: RedisServer
) -> AsyncIterator[tuple[Process, Process]]:
    url = postgres.new_database(like=migrated_postgres)
    values = Values(redis_url=f"redis://127.0.0.1:{redis.port}", limit_burst=BURST, limit_seconds=600)
    processes = []
    async with AsyncExitStack() as stack:
        for _ in range(2):
            store, watcher = Store(url), Watcher()
            stack.push_async_callback(store.close)
            shared = await stack.enter_async_context(shared_state(values, store, Outbox(store, clock), watcher))
            processes.append(Process(store, shared, watcher))
        yield processes[0], processes[1]


async def talk(both: tuple[Process, Process], who: str, numbers: range) -> tuple[list[str], float]:
    """A person's messages, one after the other at one process and the other; the answers, and the longest wait."""
    answers, slowest = [], 0.0
    for number in numbers:
        began = time.monotonic()
        answers.append(await both[number % 2].say(who, number))
        slowest = max(slowest, time.monotonic() - began)
    return answers, slowest


async def test_it_is_killed_and_comes_back_and_everybody_is_answered_in_order(
    both: tuple[Process, Process], redis: RedisServer
) -> None:
    too_fast = limit_words().person.text.split("{")[0]
    people = [f"p{number}" for number in range(6)]
    assert (await talk(both, "zhang", range(BURST)))[0] == ["好"] * BURST
    assert (await both[0].say("zhang", 90)).startswith(too_fast), "one allowance for both processes"
    assert both[0].up
    assert both[1].up

    talking = [asyncio.create_task(talk(both, one, range(BURST - 2))) for one in people]
    await asyncio.sleep(0.05)
    redis.kill()
    heard = await asyncio.gather(*talking)
    assert all(answers == ["好"] * (BURST - 2) for answers, _ in heard)
    slowest = max(wait for _, wait in heard)
    assert slowest < SLOWEST
    for one in people:
        assert await both[0].kept(one) == list(range(BURST - 2)), "each once, and in order"

    together = await asyncio.gather(*(both[number % 2].say("li", number) for number in range(3 * BURST)))
    answered = [number for number, said in enumerate(together) if said == "好"]
    assert len(answered) == 2 * BURST, "each process counts for itself"
    assert sorted(await both[0].kept("li")) == answered, "nothing is lost or taken twice"
    assert not any(process.up for process in both)

    await asyncio.to_thread(redis.start)
    began = time.monotonic()

    async def seen() -> None:
        while not all(process.up for process in both):
            await asyncio.gather(*(process.shared.limits.pace.wait("nobody") for process in both))
            await asyncio.sleep(0.02)

    await asyncio.wait_for(seen(), 60)
    back = time.monotonic() - began
    said, _ = await talk(both, "wang", range(BURST + 2))
    assert said[:BURST] == ["好"] * BURST
    assert said[BURST].startswith(too_fast), "one allowance for both again"
    assert await both[1].kept("wang") == list(range(BURST))
    for process in both:
        assert set(process.watcher.failures) <= {"shared.redis", "shared.order_lapsed", "limit.person"}
        assert "shared.redis" in process.watcher.failures
    print(f"killed: {slowest:.2f} s at most for an answer; used again after {back:.1f} s")  # noqa: T201 - the figures
