"""PostgreSQL goes away and comes back in the middle of a delivery: everybody gets the message, and nobody twice."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from bot.delivery.models import AttemptRow, OutboxRow
from bot.delivery.outbox import Envelope, Outbox
from bot.delivery.worker import Bounds, Worker
from dialogs.messages import Reply, ReplyKind
from knowledge_base.store import Store
from knowledge_base.warnings.cap_write import write_cap
from knowledge_base.warnings.intake import Outcome
from tests.fakes.post import Watcher
from tests.fakes.postgres import PostgresServer, postgres_server
from tests.fakes.warning_desk import WarningDesk, person, warning
from tests.integration.test_delivery import Turnstile

PEOPLE = [f"p{n}" for n in range(300)]


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """One that no other test uses."""
    with postgres_server() as server:
        yield server


@pytest.fixture
async def away(server: PostgresServer) -> AsyncIterator[Store]:
    """A store whose server may be stopped; it runs again at the end."""
    store = Store(server.new_database())
    await store.migrate()
    yield store
    await asyncio.to_thread(server.start)
    await store.close()


@pytest.mark.parametrize("how", ["fast", "immediate"])
async def test_a_running_worker_goes_on(away: Store, server: PostgresServer, how: str) -> None:
    outbox, watcher = Outbox(away, lambda: datetime.now(UTC)), Watcher()
    channel = Turnstile(len(PEOPLE) // 2)  # not all are out before a server that takes its time has stopped
    async with away.session() as session:
        reply = Reply(ReplyKind.INFO, "信")
        await outbox.put(session, [Envelope("paper", user, "t", reply) for user in PEOPLE])
    bounds = Bounds(parallel=4, unrecorded=8, portion=8, poll=0.05, again=0.05)
    worker = asyncio.create_task(
        Worker(outbox, channel, clock=lambda: datetime.now(UTC), observer=watcher, bounds=bounds).run()
    )
    try:
        await channel.until(lambda c: len(c.sent) >= 20)
        await asyncio.to_thread(server.stop, how)
        at_the_stop = len(channel.sent)
        channel.open.set()
        await watcher.until(lambda w: len(w.failures) >= 3)
        assert len(channel.sent) < len(PEOPLE)
        assert len(channel.sent) - at_the_stop <= bounds.parallel + bounds.unrecorded, "no more than may be unrecorded"
        await asyncio.to_thread(server.start)
        await watcher.until(lambda w: len(w.outcomes) >= len(PEOPLE))
    finally:
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)
    assert Counter(user for user, *_ in channel.sent) == dict.fromkeys(PEOPLE, 1)
    async with away.session() as session:
        states = Counter(await session.scalars(select(OutboxRow.state)))
        tried = set(await session.scalars(select(AttemptRow.outbox_id)))
    assert states == {"sent": len(PEOPLE)}
    assert len(tried) == len(PEOPLE)


async def test_a_warning_is_taken_by_who_comes_again(away: Store, server: PostgresServer) -> None:
    desk = WarningDesk(away)
    await desk.people(*(person(user) for user in PEOPLE))
    document = write_cap(warning("A"))
    await asyncio.to_thread(server.stop, "immediate")
    with pytest.raises(SQLAlchemyError):
        await desk.intake.take(document, "test")
    await asyncio.to_thread(server.start)
    taken = None
    while taken is None:
        with contextlib.suppress(SQLAlchemyError):  # a connection of before may be tried first
            taken = await desk.intake.take(document, "test")
    assert (taken.outcome, taken.recipients) == (Outcome.ACCEPTED, len(PEOPLE))
    assert sorted(await desk.send()) == sorted(PEOPLE)
