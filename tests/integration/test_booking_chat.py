"""Booking machinery in the chat: what is ordered when, how often, by whom, and what is said where it cannot be."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from dialogs.booking.hearing import Hearing
from dialogs.booking.terms import Person, Reason, State
from dialogs.context import Context
from dialogs.messages import Inbound, Location, ReplyKind
from dialogs.topics.booking import MachineBooking
from nlu.text.quantities import QuantityFinder
from nlu.understanding import Understanding
from nlu.words import Words
from tests.fakes.house import House, last
from tests.fakes.machinery import FakeMachinery

ORDER = "后天给俺收三亩半麦子，地在柘城县"
Serve = Callable[..., FakeMachinery]


@pytest.fixture(scope="session")
def hearings() -> dict[str, Hearing]:
    return {}


@pytest.fixture
def serve(house: House, words: Words, hearings: dict[str, Hearing]) -> Serve:
    """Books machines in the house, over a ledger with one provider or as told."""

    def over(**parts: object) -> FakeMachinery:
        if not hearings:
            hearings["one"] = Hearing(words, house.language.gazetteer, QuantityFinder.load(words))
        machinery = FakeMachinery(house.clock, **parts)  # type: ignore[arg-type]
        house.serve(MachineBooking(machinery, hearings["one"], house.places))
        return machinery

    return over


async def test_nothing_is_ordered_before_the_yes(house: House, serve: Serve) -> None:
    machinery = serve(pooled=2)
    reply = last(await house.say(ORDER))
    assert reply.kind is ReplyKind.CONFIRM
    assert "张师傅能来，一亩60元，一共210元" in reply.text
    assert "和邻近2块地拼单" in reply.text
    assert machinery.bookings == []
    reply = last(await house.say("中"))
    assert reply.kind is ReplyKind.BOOKED
    assert "已问张师傅，等他回话，最晚今天中午十二点" in reply.text
    (booking,) = machinery.bookings
    assert (booking.person, booking.wish.area_mu) == (Person("test", "zhang"), Decimal("3.5"))
    assert booking.wish.place_text == "河南省商丘市柘城县"
    assert reply.slots["number"] == "10001"


async def test_nobody_registered_is_said_before_and_after(house: House, serve: Serve) -> None:
    serve(provider=None)
    assert "眼下还没有登记的机手" in last(await house.say(ORDER)).text
    reply = last(await house.say("行"))
    assert "站里的人也知道了" in reply.text
    assert reply.slots["state"] == "asked"


async def test_where_nobody_is_on_duty_nobody_is_said_to_know(house: House, serve: Serve) -> None:
    serve(provider=None).on_duty = False
    await house.say(ORDER)
    assert "站里没有登记值班的人" in last(await house.say("行")).text


async def test_a_yes_that_comes_twice_orders_once(house: House, serve: Serve) -> None:
    machinery = serve()
    turn = await house.say(ORDER)
    await house.say("对", external_id="7")
    again = await house.say("对", external_id="7")
    assert again.duplicate
    tapped = await house.press("对，就这么办", turn)
    assert "已经办过了" in last(tapped).text
    assert len(machinery.bookings) == 1


async def test_where_the_process_died_after_the_order_the_next_yes_tells_of_the_same(
    house: House, serve: Serve
) -> None:
    machinery = serve()
    turn = await house.say(ORDER)
    inbound = Inbound("test", "zhang", "x", house.now, text="再来")
    before = await house.conversations.load(inbound)
    await house.say("对")
    # The turn that ordered was not kept.
    await house.conversations.save(inbound, before, turn, house.now)
    reply = last(await house.say("对"))
    assert (reply.kind, reply.slots["number"]) == (ReplyKind.BOOKED, "10001")
    assert len(machinery.bookings) == 1


async def test_the_yes_to_an_older_read_back_is_not_one_to_a_changed_order(house: House, serve: Serve) -> None:
    machinery = serve()
    old = await house.say(ORDER)
    await house.say("改成五亩")
    reply = last(await house.press("对，就这么办", old))
    assert reply.kind is ReplyKind.CONFIRM
    assert reply.slots["area_mu"] == 5
    assert machinery.bookings == []


async def test_a_yes_to_something_else_orders_nothing(house: House, serve: Serve) -> None:
    machinery = serve()
    await house.say(ORDER)
    assert last(await house.say("晚疫病咋治")).kind is ReplyKind.ASK
    await house.say("对")
    assert machinery.bookings == []


async def test_the_booking_of_another_person_cannot_be_reached(house: House, serve: Serve) -> None:
    machinery = serve()
    await house.say(ORDER)
    await house.say("对")
    (booking,) = machinery.bookings
    for way in ("b", "mv", "ar", "cx"):
        reply = last(await house.choose(f"m:{way}:{booking.id}", user="li"))
        assert "没找到这一单" in reply.text
        assert not reply.slots
    assert "没有约着的活" in last(await house.say("我的预约", user="li")).text
    for text in (f"取消{booking.number}", "把约的收割机取消", f"单子{booking.number}改到大后天"):
        await house.say(text, user="li")
        await house.say("对", user="li")
    assert machinery.bookings == [booking]


async def test_a_change_is_read_back_and_made_on_the_same_booking(house: House, serve: Serve) -> None:
    machinery = serve()
    await house.say(ORDER)
    await house.say("对")
    listed = await house.say("我的预约")
    asked = last(await house.press("改日子", listed))
    assert asked.kind is ReplyKind.ASK
    read = last(await house.say("大后天下午"))
    assert (read.kind, read.slots["date"], read.slots["part"]) == (ReplyKind.CONFIRM, "2026-11-25", "afternoon")
    assert machinery.bookings[0].wish.first.isoformat() == "2026-11-24"
    assert last(await house.say("不对，是二十六号")).slots["date"] == "2026-11-26"
    done = last(await house.say("对"))
    assert (done.kind, done.slots["number"]) == (ReplyKind.BOOKED, "10001")
    (booking,) = machinery.bookings
    assert booking.wish.first.isoformat() == "2026-11-26"
    await house.say("亩数写错了，改成四亩")
    await house.say("对")
    assert machinery.bookings[0].wish.area_mu == 4
    assert last(await house.say("那个收麦的不要了")).kind is ReplyKind.CONFIRM
    assert last(await house.say("不改了")).kind is ReplyKind.INFO
    assert machinery.bookings[0].state is State.OFFERED


async def test_of_several_bookings_the_one_is_asked_for(house: House, serve: Serve) -> None:
    machinery = serve()
    for order in (ORDER, "约台旋耕机，八亩，明天"):
        await house.say(order)
        await house.say("对")
    asked = await house.say("把约的取消了")
    assert last(asked).kind is ReplyKind.ASK
    assert {choice.label for choice in last(asked).choices} == {"收割小麦3.5亩 11月24号", "旋地8亩 11月23号"}
    read = last(await house.say("旋地那个"))
    assert (read.kind, read.slots["service"]) == (ReplyKind.CONFIRM, "rotary_till")
    assert last(await house.say("对")).kind is ReplyKind.CANCELLED
    assert [booking.state for booking in machinery.bookings] == [State.OFFERED, State.CANCELLED]


@pytest.mark.parametrize(
    ("reason", "kind", "says"),
    [(Reason.FULL, "ask", "排满了"), (Reason.PAST, "ask", "已经过了"), (Reason.KEY, "info", "让人帮您办")],
)
async def test_why_the_ledger_refuses_is_said(house: House, serve: Serve, reason: Reason, kind: str, says: str) -> None:
    machinery = serve()
    await house.say(ORDER)
    machinery.refuse = reason
    reply = last(await house.say("对"))
    assert (str(reply.kind), says in reply.text) == (kind, True)
    machinery.refuse = None
    await house.say("大后天" if kind == "ask" else "好")
    await house.say("对")
    assert len(machinery.bookings) == 1


async def test_a_position_helps_the_driver_and_the_place_is_asked_for_still(house: House, serve: Serve) -> None:
    machinery = serve()
    await house.say("后天给俺收三亩半麦子")
    inbound = Inbound("test", "zhang", "gps", house.now, location=Location(34.09, 115.30))
    reply = last(await house.assistant.turn(inbound))
    assert (reply.kind, "位置收到了" in reply.text) == (ReplyKind.ASK, True)
    await house.say("柘城县")
    await house.say("对")
    assert machinery.bookings[0].wish.position == (34.09, 115.30)


async def test_danger_comes_before_the_order(house: House, serve: Serve) -> None:
    serve()
    await house.say("后天给俺收三亩半麦子")
    turn = await house.say("俺爹打完药头晕恶心直冒汗")
    assert "120" in turn.replies[0].text


async def test_a_button_of_an_order_that_was_made_up_does_nothing(house: House, serve: Serve) -> None:
    machinery = serve()
    await house.say("给俺约个收割机")
    for made_up in ("m:s:fly", "m:c:金子", "m:a:many", "m:d:never", "m:p:000", "m:zz", "m:yes:0", "m:fix:number"):
        turn = await house.choose(made_up)
        assert last(turn).kind in {ReplyKind.INFO, ReplyKind.ASK}
    assert "亩数不能是零" in last(await house.choose("m:a:-3")).text
    assert "过去了" in last(await house.choose("m:d:2026-01-01/2026-01-02")).text
    assert machinery.bookings == []


async def test_an_intent_alone_asks_for_the_job_and_my_bookings_lists(house: House, serve: Serve, words: Words) -> None:
    machinery = serve()
    inbound = Inbound("test", "zhang", "1", house.now, text="机器")
    session = await house.conversations.load(inbound)
    service = house.assistant._services[-1]
    said = Understanding("机器的事", "机器的事", "book_machinery", 0.9)
    (reply,) = await service.asked(Context(inbound, said, session, house.now)) or []
    assert (reply.kind, session.form is not None) == (ReplyKind.ASK, True)
    session.form = None
    listed = Context(inbound, replace(said, intent="my_bookings"), session, house.now)
    (reply,) = await service.asked(listed) or []
    assert "没有约着的活" in reply.text
    assert machinery.commands == []
