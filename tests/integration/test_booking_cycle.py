"""A booking from the farmer's sentence to the stars, through both chats and the outbox."""

import pytest

from dialogs.booking.terms import Person, State
from tests.fakes.house import House, last
from tests.fakes.operators import Operators


@pytest.fixture
def operators(house: House) -> Operators:
    return Operators(house)


async def test_from_the_order_to_the_stars(house: House, operators: Operators) -> None:
    await operators.add("wang", "王师傅", "55")
    await operators.add("li", "李师傅", "60")
    await house.say("我在柘城县")
    read_back = last(await house.say("后天收三亩半麦子，地在柘城县李庄"))
    assert read_back.kind == "confirm", read_back.text
    assert last(await house.say("对")).kind == "booked"
    (offer,) = await operators.told("wang")
    for words in ("收割小麦3.5亩", "李庄", "一亩55元，一共192.5元", "接不接", "最晚今天中午十一点"):
        assert words in offer.text
    assert await operators.told("li") == []
    assert "我去问别人" in last(await operators.press("不接", offer, "wang")).text
    (next_,) = await operators.told("zhang")
    assert "已问李师傅" in next_.text
    assert "不用再约" in next_.text
    assert len(await operators.told("li")) == 1
    accepted = last(await house.say("接", "li")).text
    assert "接下了" in accepted
    (coming,) = await operators.told("zhang")
    for words in ("李师傅", "后天11月24号", "一亩60元，一共210元", "告诉师傅"):
        assert words in coming.text
    assert [one.label for one in coming.choices] == ["改日子", "不要了"]
    carried = last(await house.say("告诉师傅，我在村口大槐树底下等", "zhang")).text
    assert "话带到了" in carried
    (words_,) = await operators.told("li")
    assert "我在村口大槐树底下等" in words_.text
    assert "zhang" not in words_.text
    await operators.tick(days=1, hours=10)
    (farmer,), (provider,) = await operators.told("zhang"), await operators.told("li")
    assert farmer.text.startswith("提醒您，明天有活")
    assert provider.text.startswith("提醒您，明天有活")
    await operators.tick(hours=10)
    assert [one.text[:12] for one in await operators.told("zhang")] == ["提醒您，再过两个钟头开工"]
    await operators.tick(hours=14)
    asked = (await operators.told("li"))[-1]
    assert [one.label for one in asked.choices] == ["干完了", "没干成", "有问题"]
    report = last(await house.say("干完了，实际四亩二，收了二百四", "li"))
    assert report.kind == "confirm"
    assert "实际4.2亩，一共240元" in report.text
    corrected = last(await house.say("不是，收了二百五", "li"))
    assert "一共250元" in corrected.text
    assert "再等对方" in last(await house.say("对", "li")).text
    done = last(await operators.press("干完了", (await operators.told("zhang"))[0], "zhang"))
    assert "结了，实际4.2亩，一共250元" in done.text
    assert "谢谢" in last(await house.choose(done.choices[4].id, "zhang")).text
    settled = (await operators.told("li"))[-1]
    assert "打几分" in settled.text
    assert "5分" in last(await house.say("给五颗星", "li")).text
    assert "打过分" in last(await house.choose(settled.choices[0].id, "li")).text
    (booked,) = await operators.parts.machinery.mine(Person("test", "zhang"))
    assert booked.state is State.DONE
