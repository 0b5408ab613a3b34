"""The outbox: put in the caller's transaction, once for each topic, claimed in order by one worker at a time."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import OperationalError

from bot.delivery.models import OutboxRow
from bot.delivery.outbox import ORDINARY, Envelope, Outbox
from bot.delivery.policy import PATIENCE, Outcome, State
from dialogs.messages import Choice, Reply, ReplyKind
from knowledge_base.statistics.models import TallyRow
from knowledge_base.store import Store

LEASE = timedelta(seconds=60)


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def later(self, **delta: float) -> None:
        self.now += timedelta(**delta)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def outbox(any_store: Store, clock: Clock) -> Outbox:
    return Outbox(any_store, clock)


def letter(user: str = "zhang", topic: str = "t", **more: object) -> Envelope:
    return Envelope("paper", user, topic, Reply(ReplyKind.INFO, f"给{user}"), **more)  # type: ignore[arg-type]


async def put(outbox: Outbox, *envelopes: Envelope) -> int:
    async with outbox._store.session() as session:
        return await outbox.put(session, envelopes)


async def rows(store: Store) -> list[OutboxRow]:
    async with store.session() as session:
        return list(await session.scalars(select(OutboxRow).order_by(OutboxRow.user)))


async def test_a_topic_that_a_person_has_got_does_nothing(outbox: Outbox, any_store: Store) -> None:
    assert await put(outbox, letter(), letter("li"), letter(topic="other")) == 3
    assert await put(outbox, letter(), letter("wang")) == 1
    assert await put(outbox, letter("chen"), letter("chen")) == 1
    (claimed, *_) = await outbox.claim("paper", 1, LEASE)
    await outbox.record(claimed.id, Outcome(State.SENT, "sent"))
    assert await put(outbox, letter(claimed.user)) == 0
    assert len(await rows(any_store)) == 5


async def test_two_who_put_the_same_topic_at_once_put_it_once(outbox: Outbox, any_store: Store) -> None:
    people = [letter(f"p{n}") for n in range(40)]
    counts = await asyncio.gather(put(outbox, *people), put(outbox, *people))
    assert sum(counts) == 40
    assert len(await rows(any_store)) == 40


async def test_what_is_rolled_back_is_not_sent_and_wakes_nobody(outbox: Outbox, any_store: Store) -> None:
    woken: list[int] = []
    outbox.on_put(lambda: woken.append(1))
    async with any_store.session() as session:
        await outbox.put(session, [letter()])
        await session.rollback()
    assert await rows(any_store) == []
    assert woken == []
    async with any_store.session() as session:
        await outbox.put(session, [letter()])
        assert woken == []
    assert woken == [1]


async def test_more_than_one_statement_takes(outbox: Outbox) -> None:
    assert await put(outbox, *(letter(f"p{n}") for n in range(1203))) == 1203
    everybody = [f"p{n}" for n in range(1203)]
    claimed = await outbox.claim("paper", 5, LEASE, users=everybody)
    assert len(claimed) == 5


async def test_a_reply_comes_out_as_it_went_in(outbox: Outbox) -> None:
    reply = Reply(
        ReplyKind.ANSWER, "字", spoken="音", detail="1. 全", subject="a.b", choices=(Choice("fb:useful:a.b", "有用"),)
    )
    await put(outbox, Envelope("paper", "zhang", "t", reply))
    (claimed,) = await outbox.claim("paper", 9, LEASE)
    assert claimed.reply() == reply


async def test_the_most_urgent_comes_first_then_the_oldest(outbox: Outbox, clock: Clock) -> None:
    await put(outbox, letter("blue", priority=3))
    clock.later(seconds=1)
    await put(outbox, letter("blue2", priority=3), letter("red", priority=1))
    clock.later(seconds=1)
    await put(outbox, letter("red2", priority=1))
    order = [(await outbox.claim("paper", 1, LEASE))[0].user for _ in range(4)]
    assert order == ["red", "red2", "blue", "blue2"]
    assert await outbox.claim("paper", 1, LEASE) == []


async def test_nothing_before_its_time_and_nothing_after_it_expires(
    outbox: Outbox, clock: Clock, any_store: Store
) -> None:
    noon = clock.now + timedelta(hours=3)
    await put(outbox, letter("early", due_at=noon), letter("late", expires_at=noon))
    assert [c.user for c in await outbox.claim("paper", 9, timedelta(0))] == ["late"]
    clock.later(hours=3)
    assert [c.user for c in await outbox.claim("paper", 9, timedelta(0))] == ["early"]
    assert await outbox.expire() == 1
    assert await outbox.expire() == 0
    assert {row.user: row.state for row in await rows(any_store)} == {"early": "waiting", "late": "expired"}


async def test_no_two_workers_take_the_same(outbox: Outbox, any_store: Store, clock: Clock) -> None:
    await put(outbox, *(letter(f"p{n:02}") for n in range(60)))
    others = [Outbox(any_store, clock) for _ in range(4)]
    taken = await asyncio.gather(*(other.claim("paper", 7, LEASE) for _ in range(3) for other in others))
    ids = [claimed.id for some in taken for claimed in some]
    assert len(ids) == len(set(ids))
    while more := await outbox.claim("paper", 50, LEASE):
        ids += [claimed.id for claimed in more]
    assert (len(ids), len(set(ids))) == (60, 60)


async def test_what_a_killed_worker_held_comes_back_when_its_lease_ends(outbox: Outbox, clock: Clock) -> None:
    await put(outbox, letter())
    (first,) = await outbox.claim("paper", 1, LEASE)
    clock.later(seconds=59)
    assert await outbox.claim("paper", 1, LEASE) == []
    await outbox.hold([first.id], LEASE)
    clock.later(seconds=59)
    assert await outbox.claim("paper", 1, LEASE) == []
    clock.later(seconds=2)
    assert await outbox.claim("paper", 1, LEASE, without=[first.id]) == []
    assert [claimed.id for claimed in await outbox.claim("paper", 1, LEASE)] == [first.id]


async def test_every_try_is_recorded_and_what_is_sent_stays_sent(
    outbox: Outbox, clock: Clock, any_store: Store
) -> None:
    await put(outbox, letter())
    (claimed,) = await outbox.claim("paper", 1, LEASE)
    await outbox.record(claimed.id, Outcome(State.WAITING, "unreachable", clock.now + timedelta(seconds=5)))
    assert await outbox.claim("paper", 1, LEASE) == []
    clock.later(seconds=5)
    (again,) = await outbox.claim("paper", 1, LEASE)
    assert again.tries == 1
    await outbox.record(again.id, Outcome(State.SENT, "sent"))
    await outbox.record(again.id, Outcome(State.FAILED, "rejected"))  # a second worker's, whose lease had ended
    (row,) = await rows(any_store)
    assert (row.state, row.sent_at) == ("sent", clock.now)
    assert await outbox.attempts(claimed.id, "unreachable") == 1
    assert await outbox.attempts(claimed.id, "rejected") == 1


async def test_who_is_not_there_is_not_asked(outbox: Outbox, clock: Clock) -> None:
    await put(outbox, letter("here"), letter("away"), letter("planned", due_at=clock.now + timedelta(hours=1)))
    assert [c.user for c in await outbox.claim("paper", 9, LEASE, users=["here", "planned"])] == ["here"]
    (away,) = await outbox.claim("paper", 9, LEASE, users=["away"])
    await outbox.record(away.id, Outcome(State.WAITING, "unreachable", clock.now + timedelta(minutes=15)))
    await outbox.hurry("paper", ["away", "planned", "stranger"])
    assert [c.user for c in await outbox.claim("paper", 9, LEASE, users=["away", "planned"])] == ["away"]


async def test_the_backlog_says_what_waits_and_since_when(outbox: Outbox, clock: Clock, any_store: Store) -> None:
    since = clock.now
    await put(outbox, letter("a"), letter("b"), letter("c", due_at=since + timedelta(hours=1)))
    clock.later(seconds=90)
    (backlog,) = await outbox.backlog()
    assert (backlog.channel, backlog.priority, backlog.waiting, backlog.due) == ("paper", ORDINARY, 3, 2)
    assert backlog.oldest == since
    for claimed in await outbox.claim("paper", 9, LEASE):
        await outbox.record(claimed.id, Outcome(State.SENT, "sent"))
    (backlog,) = await outbox.backlog()
    assert (backlog.waiting, backlog.due, backlog.oldest) == (1, 0, None)
    async with any_store.session() as session:
        assert await session.scalar(select(func.count()).where(OutboxRow.state == "sent")) == 2


async def test_a_channel_that_is_gone_is_seen_though_the_next_try_is_always_still_to_come(
    outbox: Outbox, clock: Clock
) -> None:
    since = clock.now
    await put(outbox, letter("zhang"), letter("li", due_at=since + timedelta(hours=9)))
    for pause in (5, 10, 900):
        (claimed,) = await outbox.claim("paper", 9, LEASE)
        await outbox.record(claimed.id, Outcome(State.WAITING, "unreachable", clock.now + timedelta(seconds=pause)))
        (backlog,) = await outbox.backlog()
        assert (backlog.due, backlog.oldest) == (0, since)
        clock.later(seconds=pause)
    await outbox.record(claimed.id, Outcome(State.SENT, "sent"))
    (backlog,) = await outbox.backlog()
    assert (backlog.waiting, backlog.oldest) == (1, None)


async def test_what_waits_for_its_reader_is_not_late(outbox: Outbox, clock: Clock) -> None:
    since = clock.now
    to = [("here", "1"), ("here", "2"), ("away", "1"), ("away", "2"), ("new", "1")]
    await put(outbox, *(replace(letter(user, topic), channel="web") for user, topic in to))
    clock.later(days=3)
    (nobody,) = await outbox.backlog()
    assert (nobody.waiting, nobody.due, nobody.oldest, nobody.away) == (5, 0, None, 5)
    (some,) = await outbox.backlog({"web": {"here": 4 * 86_400.0, "new": 2.0, "idle": 50.0}})
    assert (some.waiting, some.due, some.oldest, some.away) == (5, 3, since, 2)
    (back,) = await outbox.backlog({"web": {"new": 2.0, "here": 5.0}})
    assert back.oldest == clock.now - timedelta(seconds=5), "since they are there again, not since it was due"


async def test_what_names_no_end_is_not_sent_after_thirty_days(outbox: Outbox, clock: Clock, any_store: Store) -> None:
    soon, planned = letter("soon"), letter("planned", due_at=clock.now + timedelta(days=40))
    await put(outbox, replace(soon, channel="web"), planned, letter("own", expires_at=clock.now + timedelta(days=60)))
    clock.now += PATIENCE - timedelta(seconds=1)
    assert await outbox.expire() == 0
    clock.later(seconds=1)
    assert (await outbox.expire(), await outbox.expire()) == (1, 0)
    assert {row.user: row.state for row in await rows(any_store)} == {
        "soon": "expired",
        "planned": "waiting",
        "own": "waiting",
    }
    async with any_store.session() as session:
        counted = (await session.execute(select(TallyRow.channel, TallyRow.outcome, TallyRow.count))).all()
    assert [tuple(row) for row in counted] == [("web", "expired", 1)], "the console's statistics tell of it"


async def test_what_an_older_version_put_in_without_an_end_ends_too(
    outbox: Outbox, clock: Clock, any_store: Store
) -> None:
    await put(outbox, letter("old"), letter("planned"))
    async with any_store.session() as session:
        await session.execute(update(OutboxRow).values(expires_at=None))
        later = clock.now + PATIENCE + timedelta(days=1)
        await session.execute(update(OutboxRow).where(OutboxRow.user == "planned").values(due_at=later))
    clock.now += PATIENCE
    assert await outbox.expire() == 1
    assert {row.user: row.state for row in await rows(any_store)} == {"old": "expired", "planned": "waiting"}


async def test_recording_gives_way_to_whoever_holds_the_rows(outbox: Outbox, any_store: Store) -> None:
    """Or the acceptance of a warning, which closes the one before, could be what a deadlock ends."""
    if any_store.engine.dialect.name != "postgresql":
        pytest.skip("SQLite has one writer")
    await put(outbox, letter("a"), letter("b"))
    claimed = await outbox.claim("paper", 2, LEASE)
    results = {message.id: Outcome(State.SENT, "sent") for message in claimed}
    async with any_store.session() as session:
        await session.execute(update(OutboxRow).where(OutboxRow.user == "b").values(state="superseded"))
        with pytest.raises(OperationalError):
            await outbox.record_all(results)
        await session.execute(update(OutboxRow).where(OutboxRow.user == "a").values(state="superseded"))
    await outbox.record_all(results)
    assert {row.user: row.state for row in await rows(any_store)} == {"a": "sent", "b": "sent"}


async def test_what_is_given_back_was_never_in_hand_unless_it_was_before(outbox: Outbox, any_store: Store) -> None:
    await put(outbox, letter("new"), letter("old"))
    (old,) = await outbox.claim("paper", 1, timedelta(0), users=["old"])  # by a worker that is killed at once
    claimed = await outbox.claim("paper", 2, LEASE)
    assert {message.user: message.doubtful for message in claimed} == {"new": False, "old": True}
    await outbox.give_back(claimed)
    assert {row.user: row.claimed_until is None for row in await rows(any_store)} == {"new": True, "old": False}
    assert old.id in [message.id for message in await outbox.claim("paper", 2, LEASE)]
