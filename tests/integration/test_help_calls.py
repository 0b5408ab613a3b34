"""A call for help: what the person adds goes to the same officers, these answer, and what does not arrive goes on."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update
from structlog.testing import capture_logs

from bot.delivery.models import OutboxRow
from bot.delivery.policy import Outcome, State
from dialogs.messages import Inbound, Location, ReplyKind, Turn
from knowledge_base.store import Store
from knowledge_base.warnings.calling_models import HelpCallRow
from knowledge_base.warnings.calls import HelpAnswer
from knowledge_base.warnings.models import Answer, OfficerRow, PersonRow, Role
from tests.fakes.alarm import VILLAGE, Alarm
from tests.fakes.house import House, last
from tests.integration.test_warning_chat import alarmed

SECRET = "我在东头老磨坊房顶上，电话13812345678"


@pytest.fixture
async def alarm(any_store: Store, now: datetime) -> Alarm:
    """A household that got a red warning, one on duty in the town and one in the county, and a village committee."""
    alarm = Alarm(any_store, now)
    await alarm.people("zhang")
    await alarm.officer(Role.DUTY, "chen", VILLAGE[:9])
    await alarm.officer(Role.DUTY, "sun", VILLAGE[:6])
    await alarm.officer(Role.COMMITTEE, "zhao", VILLAGE)
    return alarm


async def help_of(alarm: Alarm, warning: str) -> tuple[str, ...]:
    answered = await alarm.answers.take(warning, "telegram", "zhang", Answer.HELP)
    assert answered is not None
    return answered.told


async def ends(alarm: Alarm, user: str, state: State, beginning: str = "help:") -> None:
    """What the worker writes down for the messages of an officer."""
    query = select(OutboxRow.id).where(OutboxRow.user == user, OutboxRow.topic.startswith(beginning))
    async with alarm.store.session() as session:
        ids = (await session.scalars(query.where(OutboxRow.state == State.WAITING))).all()
    for id_ in ids:
        await alarm.outbox.record(id_, Outcome(state, state))


async def helps(alarm: Alarm, user: str) -> list[str]:
    return [text for topic, _, text in await alarm.messages(user) if topic.startswith("help")]


@pytest.mark.parametrize("state", [State.BLOCKED, State.FAILED])
async def test_what_cannot_be_delivered_goes_to_the_next_with_what_was_said_since(alarm: Alarm, state: State) -> None:
    warning = await alarm.warn()
    assert await help_of(alarm, warning) == ("chen同志",)
    assert await alarm.answers.help.add(warning, "telegram", "zhang", "7", said=SECRET) == ("chen同志",)
    await alarm.answers.help.tick()
    assert await helps(alarm, "sun") == [], "it may still arrive"
    await ends(alarm, "chen", state)
    for _ in range(2):
        await alarm.answers.help.tick()
    call, words = sorted(await helps(alarm, "sun"), key=len)
    assert "zhang说需要帮助" in call
    assert SECRET in words
    assert await helps(alarm, "zhao") == []
    await ends(alarm, "sun", state)
    await alarm.answers.help.tick()
    assert len(await helps(alarm, "zhao")) == 2
    await ends(alarm, "zhao", state)
    for _ in range(2):
        await alarm.answers.help.tick()
    (lost,) = await helps(alarm, "zhang")
    assert "110" in lost


async def test_who_is_not_there_for_two_minutes_is_passed_over_and_who_got_it_is_not(alarm: Alarm) -> None:
    warning = await alarm.warn()
    await help_of(alarm, warning)
    alarm.later(minutes=1, seconds=59)
    await alarm.answers.help.tick()
    assert await helps(alarm, "sun") == []
    alarm.later(seconds=1)
    await alarm.answers.help.tick()
    assert len(await helps(alarm, "sun")) == 1
    await ends(alarm, "sun", State.SENT)
    alarm.later(minutes=3)
    await alarm.answers.help.tick()
    assert await helps(alarm, "zhao") == []


async def test_pressed_again_without_an_answer_calls_again_and_the_next_too(alarm: Alarm) -> None:
    warning = await alarm.warn()
    await help_of(alarm, warning)
    await ends(alarm, "chen", State.SENT)
    alarm.later(minutes=1)
    assert await help_of(alarm, warning) == ("chen同志",)
    assert len(await helps(alarm, "chen")) == 1, "nobody is called twice within two minutes"
    alarm.later(minutes=1)
    assert await help_of(alarm, warning) == ("chen同志", "sun同志")
    assert (len(await helps(alarm, "chen")), len(await helps(alarm, "sun"))) == (2, 1)


async def test_an_answer_reaches_the_person_once_and_only_who_was_called_can_give_it(alarm: Alarm) -> None:
    warning = await alarm.warn()
    await help_of(alarm, warning)
    async with alarm.store.session() as session:
        (call,) = await session.scalars(select(HelpCallRow.id))
    assert await alarm.answers.help.answer(call, "telegram", "sun", HelpAnswer.GOING) is None
    for new in (True, False):
        handled = await alarm.answers.help.answer(call, "telegram", "chen", HelpAnswer.GOING)
        assert handled is not None
        assert (handled.new, handled.name) == (new, "zhang")
    (told,) = await helps(alarm, "zhang")
    assert "chen同志回话了" in told
    alarm.later(minutes=1)
    assert await help_of(alarm, warning) == ("chen同志",)
    assert len(await helps(alarm, "chen")) == 1, "an answer has just come"


async def test_one_message_of_the_person_goes_out_once_with_the_priority_of_calls(alarm: Alarm) -> None:
    warning = await alarm.warn()
    await help_of(alarm, warning)
    with capture_logs() as logs:
        for _ in range(2):
            await alarm.answers.help.add(warning, "telegram", "zhang", "7", said=SECRET)
    assert SECRET not in str(logs)
    assert len(await helps(alarm, "chen")) == 2
    async with alarm.store.session() as session:
        rows = (await session.scalars(select(OutboxRow).where(OutboxRow.user == "chen"))).all()
    assert {row.priority for row in rows} == {5}
    assert {row.expires_at - row.created_at for row in rows if row.expires_at} == {timedelta(hours=24)}


async def called(house: House) -> tuple[Alarm, Turn]:
    """The person has pressed 需要帮助."""
    alarm, warning = await alarmed(house)
    return alarm, await house.choose(f"w:help:{warning}")


async def test_the_next_sentence_goes_to_those_who_were_called_and_only_that_one(house: House) -> None:
    alarm, turn = await called(house)
    assert "说一句您在哪儿、电话多少" in last(turn).text
    assert "转给陈值班" in last(await house.say(SECRET)).text
    await house.say("小麦啥时候浇水")
    told = await helps(alarm, "chen")
    assert sum(SECRET in text for text in told) == 1
    assert not [text for text in told if "浇水" in text]


async def test_spoken_words_go_without_asking_back_and_danger_is_answered_first(house: House) -> None:
    alarm, _ = await called(house)
    turn = await house.speak("我在老磨坊这边\n我在老墨方那边")
    assert "转给陈值班" in last(turn).text
    assert any("老磨坊" in text for text in await helps(alarm, "chen"))
    alarm.now = house.now
    await house.choose(await sent_choice(alarm, "help"))
    turn = await house.say("我家孩子掉水里了")
    assert turn.replies[0].kind is ReplyKind.HANDOFF
    assert "陈值班" not in turn.replies[0].text, "first what to do"
    assert any("转给陈值班" in reply.text for reply in turn.replies[1:])
    assert any("孩子掉水里" in text for text in await helps(alarm, "chen"))


async def sent_choice(alarm: Alarm, answer: str) -> str:
    """The button of the warning."""
    async with alarm.store.session() as session:
        warning = await session.scalar(select(HelpCallRow.warning_id))
    return f"w:{answer}:{warning}"


async def test_after_half_an_hour_a_sentence_is_a_sentence(house: House) -> None:
    alarm, _ = await called(house)
    house.later(minutes=31)
    await house.say("小麦啥时候浇水")
    assert len(await helps(alarm, "chen")) == 1


async def test_got_it_is_not_taken_for_where_somebody_is(house: House) -> None:
    alarm, _ = await called(house)
    await house.say("收到")
    assert len(await helps(alarm, "chen")) == 1
    assert "转给" in last(await house.say(SECRET)).text


async def test_positions_go_on_and_stand_in_later_calls(house: House) -> None:
    alarm, _ = await called(house)
    for number in ("p1", "p1"):
        turn = await house.assistant.turn(Inbound("test", "zhang", number, house.now, location=Location(34.11, 115.3)))
    assert "位置转给陈值班" in last(turn).text
    placed = [text for text in await helps(alarm, "chen") if "北纬34.1100，东经115.3000" in text]
    assert len(placed) == 1
    house.later(minutes=3)
    await house.choose(await sent_choice(alarm, "help"))
    assert "北纬34.1100" in [text for text in await helps(alarm, "chen") if "说需要帮助" in text][-1]


async def test_a_position_of_somebody_who_called_nobody_is_only_noted(house: House) -> None:
    alarm, _ = await alarmed(house)
    await house.assistant.turn(Inbound("test", "zhang", "1", house.now, location=Location(34.11, 115.3)))
    assert await helps(alarm, "chen") == []


async def test_the_officer_answers_with_a_button(house: House) -> None:
    alarm, _ = await called(house)
    async with house.store.session() as session:
        row = await session.scalar(select(OutboxRow).where(OutboxRow.topic.startswith("help:")))
        await session.execute(update(PersonRow).values(name="张三"))
    assert row is not None
    assert [choice["label"] for choice in row.payload["choices"]] == ["我去", "已联系上"]
    turn = await house.choose(row.payload["choices"][0]["id"], user="chen")
    assert "已经告诉张三" in last(turn).text
    turn = await house.press("已联系上", turn, user="chen")
    assert not last(turn).choices
    assert len([text for text in await helps(alarm, "zhang") if "陈值班回话" in text]) == 2
    assert "过时" in last(await house.choose("w:go:none", user="chen")).text


async def test_who_finds_nobody_is_not_asked_where_they_are(house: House) -> None:
    _, warning = await alarmed(house)
    async with house.store.session() as session:
        await session.delete(await session.get(OfficerRow, ("411424", "test", "chen", Role.DUTY)))
    assert "119" in last(await house.choose(f"w:help:{warning}")).text
    assert "转给" not in last(await house.say(SECRET)).text
