"""Shared state as a whole: two processes of one system, with and without Redis, over one PostgreSQL."""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.delivery.outbox import Outbox
from bot.shared.composition import Shared, Values, shared_state
from bot.shared.postgres_order import PostgresOrder
from bot.shared.redis_link import RedisLink, name_of
from bot.shared.redis_order import RedisOrder
from dialogs.conversations import Conversations
from dialogs.messages import Inbound, Reply, ReplyKind, Turn
from dialogs.turn_order import InProcessOrder
from knowledge_base.store import Store
from tests.fakes.postgres import PostgresServer
from tests.fakes.redis import Line, Watcher, line_to, redis_server

ROOT = Path(__file__).parents[2]
PATIENCE = 20.0


def clock() -> datetime:
    return datetime.now(UTC)


class Process:
    """What one process of the system takes turns with."""

    def __init__(self, store: Store, shared: Shared, watcher: Watcher) -> None:
        self.shared = shared
        self.watcher = watcher
        self._conversations = Conversations(store, shared.order)
        self.taken = 0

    async def say(self, number: int) -> None:
        """A message whose turn adds its number to what is remembered."""
        inbound = Inbound("test", "zhang", str(number), clock(), text="x")

        async def take() -> Turn:
            self.taken += 1
            state = await self._conversations.load(inbound)
            await asyncio.sleep(0.01)
            state.subject = f"{state.subject or ''}{number};"
            turn = Turn((Reply(ReplyKind.INFO, state.subject),))
            return await self._conversations.save(inbound, state, turn, clock())

        async with self._conversations.in_order(inbound):
            await self._conversations.once(inbound, take)

    async def remembered(self) -> list[int]:
        """The numbers in the order in which their turns were taken."""
        state = await self._conversations.load(Inbound("test", "zhang", "look", clock(), text="x"))
        return [int(number) for number in (state.subject or "").split(";")[:-1]]


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    with redis_server("fakeredis") as port:
        async with line_to(port) as line:
            yield line


@pytest.fixture
def sure(monkeypatch: pytest.MonkeyPatch) -> None:
    """A turn does not lapse, however busy the machine is."""
    monkeypatch.setitem(RedisOrder.__init__.__kwdefaults__ or {}, "lease", 60.0)


@pytest.fixture
async def two(
    postgres: PostgresServer, line: Line, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Process, Process]]:
    monkeypatch.setitem(
        RedisLink.__init__.__kwdefaults__, "patience", PATIENCE
    )  # a busy machine is not one that is gone
    url = postgres.new_database()
    processes = []
    async with AsyncExitStack() as stack:
        for number in range(2):
            store, watcher = Store(url), Watcher()
            stack.push_async_callback(store.close)
            if number == 0:
                await store.migrate()
            state = shared_state(Values(redis_url=line.url), store, Outbox(store, clock), watcher)
            shared = await stack.enter_async_context(state)
            async with shared.order.hold("test", "nobody"):  # connects
                pass
            processes.append(Process(store, shared, watcher))
        yield processes[0], processes[1]


@pytest.mark.usefixtures("sure")
async def test_messages_of_one_person_at_two_processes_are_taken_in_order_each_once(
    two: tuple[Process, Process],
) -> None:
    link, line = two[0].shared.redis, f"order:{{{name_of('test', 'zhang')}}}:line"
    assert link is not None
    async with two[1].shared.order.hold("test", "zhang"):
        sent = []
        for number in range(10):
            sent.append(asyncio.create_task(two[number % 2].say(number)))
            async with asyncio.timeout(60):
                while await link.run("return redis.call('LLEN', KEYS[1])", [line], []) < number + 2:  # noqa: ASYNC110 - Redis tells nobody
                    await asyncio.sleep(0.005)
    await asyncio.gather(*sent)
    assert await two[0].remembered() == list(range(10))
    assert two[0].taken + two[1].taken == 10
    assert two[0].watcher.failures == two[1].watcher.failures == []


async def test_redis_goes_and_comes_back_and_nothing_is_lost(two: tuple[Process, Process], line: Line) -> None:
    async def keep_saying(numbers: range) -> float:
        slowest = 0.0
        for number in numbers:
            started = time.monotonic()
            await asyncio.gather(two[0].say(number), two[1].say(number + 1000))
            slowest = max(slowest, time.monotonic() - started)
        return slowest

    saying = asyncio.create_task(keep_saying(range(10)))
    await asyncio.sleep(0.15)
    await line.cut()
    assert await saying < PATIENCE
    taken = two[0].taken + two[1].taken
    assert await keep_saying(range(10, 20)) < PATIENCE
    assert two[0].taken + two[1].taken == taken + 20, "PostgreSQL keeps them apart: none is taken twice"
    await line.join()
    said = 20
    async with asyncio.timeout(60):
        while not all(process.shared.redis is not None and process.shared.redis.up for process in two):
            await asyncio.sleep(0.2)
            await keep_saying(range(said, said + 1))
            said += 1
    assert sorted(await two[0].remembered()) == [*range(said), *range(1000, 1000 + said)]
    assert "shared.redis" in two[0].watcher.failures
    assert set(two[0].watcher.failures) <= {"shared.redis", "shared.order_lapsed"}


async def test_without_redis_postgres_has_the_order_and_each_sender_its_share(postgres: PostgresServer) -> None:
    store, watcher = Store(postgres.new_database()), Watcher()
    async with shared_state(Values(telegram_senders=3), store, Outbox(store, clock), watcher) as shared:
        assert isinstance(shared.order, PostgresOrder)
        assert (shared.slots, shared.senders, shared.redis) == (None, 3, None)
        assert await shared.limits.pace.wait("zhang") == 0
    await store.close()


async def test_one_process_on_sqlite_needs_nothing(store: Store) -> None:
    async with shared_state(Values(), store, Outbox(store, clock), Watcher()) as shared:
        assert isinstance(shared.order, InProcessOrder)
        assert (shared.slots, shared.senders, shared.redis) == (None, 1, None)


async def test_a_redis_that_is_not_there_at_the_start_holds_nothing_up(store: Store, line: Line) -> None:
    await line.cut()
    watcher = Watcher()
    async with shared_state(Values(redis_url=line.url), store, Outbox(store, clock), watcher) as shared:
        async with shared.order.hold("test", "zhang"):
            pass
        assert await shared.limits.pace.wait("zhang") == 0
    assert set(watcher.failures) == {"shared.redis"}


async def test_what_is_no_redis_address_is_said_at_the_start(store: Store) -> None:
    state = shared_state(Values(redis_url="localhost"), store, Outbox(store, clock), Watcher())
    with pytest.raises(ValueError, match="redis"):
        await state.__aenter__()


def test_without_redis_its_client_is_not_loaded() -> None:
    look = "import sys, bot.shared.composition; print([m for m in ('redis', 'psycopg', 'aiogram') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", look], cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
