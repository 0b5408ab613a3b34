"""A letter to many: kept once, a row for each person, withdrawn where it does not hold any more."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.delivery.circular import Addressee, Circulars, Letter, Reached
from bot.delivery.models import LetterRow, OutboxRow
from bot.delivery.outbox import Envelope, Outbox
from bot.delivery.policy import Outcome, State
from dialogs.messages import Choice, Reply, ReplyKind
from knowledge_base.store import Store
from tests.fakes.warning_desk import LEASE, Clock

LETTER = Letter("warning:1:1", Reply(ReplyKind.INFO, "暴雨", choices=(Choice("w:ok:1", "收到"),)), 10)
SENT = Outcome(State.SENT, "sent")


class Post:
    """Circulars over an outbox on a clock."""

    def __init__(self, store: Store) -> None:
        self.clock = Clock()
        self.store = store
        self.outbox = Outbox(store, self.clock)
        self.circulars = Circulars(self.outbox, self.clock)

    async def put(self, letter: Letter, *people: Addressee) -> int:
        async def portions() -> AsyncIterator[Sequence[Addressee]]:
            yield people[:2]
            yield people[2:]

        async with self.store.session() as session:
            return await self.circulars.put(session, letter, portions())

    async def withdraw(self, *topics: str) -> int:
        async with self.store.session() as session:
            return await self.circulars.withdraw(session, topics)

    async def reached(self) -> list[Reached]:
        async with self.store.session() as session:
            return [one async for some in self.circulars.reached(session, LETTER.topic) for one in some]


@pytest.fixture
def post(any_store: Store) -> Post:
    return Post(any_store)


def people(*users: str) -> list[Addressee]:
    return [Addressee("paper", user) for user in users]


async def test_one_letter_serves_all_and_each_gets_it_once(post: Post) -> None:
    woken: list[int] = []
    post.outbox.on_put(lambda: woken.append(1))
    many = people("a", "b", "引号'\"\\", "b", *(f"p{n}" for n in range(1_500)))
    assert await post.put(LETTER, *many) == 1_503
    assert await post.put(LETTER, *people("a", "new")) == 1
    assert woken == [1, 1]
    claimed = await post.outbox.claim("paper", 5_000, LEASE)
    assert len({message.user for message in claimed}) == len(claimed) == 1_504
    assert len({message.id for message in claimed}) == 1_504
    assert all(len(message.id) == 32 for message in claimed)
    assert {message.reply() for message in claimed} == {LETTER.reply}
    async with post.store.session() as session:
        assert await session.scalar(select(func.count()).select_from(LetterRow)) == 2


async def test_letters_stand_in_line_with_everything_else(post: Post) -> None:
    async with post.store.session() as session:
        await post.outbox.put(session, [Envelope("paper", "ordinary", "t", Reply(ReplyKind.INFO, "x"))])
    later = post.clock.now + timedelta(hours=1)
    await post.put(LETTER, *people("urgent"), Addressee("paper", "sleeper", due_at=later), Addressee("web", "guest"))
    red = Letter("r", LETTER.reply, 0, expires_at=later)
    await post.put(red, *people("danger"))
    assert [m.user for m in await post.outbox.claim("paper", 9, timedelta(0))] == ["danger", "urgent", "ordinary"]
    post.clock.now = later
    assert [m.user for m in await post.outbox.claim("paper", 9, timedelta(0))] == ["urgent", "sleeper", "ordinary"]


async def test_what_is_withdrawn_is_not_sent(post: Post) -> None:
    await post.put(LETTER, *people("a", "b", "c"))
    (first,) = await post.outbox.claim("paper", 1, LEASE)
    await post.outbox.record(first.id, SENT)
    assert await post.withdraw(LETTER.topic, "another") == 2
    assert await post.withdraw(LETTER.topic) == 0
    assert await post.outbox.claim("paper", 9, LEASE) == []
    assert await post.reached() == [Reached("paper", first.user, None)]
    assert await post.put(LETTER, *people("a", "b", "c")) == 0


@pytest.mark.parametrize(
    ("result", "state"),
    [
        (SENT, "sent"),
        (Outcome(State.WAITING, "unreachable", Clock().now), "superseded"),
        (Outcome(State.FAILED, "rejected"), "superseded"),
    ],
)
async def test_what_is_withdrawn_while_it_is_sent_keeps_the_truth(post: Post, result: Outcome, state: str) -> None:
    await post.put(LETTER, *people("a"))
    (message,) = await post.outbox.claim("paper", 1, LEASE)
    await post.withdraw(LETTER.topic)
    assert await post.reached() == [Reached("paper", "a", message.id)]
    post.clock.later(seconds=50)
    await post.outbox.hold([message.id], LEASE)
    post.clock.later(seconds=50)
    assert (await post.reached())[0].sending == message.id
    await post.outbox.record(message.id, result)
    async with post.store.session() as session:
        row = (await session.scalars(select(OutboxRow))).one()
    assert (row.state, row.claimed_until, row.attempts) == (state, None, 1)
    assert await post.outbox.claim("paper", 9, LEASE) == []


async def test_the_next_version_waits_until_the_one_before_is_out_of_hand(post: Post) -> None:
    await post.put(LETTER, *people("a"))
    (old,) = await post.outbox.claim("paper", 1, LEASE)
    await post.withdraw(LETTER.topic)
    newer = Letter("warning:1:2", LETTER.reply, 0)
    await post.put(newer, Addressee("paper", "a", after=old.id), Addressee("paper", "b"))
    assert [m.user for m in await post.outbox.claim("paper", 9, LEASE)] == ["b"]
    post.clock.later(seconds=61)  # its worker was killed
    assert "a" in [m.user for m in await post.outbox.claim("paper", 9, LEASE)]


async def test_who_is_reached_comes_in_portions(post: Post) -> None:
    await post.put(LETTER, *people(*(f"p{n}" for n in range(2_300))))
    for message in await post.outbox.claim("paper", 2_300, LEASE):
        assert message.user.startswith("p")
    reached = await post.reached()
    assert len({one.user for one in reached}) == len(reached) == 2_300
