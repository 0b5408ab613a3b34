"""The machine's clock is put forward and back by an hour: nothing lost, nothing late, nothing after it has expired."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Self

import pytest
from apscheduler.schedulers import base as scheduler

from bot import schedule as jobs
from bot.channels.base import Unreachable
from bot.delivery.outbox import Envelope, Outbox
from bot.delivery.policy import Outcome, State
from bot.delivery.worker import Bounds, Worker
from bot.schedule import Schedule
from dialogs.messages import Reply, ReplyKind
from knowledge_base.store import Store
from tests.fakes.post import PaperChannel, Watcher
from tests.fakes.warning_desk import NOON, WarningDesk, cancel, info, person, warning

HOUR = timedelta(hours=1)
LEASE = timedelta(seconds=60)
SENT = Outcome(State.SENT, "sent")


@pytest.fixture
def desk(any_store: Store) -> WarningDesk:
    return WarningDesk(any_store)


async def put(desk: WarningDesk, *users: str, **more: object) -> None:
    async with desk.store.session() as session:
        reply = Reply(ReplyKind.INFO, "信")
        await desk.outbox.put(session, [Envelope("paper", user, "t", reply, **more) for user in users])  # type: ignore[arg-type]


async def claimed(desk: WarningDesk) -> list[str]:
    return [message.user for message in await desk.outbox.claim("paper", 10, LEASE)]


async def test_what_waited_when_the_clock_was_put_back_goes_at_once(desk: WarningDesk) -> None:
    await desk.people(person("zhang"))
    await desk.take(warning("A"))
    desk.clock.later(hours=-1)
    assert await desk.send() == ["zhang"]


async def test_put_back_nothing_goes_before_the_time_that_was_set_for_it(desk: WarningDesk) -> None:
    await put(desk, "zhang", due_at=NOON + timedelta(minutes=30))
    desk.clock.later(hours=-1)
    await desk.outbox.set_right("paper", LEASE)
    desk.clock.later(minutes=89)
    assert await claimed(desk) == []
    desk.clock.later(minutes=1)
    assert await claimed(desk) == ["zhang"]


async def test_put_back_a_killed_workers_lease_ends_no_later_than_any(desk: WarningDesk) -> None:
    await put(desk, "zhang")
    assert await claimed(desk) == ["zhang"]
    desk.clock.later(hours=-1)
    await desk.outbox.set_right("paper", LEASE)
    assert await claimed(desk) == [], "who holds it may be alive"
    desk.clock.later(seconds=LEASE.total_seconds())
    await desk.outbox.set_right("paper", LEASE)
    assert await claimed(desk) == ["zhang"]


async def test_put_back_a_pause_after_a_try_ends_once_and_the_next_is_its_own(desk: WarningDesk) -> None:
    await put(desk, "zhang")
    (message,) = await desk.outbox.claim("paper", 10, LEASE)
    pause = timedelta(minutes=10)
    await desk.outbox.record(message.id, Outcome(State.WAITING, "unreachable", desk.clock() + pause))
    await desk.outbox.set_right("paper", LEASE)
    assert await claimed(desk) == [], "the clock was not put back"
    desk.clock.later(hours=-1)
    await desk.outbox.set_right("paper", LEASE)
    assert await claimed(desk) == ["zhang"]
    await desk.outbox.record(message.id, Outcome(State.WAITING, "unreachable", desk.clock() + pause))
    await desk.outbox.set_right("paper", LEASE)
    assert await claimed(desk) == [], "the pause of a try by the new clock holds"


async def test_put_forward_what_holds_still_goes_and_what_has_expired_does_not(desk: WarningDesk) -> None:
    await desk.people(person("zhang"))
    await desk.take(warning("A", infos=[info(expires=NOON + timedelta(minutes=30))]))
    await desk.take(warning("B"))
    desk.clock.later(hours=1)
    assert await desk.send() == ["zhang"]
    assert desk.got == {"zhang": ["B"]}
    await desk.outbox.expire()
    desk.clock.later(hours=-1)
    assert await desk.send() == [], "what has been closed stays closed"


@pytest.mark.parametrize("jump", [-HOUR, HOUR])
async def test_a_worker_loses_nothing_and_sends_nothing_twice(store: Store, jump: timedelta) -> None:
    moved = timedelta(0)

    def clock() -> datetime:
        return datetime.now(UTC) + moved

    outbox, channel, watcher = Outbox(store, clock), PaperChannel(), Watcher()
    people = [f"p{n}" for n in range(40)]
    channel.faults = {user: [Unreachable("x")] for user in people[:5]}
    async with store.session() as session:
        reply, later = Reply(ReplyKind.INFO, "信"), clock() + timedelta(hours=5)
        await outbox.put(session, [Envelope("paper", user, "t", reply, expires_at=later) for user in people])
        await outbox.put(
            session, [Envelope("paper", "late", "t", reply, 200, expires_at=clock() + timedelta(minutes=1))]
        )
    channel.gate = asyncio.Event()
    bounds = Bounds(parallel=4, portion=4, poll=0.05, fresh=0.05, sweep=0.05)
    worker = asyncio.create_task(Worker(outbox, channel, clock=clock, observer=watcher, bounds=bounds).run())
    await channel.until(lambda c: len(c.tried) == 4)
    channel.gate.set()
    await watcher.until(lambda w: w.outcomes.count(("paper", "unreachable")) == 5)
    moved = jump
    try:
        await channel.until(lambda c: {user for user, *_ in c.sent} >= set(people))
    finally:
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)
    sent = [user for user, *_ in channel.sent if user != "late"]
    assert sorted(sent) == sorted(people)
    assert not watcher.failures


async def test_put_back_a_cancel_does_not_wait_an_hour_for_what_it_refers_to(desk: WarningDesk) -> None:
    await desk.take(cancel("C", 0, "A"))
    await desk.take(warning("U", 0, "B"))
    desk.clock.later(hours=-1)
    await desk.intake.settle()
    assert await desk.states() == {"C": "unmatched", "U": "in_force"}


class Machine(datetime):
    """What the scheduler takes for the time."""

    moved = timedelta(0)

    @classmethod
    def now(cls, tz: object = None) -> Self:
        return super().now(tz) + cls.moved  # type: ignore[arg-type]


@pytest.mark.parametrize("jump", [-HOUR, HOUR])
async def test_regular_jobs_go_on(monkeypatch: pytest.MonkeyPatch, jump: timedelta) -> None:
    monkeypatch.setattr(Machine, "moved", timedelta(0))
    monkeypatch.setattr(scheduler, "datetime", Machine)
    monkeypatch.setattr(jobs, "datetime", Machine)
    runs = asyncio.Queue[datetime]()

    async def job() -> None:
        await runs.put(datetime.now(UTC))

    schedule = Schedule(lambda _: None, look=0.05)
    schedule.every(timedelta(seconds=1), "look", job, first=datetime.now(UTC))
    schedule.start()
    async with asyncio.timeout(60):
        await runs.get()
        Machine.moved = jump
        await runs.get()
        assert runs.empty(), "once for all that was missed"
        await runs.get()
    schedule.stop()
