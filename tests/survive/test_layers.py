"""The layers that keep a crowd in order and a failure from becoming silence."""

import asyncio
from datetime import datetime

import pytest

from bot.unfailing import unfailing
from bot.waiting_room import in_turn
from dialogs.messages import Inbound, Reply, ReplyKind, Turn, Voice
from dialogs.trouble import unkept
from dialogs.wording import wording
from tests.fakes.house import CountingObserver, House, last

DANGER = "俺爹喝了农药了"


def same(text: str) -> str:
    return text


def message(now: datetime, number: int, text: str | None = "x", **more: object) -> Inbound:
    return Inbound("test", f"p{number}", str(number), now, text=text, **more)  # type: ignore[arg-type]


async def test_so_many_at_once_and_the_others_in_their_order(now: datetime) -> None:
    inside, most, order = 0, 0, []
    gate = asyncio.Event()

    async def turn(inbound: Inbound) -> Turn:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        order.append(int(inbound.external_id))
        await gate.wait()
        inside -= 1
        return Turn(())

    handler = in_turn(turn, normalised=same, most=3)
    asked = [asyncio.ensure_future(handler(message(now, number))) for number in range(20)]
    await asyncio.sleep(0)
    urgent = asyncio.ensure_future(handler(message(now, 20, DANGER)))
    spoken = asyncio.ensure_future(handler(message(now, 21, None, voice=Voice(b"x"))))
    pressed = asyncio.ensure_future(handler(message(now, 22, None, choice="w:need:1")))
    await asyncio.sleep(0.01)
    assert order == [0, 1, 2, 20, 21, 22], "what may be about a life does not wait, nor does a recording"
    gate.set()
    await asyncio.gather(*asked, urgent, spoken, pressed)
    assert order == [0, 1, 2, 20, 21, 22, *range(3, 20)]
    assert most == 6


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
