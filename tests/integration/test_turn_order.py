"""The order of turns: one contract for one process, for PostgreSQL and for Redis; and what happens when it breaks."""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from psycopg import AsyncConnection
from sqlalchemy import make_url

from bot.shared.order import SafeOrder
from bot.shared.postgres_link import connect
from bot.shared.postgres_order import PostgresOrder
from bot.shared.redis_link import RedisLink, name_of
from bot.shared.redis_order import RedisOrder
from dialogs.turn_order import InProcessOrder, TurnOrder
from knowledge_base.pulse import Pulse
from tests.fakes.postgres import PostgresServer
from tests.fakes.redis import KINDS, Watcher, line_to, redis_server
from tests.fakes.until import until

ROOT = Path(__file__).parents[2]
SHORT, USUAL, LONG = 2.0, 8.0, 60.0
"""Leases in seconds: one to outlast, one to wait for, and one that ends for nobody, however busy the machine is."""
Look = Callable[[], Awaitable[int]]
"""How many have, or wait for, the turn of the person whom all tests are about, as far as this can be seen from outside."""


@dataclass
class Orders:
    """The orders of two processes."""

    both: tuple[TurnOrder, TurnOrder]
    look: Look | None = None
    renewed: Look | None = None
    """The milliseconds for which the turn is sure as it stands, where there are leases."""

    async def until(self, number: int) -> None:
        """Wait until so many have asked for the turn."""
        for _ in range(5):
            await asyncio.sleep(0)
        async with asyncio.timeout(60):
            while self.look is not None and await self.look() < number:  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.005)


def in_redis(link: RedisLink) -> Look:
    line = f"order:{{{name_of('test', 'zhang')}}}:line"

    async def look() -> int:
        return int(await link.run("return redis.call('LLEN', KEYS[1])", [line], []))

    return look


def sure_for(link: RedisLink) -> Look:
    keys = f"order:{{{name_of('test', 'zhang')}}}:leases"
    script = (
        "local time = redis.call('TIME') return redis.call('HVALS', KEYS[1])[1]"
        " - time[1] * 1000 - math.floor(time[2] / 1000)"
    )

    async def look() -> int:
        return int(await link.run(script, [keys], []))

    return look


def in_postgres(connection: AsyncConnection) -> Look:
    async def look() -> int:
        found = await connection.execute(
            "SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database"
            " WHERE locktype = 'advisory' AND d.datname = current_database()"
        )
        row = await found.fetchone()
        return int(row[0]) if row else 0

    return look


@pytest.fixture(params=["process", "postgres", *KINDS])
async def orders(request: pytest.FixtureRequest) -> AsyncIterator[Orders]:
    """The orders of two processes."""
    async with two_orders(request, LONG) as orders:
        yield orders


@pytest.fixture(params=KINDS)
async def lapsing(request: pytest.FixtureRequest) -> AsyncIterator[Orders]:
    """The orders of two processes whose turns are sure for a short time only, unless they are renewed."""
    async with two_orders(request, SHORT) as orders:
        yield orders


@asynccontextmanager
async def two_orders(request: pytest.FixtureRequest, lease: float) -> AsyncIterator[Orders]:
    watcher = Watcher()
    async with AsyncExitStack() as stack:
        if request.param == "process":
            order = InProcessOrder()
            yield Orders((order, order))
        elif request.param == "postgres":
            server: PostgresServer = request.getfixturevalue("postgres")
            connecting = partial(connect, Pulse(make_url(server.new_database())))
            locks = [PostgresOrder(connecting, watcher) for _ in range(2)]
            for lock in locks:
                stack.push_async_callback(lock.close)
            connection = await connecting()
            stack.push_async_callback(connection.close)
            yield Orders((locks[0], locks[1]), in_postgres(connection))
        else:
            port = stack.enter_context(redis_server(request.param))
            lines = []
            for _ in range(2):
                link = RedisLink(f"redis://127.0.0.1:{port}", watcher, patience=30)
                stack.push_async_callback(link.close)
                lines.append(RedisOrder(link, watcher, lease=lease))
                async with lines[-1].hold("test", "nobody"):  # connects
                    pass
            yield Orders((lines[0], lines[1]), in_redis(link), sure_for(link))
    assert watcher.failures == []


async def test_turns_of_a_person_follow_each_other_in_the_order_in_which_they_came(orders: Orders) -> None:
    events: list[tuple[int, str]] = []
    gate = asyncio.Event()

    async def turn(number: int) -> None:
        async with orders.both[number % 2].hold("test", "zhang"):
            events.append((number, "begins"))
            await gate.wait()
            await asyncio.sleep(0.01)
            events.append((number, "ends"))

    turns = []
    for number in range(6):
        turns.append(asyncio.create_task(turn(number)))
        await orders.until(number + 1)
    gate.set()
    await asyncio.gather(*turns)
    assert events == [(number, what) for number in range(6) for what in ("begins", "ends")]


async def test_a_turn_that_lasts_longer_than_the_lease_keeps_its_place(lapsing: Orders) -> None:
    ended: list[str] = []
    over = asyncio.Event()

    async def turn(which: int, name: str) -> None:
        async with lapsing.both[which].hold("test", "zhang"):
            await over.wait()
            ended.append(name)

    async with asyncio.TaskGroup() as group:
        group.create_task(turn(0, "long"))
        await lapsing.until(1)
        await asyncio.sleep(1.1 * SHORT)
        assert lapsing.renewed is not None
        async with asyncio.timeout(60):
            while await lapsing.renewed() < 800 * SHORT:  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.01)
        group.create_task(turn(1, "short"))
        await lapsing.until(2)
        over.set()
    assert ended == ["long", "short"]


async def test_different_people_do_not_wait_for_each_other(orders: Orders) -> None:
    everybody, inside = asyncio.Event(), 0

    async def turn(number: int) -> None:
        nonlocal inside
        async with orders.both[number % 2].hold("test", f"p{number}"):
            inside += 1
            if inside == 40:
                everybody.set()
            await everybody.wait()

    async with asyncio.timeout(60):
        await asyncio.gather(*(turn(number) for number in range(40)))


async def test_who_gives_up_waiting_or_is_stopped_holds_nobody_up(orders: Orders) -> None:
    async def stay(which: int) -> None:
        async with orders.both[which].hold("test", "zhang"):
            await asyncio.Event().wait()

    holding, waiting = (asyncio.create_task(stay(which)) for which in (0, 1))
    await orders.until(2)
    for task in (waiting, holding):
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    for order in orders.both:
        async with asyncio.timeout(LONG / 2), order.hold("test", "zhang"):
            pass


@pytest.mark.parametrize("kind", ["postgres", "fakeredis"])
async def test_the_turn_of_a_killed_process_is_free_within_the_lease(request: pytest.FixtureRequest, kind: str) -> None:
    watcher = Watcher()
    async with AsyncExitStack() as stack:
        if kind == "postgres":
            url = request.getfixturevalue("postgres").new_database()
            locks = PostgresOrder(partial(connect, Pulse(make_url(url))), watcher)
            stack.push_async_callback(locks.close)
            order: TurnOrder = locks
        else:
            url = f"redis://127.0.0.1:{stack.enter_context(redis_server(kind))}"
            link = RedisLink(url, watcher, patience=30)
            stack.push_async_callback(link.close)
            order = RedisOrder(link, watcher, lease=USUAL)
        program = [sys.executable, "-m", "tests.fakes.turn_holder", url, str(USUAL)]
        holder = await asyncio.create_subprocess_exec(*program, cwd=ROOT, stdout=subprocess.PIPE)
        assert holder.stdout is not None
        assert await holder.stdout.readline() == b"held\n"
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5), order.hold("test", "zhang"):
                pass
        holder.kill()
        await holder.wait()
        async with asyncio.timeout(USUAL + 30), order.hold("test", "zhang"):
            pass


@pytest.mark.parametrize("how", ["cut", "hush"])
async def test_without_redis_the_order_is_another_one_after_a_moment_and_redis_again_later(how: str) -> None:
    watcher = Watcher()
    with redis_server("fakeredis") as port:
        async with line_to(port) as line:
            patience = 2.0
            link = RedisLink(line.url, watcher, patience=patience, again=2)
            local = InProcessOrder()
            order = SafeOrder(RedisOrder(link, watcher, lease=SHORT), local, local)
            done: list[int] = []

            async def turn(number: int) -> None:
                async with order.hold("test", "zhang"):
                    await asyncio.sleep(0.02)
                    done.append(number)

            async with order.hold("test", "zhang"):
                waiting = [asyncio.create_task(turn(number)) for number in range(3)]
                await asyncio.sleep(0.05)
                if how == "cut":
                    await line.cut()
                else:
                    line.hush()
                await until(lambda: not link.up)
                assert done == [], "whoever has the turn keeps it"
            await asyncio.gather(*waiting)
            assert sorted(done) == [0, 1, 2]
            started = time.monotonic()
            for number in range(20):
                await turn(number)
            assert time.monotonic() - started < 10 * patience, "nobody waits for what is gone again and again"
            assert set(watcher.failures) <= {"shared.redis", "shared.order_lapsed"}
            await line.cut()
            await line.join()
            async with asyncio.timeout(60):
                while not link.up:
                    await turn(99)
                    await asyncio.sleep(0.05)
            await link.close()


async def test_a_lost_connection_to_the_locks_is_replaced(postgres: PostgresServer) -> None:
    watcher, connections = Watcher(), []
    pulse = Pulse(make_url(postgres.new_database()))

    async def connecting() -> object:
        connections.append(await connect(pulse))
        return connections[-1]

    order = PostgresOrder(connecting, watcher)  # type: ignore[arg-type]
    async with order.hold("test", "zhang"):
        pass
    await connections[0].close()
    async with order.hold("test", "zhang"):
        assert len(connections) == 2
    await order.close()
    assert watcher.failures == []


async def test_without_a_database_turns_of_one_process_are_still_in_order() -> None:
    watcher = Watcher()

    async def nowhere() -> object:
        raise OSError

    order = PostgresOrder(nowhere, watcher)  # type: ignore[arg-type]
    async with order.hold("test", "zhang"):
        next_one = asyncio.create_task(order.hold("test", "zhang").__aenter__())
        await asyncio.sleep(0.02)
        assert not next_one.done()
    await next_one
    assert set(watcher.failures) == {"shared.order"}
