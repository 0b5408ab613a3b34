"""Workers: what is put is sent at once, whatever goes wrong with one message or with the store."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text, update

from bot.channels.base import Blocked, RateLimited, Rejected, Unreachable
from bot.delivery.delivery import Delivery
from bot.delivery.models import AttemptRow, OutboxRow
from bot.delivery.outbox import Envelope, Outbox
from bot.delivery.policy import Outcome
from bot.delivery.worker import Bounds
from dialogs.messages import Reply, ReplyKind
from knowledge_base.store import Store
from tests.fakes.post import PaperChannel, Room, Watcher

QUICK = Bounds(poll=0.05, lease=30, sweep=0.01, grace=0.2, again=0.01)
SLOW = Bounds(poll=600, lease=30, sweep=600, grace=0.2)
"""Only what wakes it makes it look."""


class Office:
    """An outbox, a paper channel and who works on it. The clock can be moved."""

    def __init__(self, store: Store, room: Room | None = None) -> None:
        self.store = store
        self.ahead = timedelta(0)
        self.channel = PaperChannel(room=room)
        self.watcher = Watcher()
        self.outbox = Outbox(store, self.clock)

    def clock(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    async def put(self, *users: str, topic: str = "t", **more: object) -> None:
        async with self.store.session() as session:
            reply = Reply(ReplyKind.INFO, "信")
            await self.outbox.put(session, [Envelope("paper", u, topic, reply, **more) for u in users])  # type: ignore[arg-type]

    @asynccontextmanager
    async def at_work(self, bounds: Bounds = QUICK) -> AsyncIterator[None]:
        delivery = Delivery(self.outbox, [self.channel], clock=self.clock, observer=self.watcher, bounds=bounds)
        task = asyncio.create_task(delivery.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def states(self) -> dict[str, str]:
        async with self.store.session() as session:
            return dict((await session.execute(select(OutboxRow.user, OutboxRow.state))).all())


@pytest.fixture
def office(any_store: Store) -> Office:
    return Office(any_store)


async def test_what_is_put_in_this_process_is_sent_at_once(office: Office) -> None:
    async with office.at_work(SLOW):
        await office.put("zhang", "li")
        await office.watcher.until(2)
    assert sorted(user for user, _, _ in office.channel.sent) == ["li", "zhang"]
    assert await office.states() == {"zhang": "sent", "li": "sent"}


async def test_what_another_process_put_is_found_by_looking(office: Office) -> None:
    async with office.at_work():
        other = Office(office.store)
        await other.put("zhang")
        await office.watcher.until(1)
    assert len(office.channel.sent) == 1


async def test_no_message_stops_the_queue(office: Office) -> None:
    office.channel.faults = {
        "gone": [Blocked("b")],
        "refused": [Rejected("r")],
        "poison": [ValueError("x") for _ in range(9)],
        "hasty": [RateLimited(0)],
        "hangs": [TimeoutError()],
    }
    await office.put("gone", "refused", "poison", "unreadable", "hasty", "hangs", priority=1)
    await office.put(*(f"p{n}" for n in range(20)), priority=2)
    async with office.store.session() as session:
        await session.execute(update(OutboxRow).where(OutboxRow.user == "unreadable").values(payload={"kind": "?"}))
    async with office.at_work():
        await office.watcher.until(27)
        for count in range(2, 6):  # the pauses of the one that fails for ever, and of the one that did not answer
            office.ahead += timedelta(minutes=15)
            await office.watcher.until(lambda w, count=count: w.outcomes.count(("paper", "fault")) >= count)  # type: ignore[misc]
        await office.watcher.until(27 + 5)
    states = await office.states()
    assert {u: s for u, s in states.items() if s != "sent"} == {
        "gone": "blocked",
        "refused": "failed",
        "poison": "failed",
        "unreadable": "failed",
    }
    assert office.channel.tried.count("poison") == 5
    assert office.watcher.failures == ["delivery.send"] * 5
    assert office.watcher.outcomes.count(("paper", "fault")) == 5
    assert office.watcher.outcomes.count(("paper", "unreadable")) == 1
    async with office.store.session() as session:
        hasty = select(AttemptRow.outcome).join(OutboxRow).where(OutboxRow.user == "hasty").order_by(AttemptRow.id)
        assert (await session.scalars(hasty)).all() == ["ratelimited", "sent"]


async def test_the_id_stays_the_same_over_tries_and_workers(office: Office) -> None:
    seen: list[str | None] = []
    office.channel.faults = {"zhang": [Unreachable("u")]}
    send = office.channel.send

    async def noting(user: str, reply: Reply, message_id: str | None = None) -> None:
        seen.append(message_id)
        await send(user, reply, message_id)

    office.channel.send = noting  # type: ignore[method-assign]
    await office.put("zhang")
    async with office.at_work():
        await office.watcher.until(1)
    office.ahead += timedelta(seconds=6)
    async with office.at_work():
        await office.watcher.until(2)
    assert len(seen) == 2
    assert len(set(seen)) == 1
    assert seen[0]


async def test_the_absent_are_not_asked_and_get_it_when_they_come(any_store: Store) -> None:
    room = Room("li")
    office = Office(any_store, room)
    async with office.at_work(SLOW):
        await office.put("zhang", "li")
        await office.watcher.until(1)
        office.ahead += timedelta(days=20)
        room.enter("chen")
        await office.put("li", topic="u")
        await office.watcher.until(2)
        assert office.channel.tried == ["li", "li"]
        room.enter("zhang")
        await office.watcher.until(3)
    assert office.channel.tried[-1] == "zhang"
    assert set((await office.states()).values()) == {"sent"}


async def test_who_comes_back_while_their_page_was_being_tried_in_vain_does_not_wait(any_store: Store) -> None:
    room = Room("zhang")
    office = Office(any_store, room)
    office.channel.gate = asyncio.Event()
    office.channel.faults = {"zhang": [Unreachable("u")]}
    async with office.at_work(SLOW):
        await office.put("zhang")
        await office.channel.until(lambda c: len(c.tried) == 1)
        room.enter("zhang")
        office.channel.gate.set()
        await office.watcher.until(2)
    assert [what for _, what in office.watcher.outcomes] == ["unreachable", "sent"]


async def test_nothing_is_sent_after_it_has_expired(office: Office) -> None:
    await office.put("zhang", expires_at=office.clock() + timedelta(minutes=1))
    office.ahead += timedelta(minutes=2)
    async with office.at_work():
        await office.put("li")
        await office.watcher.until(1)
    assert office.channel.tried == ["li"]
    assert await office.states() == {"zhang": "expired", "li": "sent"}


async def test_a_channel_that_lets_wait_gets_no_longer_than_the_message_holds(any_store: Store) -> None:
    moment = datetime.now(UTC)

    class Still(Office):
        """Its clock stands: what expires before it is tried would be no try."""

        def clock(self) -> datetime:
            return moment

    office = Still(any_store)
    office.channel.gate = asyncio.Event()
    async with office.at_work():
        await office.put("zhang", expires_at=office.clock() + timedelta(seconds=0.3))
        await office.watcher.until(1)
    assert (office.channel.tried, office.channel.sent) == (["zhang"], [])
    assert await office.states() == {"zhang": "expired"}


async def test_urgent_messages_overtake_those_that_wait(office: Office) -> None:
    office.channel.gate = asyncio.Event()
    async with office.at_work(Bounds(parallel=1, poll=600)):
        await office.put("blue1", "blue2", "blue3", priority=3)
        await office.channel.until(lambda c: len(c.tried) == 1)
        await office.put("red", priority=1)
        office.channel.gate.set()
        await office.watcher.until(4)
    assert office.channel.tried[1] == "red"


class Turnstile(PaperChannel):
    """Lets a number of messages through, and holds the others until it is opened."""

    def __init__(self, free: int) -> None:
        super().__init__()
        self._free = free
        self.open = asyncio.Event()

    async def send(self, user: str, reply: Reply, message_id: str | None = None) -> None:
        if len(self.tried) >= self._free:
            self.gate = self.open
        await super().send(user, reply, message_id)


async def in_hand(store: Store) -> int:
    async with store.session() as session:
        return len((await session.scalars(select(OutboxRow.id).where(OutboxRow.claimed_until.is_not(None)))).all())


@pytest.mark.parametrize("by_this_process", [True, False])
async def test_what_is_held_and_not_begun_is_overtaken_by_red_and_withdrawn(
    any_store: Store, by_this_process: bool
) -> None:
    """Also where another process writes: then within a second, for what is held is chosen anew."""
    office = Office(any_store)
    office.channel = turnstile = Turnstile(60)
    looks = replace(SLOW, parallel=4) if by_this_process else replace(SLOW, parallel=4, poll=0.05, fresh=0.1)
    if by_this_process:
        looks = replace(looks, fresh=600)
    async with office.at_work(looks):
        await office.put(*(f"blue{n:03}" for n in range(300)), priority=3)
        await turnstile.until(lambda c: len(c.tried) == 64)
        if by_this_process:
            assert await in_hand(any_store) > 16, "more is held than is being sent"
        async with any_store.session() as session:
            late = OutboxRow.user >= "blue100"
            await session.execute(update(OutboxRow).where(late).values(state="superseded"))
        await (office if by_this_process else Office(any_store)).put("red1", "red2", priority=1)
        async with asyncio.timeout(60):
            while await in_hand(any_store) > looks.parallel:  # noqa: ASYNC110 - what was held is given back untold
                await asyncio.sleep(0.01)
        turnstile.open.set()
        await office.watcher.until(102)
    assert set(turnstile.tried[64:66]) == {"red1", "red2"}
    assert Counter((await office.states()).values()) == {"sent": 102, "superseded": 200}
    assert len(turnstile.tried) == 102
    assert await in_hand(any_store) == 0


async def test_results_are_recorded_together_and_no_more_than_allowed_wait_for_it(office: Office) -> None:
    """The store stands still: what a kill could make go out twice stays within the bound."""
    gate, record_all = asyncio.Event(), office.outbox.record_all
    batches: list[int] = []

    async def slowly(results: Mapping[str, Outcome]) -> None:
        batches.append(len(results))
        await gate.wait()
        await record_all(results)

    office.outbox.record_all = slowly  # type: ignore[method-assign]
    await office.put(*(f"p{n}" for n in range(100)))
    async with office.at_work(replace(SLOW, parallel=4, unrecorded=6)):
        await office.channel.until(lambda c: len(c.sent) == 10)
        await asyncio.sleep(0.05)
        assert len(office.channel.tried) == 10
        gate.set()
        await office.watcher.until(100)
    assert len(office.channel.sent) == 100
    assert max(batches) <= 10
    assert len(batches) < 60


async def test_a_store_that_fails_for_a_while_loses_nothing(office: Office) -> None:
    """The table is away: first when messages are claimed, then when it is recorded that they were sent."""

    async def rename(old: str, new: str) -> None:
        async with office.store.session() as session:
            await session.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))

    office.channel.gate = asyncio.Event()
    await office.put("zhang")
    await rename("outbox", "away")
    async with office.at_work():
        await office.watcher.until(lambda w: "delivery.claim" in w.failures)
        await rename("away", "outbox")
        await office.channel.until(lambda c: len(c.tried) == 1)
        await rename("delivery_attempts", "away")
        office.channel.gate.set()
        await office.watcher.until(lambda w: "delivery.record" in w.failures)
        await rename("away", "delivery_attempts")
        await office.watcher.until(1)
    assert len(office.channel.sent) == 1
    assert await office.states() == {"zhang": "sent"}


async def test_stopping_gives_back_what_was_not_sent(office: Office) -> None:
    office.channel.gate = asyncio.Event()
    await office.put("zhang")
    async with office.at_work():
        await office.channel.until(lambda c: len(c.tried) == 1)
    assert await office.states() == {"zhang": "waiting"}
    office.channel.gate = None
    async with office.at_work(SLOW):
        await office.watcher.until(1)
    assert await office.states() == {"zhang": "sent"}
