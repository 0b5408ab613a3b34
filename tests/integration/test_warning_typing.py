"""Officers issue warnings from the chat: nothing before a yes, grave ones not before another's, nobody else at all."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, func, select, update

from bot.delivery.models import OutboxRow
from bot.warnings.desk import warning_desk, warning_typing
from dialogs.messages import ReplyKind, Turn
from knowledge_base.curation.audit import Audit
from knowledge_base.curation.models import AuditRow
from knowledge_base.warnings.calling_models import TypedWarningRow
from knowledge_base.warnings.models import OfficerRow, PersonRow, Role, VillageRow, WarningRow
from knowledge_base.warnings.speaker_jobs import SpeakerJobs
from knowledge_base.warnings.typed import TypedState
from tests.fakes.house import House, last

COUNTY = "411424"
TOWN = "411424101"
WHOLE = "/warn 暴雨 橙色 柘城县 今晚八点到明早八点"


@pytest.fixture
async def officers(house: House) -> House:
    """A house with two officers of the county (wang, li), one of a town (zhao) and a farmer (zhang) in the county."""
    house.now = house.now.replace(microsecond=654_321)  # as on every real clock
    clock = lambda: house.now  # noqa: E731 - the house's own
    desk = warning_desk(
        house.store,
        house.outbox,
        house.places,
        Audit(clock),
        clock,
        speakers=SpeakerJobs(house.store, clock),
        followers=(),
    )
    house.serve(warning_typing(desk, house.places))
    async with house.store.session() as session:
        for user, place in (("wang", COUNTY), ("li", COUNTY), ("zhao", TOWN)):
            session.add(OfficerRow(place=place, channel="test", user=user, role=Role.ISSUER, shown=f"{user}站长"))
        session.add(OfficerRow(place=COUNTY, channel="test", user="chen", role=Role.DUTY, shown="陈值班"))
        session.add(PersonRow(channel="test", user="zhang", place=f"{TOWN}201", levels=4, updated_at=house.now))
        session.add(VillageRow(code=TOWN, name="胡襄镇", latitude=34.1, longitude=115.4))
    return house


async def warnings(house: House) -> list[WarningRow]:
    async with house.store.session() as session:
        return list(await session.scalars(select(WarningRow).order_by(WarningRow.version)))


async def messages(house: House, user: str) -> list[str]:
    async with house.store.session() as session:
        query = select(OutboxRow).where(OutboxRow.user == user).order_by(OutboxRow.created_at, OutboxRow.topic)
        return [row.topic.split(":")[0] for row in await session.scalars(query)]


def labels(turn: Turn) -> list[str]:
    return [choice.label for choice in last(turn).choices]


@pytest.mark.parametrize("said", [WHOLE, "/warn", "发预警", "发预警 暴雨 红色 柘城县 现在到明早八点", "/warn 解除"])
async def test_who_is_no_officer_is_told_so_and_nothing_happens(officers: House, said: str) -> None:
    for user in ("zhang", "chen"):  # one on duty may be called and not issue
        reply = last(await officers.say(said, user))
        assert reply.kind is ReplyKind.REFUSE
        assert "没有登记" in reply.text
        assert f"编号 {user}" in reply.text  # for the console, where they are registered
        assert user not in reply.spoken
    assert await warnings(officers) == []


async def test_one_sentence_is_read_back_with_its_reach_and_waits_for_another(officers: House) -> None:
    turn = await officers.say(WHOLE, "wang")
    reply = last(turn)
    assert reply.kind is ReplyKind.CONFIRM
    assert "【暴雨橙色预警】" in reply.text
    assert "会发给1人、0个喇叭" in reply.text
    assert "第二个人" in reply.text
    assert await warnings(officers) == []
    assert "还没有发出去" in last(await officers.press("送去审批", turn, "wang")).text
    assert await warnings(officers) == []
    assert await messages(officers, "li") == ["approve"]
    assert await messages(officers, "zhao") == []  # the county is not the town's
    async with officers.store.session() as session:
        (row,) = await session.scalars(select(TypedWarningRow))
    assert (row.author, row.state) == ("@test:wang", TypedState.WAITING)
    assert "您自己写的" in last(await officers.choose(f"wt:ok:{row.id}", "wang")).text
    assert "不归您管" in last(await officers.choose(f"wt:ok:{row.id}", "zhao")).text
    assert await warnings(officers) == []
    assert "发出去了" in last(await officers.choose(f"wt:ok:{row.id}", "li")).text
    (sent,) = await warnings(officers)
    assert (sent.colour, sent.recipients) == (2, 1)
    assert sent.expires_at == datetime(2026, 11, 23, 0, tzinfo=UTC)
    assert await messages(officers, "wang") == ["decided"]
    assert "已经有人定过" in last(await officers.choose(f"wt:deny:{row.id}", "li")).text
    async with officers.store.session() as session:
        log = await session.execute(select(AuditRow.account, AuditRow.action).order_by(AuditRow.id))
    assert [tuple(one) for one in log] == [("@test:wang", "warning.write"), ("@test:li", "warning.approve")]


async def test_step_by_step_with_buttons_yellow_goes_out_at_once(officers: House) -> None:
    turn = await officers.say("/warn", "wang")
    assert "暴雨" in labels(turn)
    turn = await officers.press("大风", turn, "wang")
    assert labels(turn)[:4] == ["红色", "橙色", "黄色", "蓝色"]
    turn = await officers.press("黄色", turn, "wang")
    turn = await officers.press("河南省商丘市柘城县", turn, "wang")
    turn = await officers.press("现在起", turn, "wang")
    turn = await officers.press("6小时", turn, "wang")
    assert "【大风黄色预警】" in last(turn).text
    assert "发出去了" in last(await officers.say("好", "wang")).text
    (sent,) = await warnings(officers)
    assert (sent.hazard, sent.colour, sent.recipients) == ("gale", 3, 1)
    assert (
        "过时" in last(await officers.press("发出去", turn, "wang")).text
        or "过去了" in last(await officers.press("发出去", turn, "wang")).text
    )
    assert len(await warnings(officers)) == 1


async def test_in_words_with_another_question_in_between(officers: House) -> None:
    assert "哪里" in last(await officers.say("发预警，大风蓝色", "wang")).text
    between = await officers.say("小麦倒伏了怎么办", "wang")
    assert "哪里" in last(between).text
    assert "什么时候起" in last(await officers.say("胡襄镇", "wang")).text
    assert "为止" in last(await officers.say("今晚八点", "wang")).text
    turn = await officers.say("十个小时", "wang")
    assert "今晚八点到明早六点" in last(turn).text
    turn = await officers.say("改到明早八点", "wang")
    assert "今晚八点到明天上午八点" in last(turn).text
    assert "哪里：河南省商丘市柘城县胡襄镇" in last(turn).text
    await officers.press("发出去", turn, "wang")
    (sent,) = await warnings(officers)
    assert TOWN.encode() in sent.original


async def test_only_ones_own_area_a_true_colour_and_a_time_to_come(officers: House) -> None:
    assert "不归您管" in last(await officers.say("/warn 大风 黄色 柘城县 今晚八点到明早八点", "zhao")).text
    assert "没有蓝色这一级" in last(await officers.say("/warn 干旱 蓝色 柘城县 今晚八点到明早八点", "wang")).text
    assert "不能早于" in last(await officers.say("/warn 大风 黄色 柘城县 今天早上六点到今天早上八点", "wang")).text
    assert await warnings(officers) == []


async def test_the_yes_to_what_was_changed_since_and_to_what_is_too_old_does_nothing(officers: House) -> None:
    first = await officers.say("/warn 大风 黄色 柘城县 今晚八点到明早八点", "wang")
    second = await officers.say("改成蓝色", "wang")
    assert "过去了" in last(await officers.press("发出去", first, "wang")).text
    officers.later(hours=1)
    assert "过去了" in last(await officers.press("发出去", second, "wang")).text
    assert await warnings(officers) == []


async def test_the_same_message_again_issues_nothing_again(officers: House) -> None:
    await officers.say("/warn 大风 黄色 柘城县 今晚八点到明早八点", "wang", "m1")
    for _ in range(2):
        await officers.say("好", "wang", "m2")
    assert len(await warnings(officers)) == 1


async def test_what_one_has_issued_is_updated_and_lifted(officers: House) -> None:
    assert "没有发过" in last(await officers.say("/warn 解除", "wang")).text
    await officers.say("/warn 大风 黄色 柘城县 今晚八点到明早八点", "wang")
    await officers.say("好", "wang")
    async with officers.store.session() as session:
        await session.execute(update(OutboxRow).values(state="sent", sent_at=officers.now))
    officers.later(minutes=5)
    assert "没有发过" in last(await officers.say("/warn 解除", "li")).text
    await officers.say("更新预警", "wang")
    turn = await officers.say("延长到明天中午十二点", "wang")
    assert "会发给1人" in last(turn).text
    await officers.press("发出去", turn, "wang")
    officers.later(minutes=5)
    turn = await officers.say("解除预警", "wang")
    turn = await officers.press("危险过去了，解除", turn, "wang")
    assert "【解除：大风黄色预警】" in last(turn).text
    assert "大风黄色预警不算数了，告诉了1人" in last(await officers.press("发出去", turn, "wang")).text
    rows = await warnings(officers)
    assert [row.state for row in rows] == ["superseded", "superseded", "ended"]
    assert len({row.root_id for row in rows}) == 1


async def test_what_takes_the_place_of_a_grave_one_waits_for_another_too(officers: House) -> None:
    await officers.press("送去审批", await officers.say(WHOLE, "wang"), "wang")
    async with officers.store.session() as session:
        (row,) = await session.scalars(select(TypedWarningRow))
    await officers.choose(f"wt:ok:{row.id}", "li")
    officers.later(minutes=5)
    await officers.say("更新预警", "wang")
    turn = await officers.say("改成蓝色", "wang")
    assert "【暴雨蓝色预警·有变化】" in last(turn).text
    assert "第二个人" in last(turn).text
    assert "还没有发出去" in last(await officers.press("送去审批", turn, "wang")).text
    assert [one.colour for one in await warnings(officers)] == [2]


async def test_killed_while_it_went_out_the_author_hears_how_many_it_reached(officers: House) -> None:
    await officers.press("送去审批", await officers.say(WHOLE, "wang"), "wang")
    async with officers.store.session() as session:
        (row,) = await session.scalars(select(TypedWarningRow))
    await officers.choose(f"wt:ok:{row.id}", "li")
    async with officers.store.session() as session:
        await session.execute(update(TypedWarningRow).values(state=TypedState.GOING, warning_id=None))
        await session.execute(delete(OutboxRow).where(OutboxRow.topic.startswith("decided:")))
    assert "1人" in last(await officers.choose(f"wt:ok:{row.id}", "li")).text
    async with officers.store.session() as session:
        (told,) = await session.scalars(select(OutboxRow).where(OutboxRow.topic.startswith("decided:")))
    assert "已经发给1人" in told.payload["text"]
    assert len(await warnings(officers)) == 1


async def test_a_right_that_was_taken_away_counts_at_once(officers: House) -> None:
    turn = await officers.say("/warn 大风 黄色 柘城县 今晚八点到明早八点", "wang")
    async with officers.store.session() as session:
        await session.delete(await session.get(OfficerRow, (COUNTY, "test", "wang", Role.ISSUER)))
    assert "没有登记" in last(await officers.press("发出去", turn, "wang")).text
    assert await warnings(officers) == []


async def test_with_nobody_to_approve_one_is_told_to_call(officers: House) -> None:
    async with officers.store.session() as session:
        await session.delete(await session.get(OfficerRow, (COUNTY, "test", "li", Role.ISSUER)))
    turn = await officers.say("/warn 暴雨 红色 胡襄镇 今晚八点到明早八点", "wang")
    await officers.press("送去审批", turn, "wang")
    assert await messages(officers, "zhao") == ["approve"]
    turn = await officers.say("/warn 暴雨 红色 柘城县 今晚八点到明早八点", "wang")
    assert "没有登记别的发布员" in last(await officers.press("送去审批", turn, "wang")).text
    async with officers.store.session() as session:
        assert await session.scalar(select(func.count()).select_from(TypedWarningRow)) == 2


async def test_spoken_it_is_the_same(officers: House) -> None:
    turn = await officers.speak("发预警，大风黄色，柘城县，现在到明早八点", "wang")
    assert "【大风黄色预警】" in last(turn).text
    assert "大风黄色预警，河南省商丘市柘城县" in last(turn).spoken
    assert "发出去了" in last(await officers.speak("好", "wang")).text
    (sent,) = await warnings(officers)
    assert sent.colour == 3


@pytest.mark.parametrize("said", ["别给我发预警了", "有暴雨发预警给我", "发预警了吗"])
async def test_what_farmers_say_of_warnings_is_not_taken_for_it(officers: House, said: str) -> None:
    assert "没有登记" not in last(await officers.say(said)).text
