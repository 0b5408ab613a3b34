"""Warnings in the chat over the store: what is kept after a yes, and what is answered to a warning that came."""

from collections.abc import Callable

import pytest
from sqlalchemy import select, update

from bot.delivery.models import OutboxRow
from dialogs.messages import Inbound, Location, ReplyKind
from knowledge_base.warnings.alert import Colour
from knowledge_base.warnings.models import Levels, OfficerRow, PersonRow, Role, VillageRow, WarningAnswerRow
from nlu.understanding import Parse
from tests.fakes.alarm import VILLAGE, Alarm, rainstorm
from tests.fakes.house import House, last


class Says:
    """Takes every sentence for one intent."""

    name = "says"

    def __init__(self, intent: str) -> None:
        self.intent = intent

    async def parse(self, normalized: str) -> Parse:
        return Parse(self.intent, 0.9, ((self.intent, 0.9),), (), self.name)


async def person(house: House, user: str = "zhang") -> PersonRow | None:
    async with house.store.session() as session:
        return await session.get(PersonRow, ("test", user))


@pytest.fixture
def saying(house: House) -> Callable[[str], None]:
    def intent(name: str) -> None:
        house.understander.instead = Says(name)

    return intent


async def test_nothing_is_kept_before_the_yes(house: House, saying: Callable[[str], None]) -> None:
    saying("subscribe")
    turn = await house.say("我家在河南省柘城县，种小麦，有霜冻告诉我")
    assert last(turn).kind is ReplyKind.CONFIRM
    assert await person(house) is None
    await house.say("好")
    kept = await person(house)
    assert kept is not None
    assert (kept.place, kept.levels, kept.crops, kept.opted_out) == ("411424", Levels.YELLOW, ["小麦"], False)


async def test_a_yes_later_or_to_something_else_changes_nothing(house: House, saying: Callable[[str], None]) -> None:
    saying("subscribe")
    await house.say("我家在河南省柘城县，有大风告诉我")
    saying("price")
    await house.say("小麦多少钱一斤")
    await house.say("好")
    assert await person(house) is None
    saying("subscribe")
    await house.say("我家在河南省柘城县，有大风告诉我")
    house.later(hours=3)
    await house.say("好")
    assert await person(house) is None


async def test_out_of_everything_quiet_hours_and_back_again(house: House, saying: Callable[[str], None]) -> None:
    saying("subscribe")
    for said in ("我家在河南省柘城县，有大风告诉我", "晚上九点以后别吵我", "不要再给我发提醒了"):
        await house.press(last(await house.say(said)).choices[0].label, await house.say(said))
    kept = await person(house)
    assert kept is not None
    assert (kept.opted_out, kept.quiet_from, kept.quiet_until, kept.place) == (True, 21 * 60, 6 * 60, "411424")
    turn = await house.say("订阅")
    await house.press(last(turn).choices[0].label, turn)
    kept = await person(house)
    assert kept is not None
    assert not kept.opted_out


async def test_another_place_forgets_the_old_position(house: House, saying: Callable[[str], None]) -> None:
    async with house.store.session() as session:
        session.add(
            PersonRow(
                channel="test", user="zhang", place="411425", latitude=34.4, longitude=115.8, updated_at=house.now
            )
        )
    saying("my_bookings")
    await house.say("我搬到河南省柘城县了")
    await house.say("对")
    kept = await person(house)
    assert kept is not None
    assert (kept.place, kept.latitude) == ("411424", None)


async def test_a_made_up_button_changes_nothing(house: House) -> None:
    for choice in ("w:do:l=9", "w:do:", "w:do:q=a-b", "w:met:x:y", "w:ok:none", "w:what"):
        assert "过时" in last(await house.choose(choice)).text
    assert await person(house) is None


async def test_the_place_that_the_channel_knows_is_enough_for_grave_warnings(house: House) -> None:
    await house.assistant.turn(Inbound("test", "zhang", "1", house.now, text="你好", place="411424100201"))
    kept = await person(house)
    assert kept is not None
    assert (kept.place, kept.levels) == (VILLAGE, Levels.ORANGE)


async def alarmed(house: House, colour: Colour = Colour.RED) -> tuple[Alarm, str]:
    """A warning has reached the person."""
    alarm = Alarm(house.store, house.now)
    async with house.store.session() as session:
        session.add(PersonRow(channel="test", user="zhang", place=VILLAGE, name="张三", levels=4, updated_at=house.now))
        session.add(OfficerRow(place="411424", channel="test", user="chen", role=Role.DUTY, shown="陈值班"))
    taken = await alarm.take(rainstorm("a", house.now, colour))
    async with house.store.session() as session:
        await session.execute(update(OutboxRow).values(state="sent", sent_at=house.now))
    return alarm, taken.warning_id or ""


async def test_got_it_in_words_is_an_answer_to_the_warning(house: House, saying: Callable[[str], None]) -> None:
    _, warning = await alarmed(house)
    saying("smalltalk")
    assert "记下您收到了" in last(await house.say("收到")).text
    async with house.store.session() as session:
        (answer,) = await session.scalars(select(WarningAnswerRow))
    assert (answer.warning_id, answer.user, answer.answer) == (warning, "zhang", "ok")


async def test_help_by_button_goes_to_the_one_on_duty(house: House) -> None:
    alarm, warning = await alarmed(house)
    reply = last(await house.choose(f"w:help:{warning}"))
    assert reply.kind is ReplyKind.HANDOFF
    assert "已经告诉陈值班" in reply.text
    ((topic, state, text),) = await alarm.messages("chen")
    assert (topic.split(":")[0], state) == ("help", "waiting")
    assert "张三说需要帮助" in text


async def test_help_where_nobody_is_on_duty_says_so(house: House, saying: Callable[[str], None]) -> None:
    await alarmed(house)
    async with house.store.session() as session:
        await session.delete(await session.get(OfficerRow, ("411424", "test", "chen", Role.DUTY)))
    saying("help")
    assert "119" in last(await house.say("我需要帮助")).text


async def test_what_holds_now(house: House, saying: Callable[[str], None]) -> None:
    saying("warning")
    await alarmed(house, Colour.ORANGE)
    told = last(await house.say("现在有什么预警")).text
    assert "柘城县" in told
    assert "暴雨橙色预警，现在起到今晚七点，柘城县。" in told
    house.later(hours=11)
    house.looked_at = house.now
    told = last(await house.say("现在有什么预警")).text
    assert "现在没有生效的预警，这是到今晚八点收到的情况。我最近一次查看官方预警是今晚八点。" in told


async def test_a_location_sent_in_the_chat_is_kept_with_the_village_there(house: House) -> None:
    async with house.store.session() as session:
        session.add(VillageRow(code=VILLAGE, name="东村", latitude=34.1, longitude=115.3))
    await house.assistant.turn(Inbound("test", "zhang", "1", house.now, location=Location(34.11, 115.3)))
    kept = await person(house)
    assert kept is not None
    assert (kept.place, kept.latitude, kept.longitude) == (VILLAGE, 34.11, 115.3)
