"""What one process puts into the outbox wakes the workers of another one at once, and only when it is committed."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from functools import partial

import pytest

from bot.delivery.circular import Circulars, Letter
from bot.delivery.outbox import Envelope, Outbox
from bot.delivery.worker import Bounds, Worker
from bot.shared.bell import PostgresBell
from bot.shared.postgres_link import connect
from dialogs.messages import Reply, ReplyKind
from knowledge_base.store import Store
from tests.fakes.post import PaperChannel
from tests.fakes.post import Watcher as DeliveryWatcher
from tests.fakes.postgres import PostgresServer
from tests.fakes.redis import Watcher

REPLY = Reply(ReplyKind.INFO, "信")


def clock() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
async def stores(postgres: PostgresServer) -> AsyncIterator[tuple[Store, Store]]:
    url = postgres.new_database()
    here, there = Store(url), Store(url)
    await here.migrate()
    yield here, there
    await here.close()
    await there.close()


@asynccontextmanager
async def listening(store: Store, outbox: Outbox, watcher: Watcher) -> AsyncIterator[PostgresBell]:
    assert store.pulse is not None
    bell = PostgresBell(partial(connect, store.pulse), outbox.ring, outbox.wake, watcher)
    task = asyncio.create_task(bell.run())
    try:
        async with asyncio.timeout(60):
            await bell.listening.wait()
        yield bell
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_worker_elsewhere_sends_long_before_it_would_have_looked(stores: tuple[Store, Store]) -> None:
    here, there = (Outbox(store, clock) for store in stores)
    channel, watcher = PaperChannel(), Watcher()
    worker = Worker(there, channel, clock=clock, observer=DeliveryWatcher(), bounds=Bounds(poll=600))
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(listening(stores[1], there, watcher))
        working = asyncio.create_task(worker.run())
        stack.callback(working.cancel)
        took = []
        for number in range(8):
            async with stores[0].session() as session:
                await here.put(session, [Envelope("paper", f"p{number}", "t", REPLY)])
            put = time.monotonic()
            await channel.until(lambda c, n=number: len(c.sent) > n)  # type: ignore[misc]
            took.append(time.monotonic() - put)
        assert max(took) < 60, took
        sys.stdout.write(f"\nfrom commit to sent: {sorted(round(1000 * one) for one in took)} ms\n")
    await asyncio.gather(working, return_exceptions=True)
    assert watcher.failures == []


async def test_it_rings_for_letters_too_not_for_what_is_undone_and_not_for_oneself(
    stores: tuple[Store, Store],
) -> None:
    here, there = (Outbox(store, clock) for store in stores)
    rang, own, watcher = asyncio.Event(), [], Watcher()
    there.on_put(rang.set)
    here.on_put(lambda: own.append(1))
    async with listening(stores[1], there, watcher), listening(stores[0], here, watcher):
        rang.clear()
        own.clear()

        async with stores[0].session() as session:
            await here.put(session, [Envelope("paper", "zhang", "undone", REPLY)])
            await session.rollback()
        async with stores[0].session() as session:

            async def nobody() -> AsyncIterator[list[object]]:
                for _ in ():
                    yield []

            assert not rang.is_set()
            await Circulars(here, clock).put(session, Letter("t", REPLY, 1), nobody())  # type: ignore[arg-type]
        async with asyncio.timeout(60):
            await rang.wait()
        async with stores[1].session() as session:
            await there.put(session, [Envelope("paper", "li", "t", REPLY)])
        async with asyncio.timeout(60):
            while len(own) < 2:  # noqa: ASYNC110 - once for its own, once for the other one's
                await asyncio.sleep(0.01)
        assert len(own) == 2


async def test_after_a_lost_connection_it_listens_again_and_looks_for_what_it_missed(
    stores: tuple[Store, Store],
) -> None:
    outbox, watcher, rang = Outbox(stores[0], clock), Watcher(), asyncio.Event()
    outbox.on_put(rang.set)
    connections, pulse = [], stores[0].pulse
    assert pulse is not None

    async def connecting() -> object:
        connections.append(await connect(pulse))
        return connections[-1]

    bell = PostgresBell(connecting, outbox.ring, outbox.wake, watcher, again=0.05)  # type: ignore[arg-type]
    task = asyncio.create_task(bell.run())
    async with asyncio.timeout(60):
        await rang.wait()
        rang.clear()
        await asyncio.sleep(0)
        async with await connect(pulse) as other:
            await other.execute("SELECT pg_terminate_backend(%s)", [connections[0].info.backend_pid])
        await rang.wait()
    assert set(watcher.failures) == {"shared.bell"}
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
