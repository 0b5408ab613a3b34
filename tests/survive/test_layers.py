"""The layers that keep a crowd in order and a failure from becoming silence."""

import asyncio
from dataclasses import replace
from datetime import datetime

import pytest

from bot.limiting import Limits, limited
from bot.shared.pace import LocalPace, Pace
from bot.time_limit import in_time
from bot.unfailing import unfailing
from bot.waiting_room import in_turn
from dialogs.messages import Inbound, Reply, ReplyKind, Turn, Voice
from dialogs.trouble import unkept
from dialogs.wording import wording
from tests.fakes.house import CountingObserver, House, last

pytestmark = pytest.mark.timeout(600)

DANGER = "俺爹喝了农药了"


def same(text: str) -> str:
    return text


def message(now: datetime, number: int, text: str | None = "x", **more: object) -> Inbound:
    return Inbound("test", f"p{number}", str(number), now, text=text, **more)  # type: ignore[arg-type]


class Room:
    """A waiting room of three places behind the limits; who is inside stays until the gate opens."""

    def __init__(self) -> None:
        self.order: list[int] = []
        self.gate = asyncio.Event()
        pace = LocalPace(Pace(1_000, 1))
        self._handler = limited(
            in_turn(self._turn, most=3), Limits(pace, pace), CountingObserver(), at_once=self._turn, normalised=same
        )

    async def _turn(self, inbound: Inbound) -> Turn:
        self.order.append(int(inbound.external_id))
        await self.gate.wait()
        return Turn(())

    async def take(self, *messages: Inbound) -> list[asyncio.Task[Turn]]:
        """Hand them in, one after the other."""
        tasks = [asyncio.create_task(self._take(one)) for one in messages]
        for _ in range(100):  # nothing in the layers waits for anything but the gate
            await asyncio.sleep(0)
        return tasks

    async def _take(self, inbound: Inbound) -> Turn:
        return await self._handler(inbound)


async def test_so_many_at_once_and_the_others_in_their_order(now: datetime) -> None:
    room = Room()
    asked = await room.take(*(message(now, number) for number in range(20)))
    asked += await room.take(
        message(now, 20, DANGER), message(now, 21, None, voice=Voice(b"x")), message(now, 22, None, choice="w:need:1")
    )
    assert room.order == [0, 1, 2, 20, 21, 22], "what may be about a life does not wait, nor does a recording"
    room.gate.set()
    await asyncio.gather(*asked)
    assert room.order == [0, 1, 2, 20, 21, 22, *range(3, 20)]


async def test_one_person_has_one_place_and_their_messages_stay_in_order(now: datetime) -> None:
    room = Room()
    hasty = [replace(message(now, number), user="hasty") for number in range(12)]
    hasty[5] = replace(hasty[5], text=None, voice=Voice(b"x"))
    asked = await room.take(*hasty, message(now, 20), message(now, 21), message(now, 22))
    assert room.order == [0, 20, 21], "others are not kept out"
    asked += await room.take(replace(message(now, 30, DANGER), user="hasty"))
    assert room.order == [0, 20, 21, 30], "whoever is in danger does not wait for what they have asked before"
    room.gate.set()
    await asyncio.gather(*asked)
    assert [number for number in room.order if number < 20] == list(range(12))
    assert room.order.index(22) < room.order.index(2)


async def test_a_turn_that_never_ends_is_ended_and_told_of(now: datetime) -> None:
    ended = asyncio.Event()

    async def waits(_: Inbound) -> Turn:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        raise AssertionError

    turn = await unfailing(in_time(waits, longest=0.02), CountingObserver(), standard=same)(message(now, 1))
    assert turn.replies[0].text == wording().text("trouble.failed")
    assert ended.is_set()


async def test_a_recording_has_the_time_that_it_takes(now: datetime) -> None:
    async def hears(_: Inbound) -> Turn:
        await asyncio.sleep(0.03)
        return Turn(())

    spoken = message(now, 1, None, voice=Voice(b"x"))
    assert await in_time(hears, longest=0.01)(spoken) == Turn(())


@pytest.mark.parametrize(("said", "hears"), [("小麦蚜虫咋治", "过一会儿再说一遍"), (DANGER, "120")])
async def test_a_layer_that_fails_is_one_sentence(now: datetime, said: str, hears: str) -> None:
    async def broken(_: Inbound) -> Turn:
        raise OSError("no database")

    observer = CountingObserver()
    turn = await unfailing(broken, observer, standard=same)(message(now, 1, said))
    assert hears in turn.replies[0].text
    assert (len(turn.replies), observer.failures) == (1, ["layers"])


async def test_without_a_database_danger_is_answered_and_all_else_gets_a_sentence(house: House) -> None:
    async with house.store.engine.begin() as connection:
        await connection.exec_driver_sql("DROP TABLE conversations")
    assert last(await house.say("小麦蚜虫咋治")).text == wording().text("trouble.failed")
    assert "120" in last(await house.say(DANGER)).text
    assert house.observer.failures == ["turn", "turn"]


async def test_where_a_turn_cannot_be_kept_the_library_answers_and_nothing_is_asked_or_promised(house: House) -> None:
    async with house.store.engine.begin() as connection:
        await connection.exec_driver_sql(
            "CREATE TRIGGER full BEFORE INSERT ON handled BEGIN INSERT INTO nowhere VALUES (1); END"
        )
    answer = await house.say("玉米叶子上有好多洞，长虫了咋整")
    assert last(answer).kind is ReplyKind.ANSWER
    assert last(await house.say("晚疫病咋治")).text == wording().text("trouble.failed"), (
        "nobody would know what was asked"
    )
    assert house.observer.failures == ["turn_unkept", "turn"]


def test_what_may_be_said_of_a_turn_that_was_not_kept() -> None:
    given, asks = Reply(ReplyKind.ANSWER, "a"), Reply(ReplyKind.CONFIRM, "b")
    assert unkept(Turn((given, asks))) == Turn((given,))
    assert unkept(Turn((asks, Reply(ReplyKind.BOOKED, "c")))) is None
    assert unkept(Turn(())) is None
