"""Consultations where people tap twice, come late or change their minds: nothing breaks, and nothing untrue is said."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.consultation.legal import Legal
from bot.delivery.models import OutboxRow
from dialogs.booking.terms import Person
from dialogs.consultation import rounds
from dialogs.consultation.models import ConsultationRow, StoryRow
from dialogs.consultation.terms import Meeting, NotPossible, Reason, State, Way
from knowledge_base.models import QuestionRow
from tests.fakes.house import House, last
from tests.fakes.legal import COUNTY, LAWYER, with_consultants

FARMER = Person("test", "zhang")
SECRET = "包工头欠俺八千块血汗钱"


@pytest.fixture
async def legal(house: House) -> Legal:
    parts = await with_consultants(house)
    await house.say("我在柘城县")
    return parts


async def told(house: House, when: str = "明天上午九点") -> None:
    """Up to the question what goes along."""
    for words in (f"俺想找律师问问工钱的事，{when}打电话", SECRET, "跳过"):
        await house.say(words)
    assert "要不要转给" in last(await house.say("跳过")).text


async def booked(house: House, legal: Legal) -> str:
    await told(house)
    await house.say("转给他")
    assert last(await house.say("对")).kind == "booked"
    (one,) = await legal.consultations.mine(FARMER)
    return one.id


async def test_every_button_may_be_pressed_twice(house: House, legal: Legal) -> None:
    one = await booked(house, legal)
    for choice, says in (
        (f"l:c:gone:{one}", "另选时间"),
        (f"l:c:done:{one}", "说过来不了"),
        (f"l:c:not:{one}", "说过来不了"),
    ):
        for _ in range(2):
            assert says in last(await house.choose(choice, "lawyer")).text, choice
    for _ in range(2):
        assert "取消了" in last(await house.choose(f"l:do:cx:{one}")).text
    assert house.observer.failures == []


async def test_met_is_said_twice(house: House, legal: Legal) -> None:
    one = await booked(house, legal)
    house.later(days=2)
    for _ in range(2):
        assert "记下谈过了" in last(await house.choose(f"l:c:done:{one}", "lawyer")).text


async def test_who_cancels_takes_the_story_back(house: House, legal: Legal) -> None:
    one = await booked(house, legal)
    assert "单号10001" in last(await house.choose(f"l:c:story:{one}", "lawyer")).text
    await legal.consultations.cancel(FARMER, one, "", "cancel")
    with pytest.raises(NotPossible) as refused:
        await legal.consultations.read(LAWYER, one)
    assert refused.value.reason is Reason.NO_STORY
    assert SECRET not in last(await house.choose(f"l:c:story:{one}", "lawyer")).text


async def test_a_story_that_was_deleted_meanwhile_is_not_said_to_be_handed_over(house: House, legal: Legal) -> None:
    await told(house, "三天后上午九点")
    house.later(hours=20)
    await house.say("玉米螟怎么防治")
    house.later(hours=6)
    await legal.consultations.tick()
    await house.say("接着办")
    await house.say("转给他")
    done = last(await house.say("对"))
    assert done.kind == "booked"
    assert "已经删了，没有转过去" in done.text


async def test_skip_is_no_answer_to_what_goes_along(house: House, legal: Legal) -> None:
    await told(house)
    turn = await house.say("跳过")
    assert len(turn.replies) == 1
    assert "要不要转给" in last(turn).text
    async with house.store.session() as session:
        assert await session.scalar(select(func.count()).where(StoryRow.consultation_id.is_not(None))) == 0


async def test_who_will_not_say_where_they_are_is_not_asked_for_ever(house: House, legal: Legal) -> None:
    assert "哪个县" in last(await house.say("俺想找律师问问工钱的事", "far")).text
    assert "跳过" in last(await house.say("说不上来嘛", "far")).text
    assert "哪个县" not in last(await house.say("跳过", "far")).text


@pytest.mark.parametrize(("hours", "says"), [(0, "头天晚上和两个钟头前"), (12, "两个钟头前"), (22, "不再另外提醒")])
async def test_only_reminders_that_will_come_are_promised(house: House, legal: Legal, hours: int, says: str) -> None:
    house.later(hours=hours)
    await told(house, "明天上午九点" if hours < 20 else "今天上午九点")
    await house.say("不转")
    text = last(await house.say("对")).text
    assert says in text
    assert ("头天" in text) == (hours == 0)


async def test_the_evening_before_says_tomorrow_once(house: House, legal: Legal) -> None:
    await booked(house, legal)
    house.later(hours=11)
    await legal.consultations.tick()
    async with house.store.session() as session:
        rows = (await session.scalars(select(OutboxRow).where(OutboxRow.user == "zhang"))).all()
    (reminder,) = [row.payload["text"] for row in rows if row.payload["text"].startswith("提醒您")]
    assert reminder.count("明天") == 1


async def test_threats_against_others_and_being_locked_in_come_first(house: House, legal: Legal) -> None:
    for words in ("他欠俺钱不还，俺要杀了他，找律师", "老板堵在屋里不让走，俺想找律师"):
        turn = await house.say(words, "angry")
        assert turn.replies[0].kind == "handoff", words
        assert "110" in turn.replies[0].text


async def test_one_that_fails_does_not_keep_the_others_waiting(
    house: House, legal: Legal, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await booked(house, legal)
    (able, *_) = [one for one in await legal.consultations.able("wages", COUNTY) if Way.PHONE in one.ways]
    tomorrow = house.now.date() + timedelta(days=1)
    slot = (await legal.consultations.free([able], tomorrow, tomorrow))[-1]
    meeting = Meeting("wages", Way.PHONE, COUNTY, able.id, slot.start)
    second = await legal.consultations.book(Person("test", "zhou"), meeting, "second")
    tried = rounds._remind

    async def stumbles(entry: object, row: object) -> None:
        if row.id == first:  # type: ignore[attr-defined]
            raise RuntimeError
        await tried(entry, row)  # type: ignore[arg-type]

    monkeypatch.setattr(rounds, "_remind", stumbles)
    house.later(hours=11)
    await legal.consultations.tick()
    async with house.store.session() as session:
        row = await session.get_one(ConsultationRow, second.id)
        assert row.reminded_evening is not None


async def test_the_farmer_says_whether_they_met(house: House, legal: Legal) -> None:
    one = await booked(house, legal)
    assert "还没到时间" in last(await house.choose(f"l:met:done:{one}")).text
    assert "没找到" in last(await house.choose(f"l:met:done:{one}", "chen")).text
    house.later(days=1, hours=1)
    await legal.consultations.tick()
    async with house.store.session() as session:
        rows = (await session.scalars(select(OutboxRow).where(OutboxRow.user == "zhang"))).all()
    (asked,) = [row.payload for row in rows if "谈过了没有" in row.payload["text"]]
    assert [choice["label"] for choice in asked["choices"]] == ["谈过了", "没谈成"]
    assert "记下没谈成" in last(await house.say("律师没来")).text
    (closed,) = await legal.consultations.mine(FARMER)
    assert closed.state is State.NOT_DONE
    assert "说的不一样" in last(await house.choose(f"l:c:done:{one}", "lawyer")).text
    (closed,) = await legal.consultations.mine(FARMER)
    assert closed.state is State.NOT_DONE, "the first word stays"


async def test_who_was_contradicted_and_the_station_are_told(house: House, legal: Legal) -> None:
    one = await booked(house, legal)
    house.later(days=3)
    await legal.consultations.finish(FARMER, one, "met", done=True)
    for _ in range(2):
        assert "您和对方说的不一样" in last(await house.choose(f"l:c:not:{one}", "lawyer")).text
    (still,) = await legal.consultations.mine(FARMER)
    assert still.state is State.DONE
    assert "谈过了" in last(await house.choose(f"l:met:done:{one}")).text
    async with house.store.session() as session:
        topics = [row.topic for row in await session.scalars(select(OutboxRow)) if "disputed" in row.topic]
        asked = [row.text for row in await session.scalars(select(QuestionRow))]
    assert topics == [f"consultation:{one}:farmer:disputed:once"]
    assert any("一边说谈过了，一边说没谈成" in text for text in asked)


async def test_danger_keeps_the_wish_for_a_lawyer(house: House, legal: Legal) -> None:
    assert legal.consultations
    reply = last(await house.say("老公打我，想找律师离婚"))
    assert "站里的人也知道了" in reply.text
    assert [one.label for one in reply.choices] == ["找律师", "先不用"]
    assert "先顾人" in last(await house.say("不用")).text
    turn = await house.say("老板把我们关起来不让走，想找律师")
    assert "110" in turn.replies[0].text
    asked = last(await house.press("找律师", turn))
    assert asked.kind == "ask"
    assert asked.slots["service"] == "legal"
    turn = await house.say("他又打我了")
    assert "接着办" in [one.label for one in last(turn).choices]
    assert last(await house.press("接着办", turn)).text == asked.text
