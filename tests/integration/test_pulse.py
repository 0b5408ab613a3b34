"""A PostgreSQL server that stands still, with all its lines open: nobody waits for it for long, and it is used again."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import OperationalError

from bot.delivery.outbox import Outbox
from bot.shared.composition import Values, shared_state
from knowledge_base.pulse import Pulse
from knowledge_base.store import Store
from tests.fakes.postgres import PostgresServer, postgres_server
from tests.fakes.redis import Watcher

DOUBT, PATIENCE, AGAIN = 0.1, 3.0, 2.0
BOUND = 60.0
"""Seconds after which everybody has given up, on a machine with other work."""


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """One that no other test uses."""
    with postgres_server() as server:
        yield server


@pytest.fixture
async def store(server: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Store]:
    """A store that doubts soon."""
    monkeypatch.setattr(
        "knowledge_base.store._pulse",
        lambda url: Pulse(make_url(url), doubt=DOUBT, patience=PATIENCE, again=AGAIN),
    )
    store = Store(server.new_database())
    async with store.session() as session:
        await session.execute(text("CREATE TABLE kept (number INTEGER PRIMARY KEY)"))
    yield store
    await store.close()


@asynccontextmanager
async def frozen(server: PostgresServer) -> AsyncIterator[None]:
    """For the block."""
    server.freeze()
    try:
        yield
    finally:
        server.thaw()


async def keep(store: Store, number: int) -> None:
    async with store.session() as session:
        await session.execute(text("INSERT INTO kept VALUES (:number)"), {"number": number})


async def kept(store: Store) -> list[int]:
    async with store.session() as session:
        return list(await session.scalars(text("SELECT number FROM kept ORDER BY number")))


async def took(store: Store, number: int) -> float:
    """The seconds until keeping has failed."""
    began = time.monotonic()
    with pytest.raises(OperationalError):
        await keep(store, number)
    return time.monotonic() - began


async def test_who_waits_for_a_server_that_stands_still_gives_up_and_it_is_used_again(
    store: Store, server: PostgresServer
) -> None:
    await asyncio.gather(*(keep(store, number) for number in range(4)))  # leaves connections in the pool
    assert store.pulse is not None
    async with frozen(server):
        # More than the pool has connections: who waits for one of them does not wait for longer.
        first = await asyncio.gather(*(took(store, 100 + number) for number in range(30)))
        assert min(first) > DOUBT
        assert max(first) < BOUND
        assert store.pulse.silent
        known = time.monotonic()
        waited = await took(store, 200)
        assert waited < PATIENCE or time.monotonic() > known + AGAIN, "nobody waits for what is known to be silent"
        await asyncio.sleep(AGAIN)
        assert await took(store, 201) < BOUND, "it is asked again"
    await asyncio.sleep(AGAIN)
    await asyncio.gather(*(keep(store, 10 + number) for number in range(4)))
    assert await store.pulse.beats(), "the question goes on beside those who were answered in time"
    assert not store.pulse.silent
    assert await kept(store) == [0, 1, 2, 3, 10, 11, 12, 13], "what failed was not kept"


async def test_a_statement_and_a_wait_for_a_lock_may_last_as_long_as_they_need(store: Store) -> None:
    async def holds(lock: int, seconds: float) -> None:
        async with store.session() as session:
            await session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": lock})
            await session.execute(text("SELECT pg_sleep(:seconds)"), {"seconds": seconds})

    long = DOUBT + PATIENCE + 0.4
    await asyncio.gather(holds(1, long), holds(1, 0), holds(2, long))
    assert store.pulse is not None
    assert not store.pulse.silent


async def test_the_transaction_in_whose_middle_it_stopped_is_not_kept(store: Store, server: PostgresServer) -> None:
    async def two() -> None:
        async with store.session() as session:
            await session.execute(text("INSERT INTO kept VALUES (7)"))
            server.freeze()
            await session.execute(text("INSERT INTO kept VALUES (8)"))

    with pytest.raises(OperationalError):
        await two()
    server.thaw()
    await asyncio.sleep(AGAIN)
    assert await kept(store) == []


async def test_the_order_of_turns_does_not_wait_either_and_its_locks_are_free_afterwards(
    store: Store, server: PostgresServer
) -> None:
    outbox, watcher = Outbox(store, lambda: pytest.fail("asked for the time")), Watcher()
    async with (
        shared_state(Values(), store, outbox, watcher) as shared,
        shared_state(Values(), store, outbox, watcher) as other,
    ):
        async with shared.order.hold("test", "li"), other.order.hold("test", "nobody"):
            server.freeze()
            began = time.monotonic()
            async with shared.order.hold("test", "zhang"):
                assert time.monotonic() - began < BOUND
        assert time.monotonic() - began < 2 * BOUND
        assert "shared.order" in watcher.failures
        server.thaw()
        await asyncio.sleep(AGAIN)
        for order in (shared.order, other.order):
            for who in ("li", "zhang"):
                async with asyncio.timeout(60), order.hold("test", who):
                    pass
