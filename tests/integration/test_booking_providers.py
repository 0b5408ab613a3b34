"""Operators in the chat: golden dialogues, and what must not happen."""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.dialogues import Dialogue, read_dialogues
from dialogs.booking.terms import Person, State
from tests.fakes.house import House, last
from tests.fakes.operators import COUNTY, Operators

DIALOGUES = Path(__file__).parents[1] / "conversations" / "booking_providers.yaml"
WANG = Person("test", "wang")


def dialogues() -> Iterator[Any]:
    for dialogue in read_dialogues(DIALOGUES):
        yield pytest.param(dialogue, id=dialogue.name)


@pytest.fixture
async def operators(house: House) -> Operators:
    operators = Operators(house)
    await operators.usual()
    return operators


@pytest.mark.usefixtures("operators")
@pytest.mark.parametrize("dialogue", list(dialogues()))
async def test_dialogue(house: House, dialogue: Dialogue) -> None:
    async for step, turn in house.play(dialogue):
        assert step.wrong(turn) == [], f"{step.said}: {last(turn).text}"


async def test_a_button_of_somebody_elses_job_does_nothing(house: House, operators: Operators) -> None:
    (booking,) = await operators.parts.machinery.mine(Person("test", "zhang"))
    for made_up in ("ok", "no", "done", "not", "bad", "r:5", "day:20261125"):
        reply = last(await house.choose(f"j:{made_up}:{booking.id}", "chen"))
        assert "李庄" not in reply.text, made_up
        assert any(words in reply.text for words in ("没找到", "过时", "不在您这里")), reply.text
    for nonsense in ("j:ok:", "j:r:9:x", "j:day:never:x", "j:yes:", "j:pick:x", "j:mc:x", "j:x"):
        assert last(await house.choose(nonsense, "chen")).text
    (after,) = await operators.parts.machinery.mine(Person("test", "zhang"))
    assert after == booking


async def test_a_tap_twice_and_a_tap_too_late(house: House, operators: Operators) -> None:
    offer = next(one for one in await operators.told("wang") if "李庄" in one.text)
    for _ in range(2):
        assert "接下了" in last(await operators.press("接", offer, "wang")).text
    (farmer,) = await operators.told("zhang")
    assert "王师傅" in farmer.text
    await operators.parts.machinery.cancel(Person("test", "zhang"), offer.choices[0].id[5:], "", "cancel")
    assert "不要了" in (await operators.told("wang"))[-1].text
    assert "不在您这里" in last(await operators.press("接", offer, "wang")).text


async def test_a_chat_account_is_linked_by_a_code_once(house: House, operators: Operators) -> None:
    zhao = await operators.add("", "赵师傅", "40", linked=False)
    code = await operators.parts.links.code(zhao)
    assert "绑定码不对" in last(await house.say("绑定 00000000", "zhao")).text
    assert "已经绑着" in last(await house.say(f"绑定 {code}", "wang")).text
    code = await operators.parts.links.code(zhao)
    bound = last(await house.say(f"/bind {code}", "zhao")).text
    assert "您是赵师傅" in bound
    assert "绑定码不对" in last(await house.say(f"绑定 {code}", "other")).text
    late = await operators.parts.links.code(zhao)
    house.later(minutes=31)
    assert "绑定码不对" in last(await house.say(f"绑定 {late}", "new")).text
    await operators.order("sun", "小麦", "5", "柘城县孙庄", 4)
    assert "孙庄" in (await operators.told("zhao"))[-1].text


async def test_what_was_read_back_is_dropped_after_half_an_hour(house: House, operators: Operators) -> None:
    read_back = last(await house.say("后天不干活", "wang"))
    house.later(minutes=31)
    assert "过时" in last(await house.choose(read_back.choices[0].id, "wang")).text
    assert await operators.parts.book.off((await operators.parts.book.provider(WANG)).id) == []  # type: ignore[union-attr]


async def test_silence_goes_to_the_next_one_and_at_last_to_the_station(house: House, operators: Operators) -> None:
    await operators.told("wang"), await operators.told("zhang")
    await operators.tick(hours=2)
    assert "不用您回话了" in (await operators.told("wang"))[0].text
    assert "已问李师傅" in (await operators.told("zhang"))[0].text
    await operators.tick(hours=2)
    (waiting,) = await operators.told("zhang")
    assert "站里的人也知道了" in waiting.text
    (station,) = await operators.told("station")
    assert "没人接" in station.text
    assert "李庄" in station.text


async def test_a_dispute_and_a_complaint_reach_the_station(house: House, operators: Operators) -> None:
    await house.say("接", "wang")
    house.now = datetime.fromisoformat("2026-11-24T20:00:00+08:00")
    await house.say("干完了", "wang")
    await house.say("对", "wang")
    await house.say("师傅没来", "zhang")
    assert "站里的人会来问" in last(await house.say("对", "zhang")).text
    (dispute,) = await operators.told("station")
    assert [one.label for one in dispute.choices] == ["干完了", "没干成"]
    assert "没干成" in last(await operators.press("没干成", dispute, "station")).text
    (booking,) = await operators.parts.machinery.mine(Person("test", "zhang"))
    assert booking.state is State.NOT_DONE
    await house.say("投诉，师傅说好的不来", "zhang")
    await house.say("对", "zhang")
    assert "说好的不来" in (await operators.told("station"))[-1].text


async def test_rain_is_told_to_both_and_a_new_day_is_agreed_on(house: House, operators: Operators) -> None:
    await house.say("接", "wang")
    await operators.told("wang"), await operators.told("zhang")
    assert await operators.parts.machinery.spoiled(COUNTY, date(2026, 11, 24), "rain") == 1
    (farmer,), (operator,) = await operators.told("zhang"), await operators.told("wang")
    assert "怕是要下雨" in farmer.text
    assert [one.label for one in farmer.choices][3:] == ["照原来的日子", "改日子", "不要了"]
    assert "照原来的日子" in last(await operators.press("照原来的日子", farmer, "zhang")).text
    asked = last(await house.choose(operator.choices[1].id, "wang"))
    assert "我去问农户：11月26号" in asked.text
    (proposed,) = await operators.told("zhang")
    assert "想改到11月26号" in proposed.text
    agreed = last(await house.choose(proposed.choices[0].id, "zhang"))
    assert "好，改到11月26号" in agreed.text
    assert agreed.slots["state"] == "accepted"
    anew = last(await house.choose(farmer.choices[2].id, "zhang"))
    assert "我先问机手" in anew.text
    assert anew.slots["state"] == "offered"
    assert any("接不接" in one.text for one in await operators.told("wang"))


async def test_an_order_in_the_making_is_not_dropped_in_silence(house: House, operators: Operators) -> None:
    await house.say("我在柘城县", "wang")
    assert last(await house.say("后天给我犁三亩地", "wang")).kind in {"ask", "confirm"}
    reply = last(await house.say("收割机坏了", "wang"))
    assert reply.text.startswith("前面没说完的先放下了。谷神收割机坏了")
    assert operators.parts.clock() == house.now


async def test_a_day_that_the_farmer_does_not_take_is_told_to_the_operator(house: House, operators: Operators) -> None:
    await house.say("接", "wang")
    await house.say("李庄那个能不能往后推一天", "wang")
    assert "我去问农户：大后天11月25号" in last(await house.say("中", "wang")).text
    await operators.told("wang"), await operators.told("zhang")
    assert "还照原来的日子" in last(await house.say("不行，就得后天", "zhang")).text
    (stays,) = await operators.told("wang")
    assert "农户不改日子，还是后天11月24号" in stays.text
    assert "您是说接" not in last(await house.say("中", "zhang")).text


async def test_what_one_side_reports_the_other_hears_at_once(house: House, operators: Operators) -> None:
    await house.say("接", "wang")
    await operators.told("zhang")
    house.now = datetime.fromisoformat("2026-11-24T17:00:00+08:00")
    await house.say("干完了，五亩，三百块", "wang")
    await house.say("对", "wang")
    (told,) = await operators.told("zhang")
    assert "机手王师傅说干完了，实际5亩，一共300元" in told.text
    assert [one.label for one in told.choices] == ["干完了", "没来", "有问题"]
    assert "实际3.5亩，一共210元" in last(await house.say("我家哪有五亩，就三亩半", "zhang")).text
    assert "结了，实际3.5亩，一共210元" in last(await house.say("对", "zhang")).text
    assert "实际3.5亩，一共210元" in (await operators.told("wang"))[-1].text


async def test_an_old_button_takes_no_accepted_job_away(house: House, operators: Operators) -> None:
    offer = next(one for one in await operators.told("wang") if "李庄" in one.text)
    await operators.press("接", offer, "wang")
    asked = last(await operators.press("不接", offer, "wang"))
    assert "真的去不了？" in asked.text
    (booking,) = await operators.parts.machinery.mine(Person("test", "zhang"))
    assert booking.state is State.ACCEPTED


async def test_nobody_is_asked_to_work_for_themselves(operators: Operators) -> None:
    await operators.order("wang", "小麦", "4", "柘城县张桥", 2)
    assert not any("张桥" in one.text for one in await operators.told("wang"))
    assert any("张桥" in one.text for one in await operators.told("li"))


async def test_plots_of_one_village_are_told_together(house: House, operators: Operators) -> None:
    await house.say("接", "wang")
    await operators.told("wang")
    await operators.order("chen", "小麦", "5", "河南省商丘市柘城县李庄", 2)
    (neighbour,) = await operators.told("wang")
    assert "可以拼单" in neighbour.text
    await operators.order("sun", "小麦", "5", "柘城县孙庄", 2)
    (elsewhere,) = await operators.told("wang")
    assert "可以拼单" not in elsewhere.text
