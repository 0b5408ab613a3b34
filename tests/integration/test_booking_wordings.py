"""Orders as farmers word them: at midnight, by the lunar calendar, asking the price first, ordered twice, thought over."""

from decimal import Decimal

import pytest

from dialogs.booking.terms import Person
from dialogs.messages import Inbound, Location
from tests.fakes.house import House, last
from tests.fakes.operators import COUNTY, Operators


@pytest.fixture
async def operators(house: House) -> Operators:
    operators = Operators(house)
    await operators.add("wang", "王师傅", "55", (("combine", "谷神", "harvest"), ("tractor", "东方红", "plough")))
    return operators


async def ordered(house: House, words: str, user: str) -> str:
    await house.say("我在柘城县", user)
    return last(await house.say(words, user)).text


@pytest.mark.usefixtures("operators")
async def test_days_in_every_calendar_and_around_midnight(house: House) -> None:
    for number, (words, says) in enumerate(
        {
            "今晚十二点收麦子两亩": "今天11月22号星期天晚上",
            "明晚十二点收麦子两亩": "明天11月23号星期一晚上",
            "明天凌晨收麦子两亩": "明天11月23号星期一上午",
            "初八收三亩麦子": "初八，就是12月16号星期三",
            "除夕犁两亩地": "除夕，就是2027年2月5号星期五",
            "给我犁五亩地，啥时候都行": "明天11月23号星期一到11月29号星期天",
            "收三亩麦子，11月31号": "没有11月31号这一天",
            "闰六月初一收三亩麦子": "闰六月初一已经过去了",
            "俺家麦子熟透了，倒伏了，找台机子明天来收，八亩": "收割小麦8亩",
        }.items()
    ):
        assert says in await ordered(house, words, f"u{number}"), words


@pytest.mark.usefixtures("operators")
async def test_what_a_job_costs_is_told_without_an_order(house: House) -> None:
    assert "念给您听，不约也不要紧" in await ordered(house, "收麦子多少钱一亩", "zhang")
    await house.say("三亩")
    priced = last(await house.say("后天"))
    assert "一亩55元，一共165元" in priced.text
    assert last(await house.say("不约了")).kind == "cancelled"
    for words in ("租地多少钱一亩", "小麦多少钱一斤", "一亩地打多少药"):
        assert last(await house.say(words, "other")).slots == {}, words


async def test_the_same_job_again_is_pointed_out(house: House, operators: Operators) -> None:
    await ordered(house, "后天收三亩麦子", "zhang")
    await house.say("对")
    again = last(await house.say("后天收三亩麦子"))
    assert again.kind == "confirm"
    assert "您已经约着单号10001" in again.text
    assert last(await house.say("对")).kind == "booked", "it may be meant"
    for other in ("大后天收两亩麦子", "后天犁三亩地"):
        assert "已经约着" not in last(await house.say(other)).text
        await house.say("不约了")
    assert len(await operators.parts.machinery.mine(Person("test", "zhang"))) == 2


@pytest.mark.usefixtures("operators")
async def test_who_thinks_it_over_goes_on_where_they_were(house: House) -> None:
    await ordered(house, "后天收三亩麦子", "zhang")
    assert last(await house.say("等会儿")).text.startswith("不急")
    await house.say("改")
    assert "几亩" in last(await house.say("亩数")).text
    assert "收割小麦4亩" in last(await house.say("四亩")).text
    assert last(await house.say("我先想想")).text.startswith("不急")
    assert last(await house.say("对")).kind == "booked"


async def test_the_own_position_is_not_taken_for_a_field_elsewhere(house: House, operators: Operators) -> None:
    await house.say("我在柘城县")
    await house.assistant.turn(Inbound("test", "zhang", "here", house.now, location=Location(34.09, 115.3)))
    for words in ("后天收三亩麦子", "后天收五亩麦子，地在山东省曹县"):
        await house.say(words)
        assert last(await house.say("对")).kind == "booked"
    bookings = await operators.parts.machinery.mine(Person("test", "zhang"))
    where = {one.wish.area_mu: (one.wish.place[:6], one.wish.position) for one in bookings}
    assert where[Decimal(3)] == (COUNTY, (34.09, 115.3))
    assert where[Decimal(5)][0] != COUNTY
    assert where[Decimal(5)][1] is None


@pytest.mark.usefixtures("operators")
async def test_made_up_buttons_order_nothing(house: House) -> None:
    await ordered(house, "收三亩麦子", "zhang")
    for made_up in ("m:d:9999-12-30/9999-12-31", "m:d:2026-11-25/2026-11-24", "m:p:41", "m:a:NaN", "m:a:Infinity"):
        assert last(await house.choose(made_up)).kind != "confirm", made_up
    assert house.observer.failures == []


@pytest.mark.parametrize(("hours", "promised"), [(0, True), (21, False)])
async def test_no_reminder_is_promised_that_will_not_come(
    house: House, operators: Operators, hours: int, promised: bool
) -> None:
    house.later(hours=hours)
    await operators.order("zhang", "小麦", "3", "柘城县李庄", 1)
    assert ("提前提醒您" in last(await house.say("接", "wang")).text) == promised
