"""Legal consultations in the chat: nothing in clear, nobody registered, notices, buttons that mean nothing."""

from datetime import timedelta

from sqlalchemy import select, text

from bot.consultation.legal import go_round
from bot.delivery.models import OutboxRow
from dialogs.booking.terms import Person
from knowledge_base.models import Base, QuestionRow
from tests.fakes.house import House, last
from tests.fakes.legal import COUNTY, LAWYER, with_consultants

SECRET = "包工头欠俺八千块血汗钱不给"


async def everything(house: House) -> str:
    """All that the database holds."""
    async with house.store.session() as session:
        tables = [table.name for table in Base.metadata.sorted_tables if not table.name.startswith("entries")]
        rows = [(await session.execute(text(f'SELECT * FROM "{name}"'))).all() for name in tables]
    return str(rows)


async def messages(house: House, user: str) -> list[str]:
    async with house.store.session() as session:
        rows = (await session.scalars(select(OutboxRow).order_by(OutboxRow.created_at))).all()
    return [row.payload["text"] for row in rows if row.user == user]


async def test_what_is_told_is_nowhere_in_clear(house: House) -> None:
    await with_consultants(house)
    await house.say("我在柘城县")
    await house.say("俺想找律师问问工钱的事，明天上午九点打电话")
    told = await house.say(SECRET, external_id="told")
    assert SECRET not in await everything(house)
    again = await house.say(SECRET, external_id="told")
    assert again.duplicate
    assert again.replies == told.replies
    await house.speak(f"{SECRET}\n把猪圈的门修好要多少钱呢")
    assert SECRET not in await everything(house), "a doubtful reading neither"
    await house.say("跳过")
    await house.say("跳过")
    await house.say("跳过")
    await house.say("转给他")
    assert last(await house.say("对")).kind == "booked"
    assert SECRET not in await everything(house)
    read = last(await house.say("看情况", "lawyer"))
    assert SECRET in read.text
    assert SECRET not in read.spoken
    assert SECRET not in await everything(house), "nor after it was read"


async def test_another_account_under_a_consultant_reads_nothing(house: House) -> None:
    parts = await with_consultants(house)
    await house.say("我在柘城县")
    await house.say("俺想找律师问问工钱的事，明天上午九点打电话")
    await house.say(SECRET)
    for _ in range(3):
        await house.say("跳过")
    await house.say("转给他")
    assert last(await house.say("对")).kind == "booked"
    lawyer = next(id_ for id_, card in await parts.register.all() if card.person is not None)
    await house.say(f"绑定 {await parts.links.code(lawyer)}", "lawyer")
    assert SECRET in last(await house.say("看情况", "lawyer")).text, "the same account goes on reading"
    await house.say(f"绑定 {await parts.links.code(lawyer)}", "stranger")
    assert SECRET not in last(await house.say("看情况", "stranger")).text
    assert SECRET not in last(await house.say("看情况", "lawyer")).text


async def test_with_nobody_registered_the_station_is_told_and_nothing_promised(house: House) -> None:
    await with_consultants(house, 0)
    turn = await house.say(f"俺想找律师，{SECRET}")
    assert last(turn).kind == "handoff"
    assert "12348" in last(turn).text
    assert "约好" not in last(turn).text
    assert turn.replies[0].subject == "legal.wage_arrears"
    async with house.store.session() as session:
        (question,) = (await session.scalars(select(QuestionRow))).all()
    assert (question.text, question.reason) == ("想找律师，工钱的事", "asked_for_person")
    assert SECRET not in (await messages(house, "zhang"))


async def test_danger_in_the_middle_calls_a_person_at_once(house: House) -> None:
    await with_consultants(house)
    await house.say("我在柘城县")
    await house.say("俺想找律师问借钱的事")
    assert last(await house.say("他们天天来泼油漆")).kind == "handoff"
    async with house.store.session() as session:
        (question,) = (await session.scalars(select(QuestionRow))).all()
    assert "危险" in question.text


async def test_consultant_and_farmer_are_told(house: House) -> None:
    parts = await with_consultants(house, 1)
    await house.say("我在柘城县")
    await house.say("俺想找律师问问遗产的事，明天上午九点打电话")
    for _ in range(3):
        turn = await house.say("跳过")
    assert last(await house.press("对，就这么约", turn)).kind == "booked"
    (new,) = await messages(house, LAWYER.user)
    assert "新约：单号10001" in new
    house.later(hours=10)
    await parts.consultations.tick()
    await parts.consultations.tick()
    (reminder,) = await messages(house, "zhang")
    assert "提醒您" in reminder
    assert "13800000001" in reminder
    lawyer = next(id_ for id_, card in await parts.register.all() if card.person == LAWYER)
    assert b"BEGIN:VEVENT" in (await parts.calendar(await parts.links.calendar(lawyer)) or b"")


async def test_rounds_are_scheduled(house: House) -> None:
    parts = await with_consultants(house, 0)
    jobs: dict[str, timedelta] = {}

    class Noted:
        def every(self, interval: timedelta, name: str, _job: object, **_: object) -> None:
            jobs[name] = interval

    go_round(Noted(), parts)  # type: ignore[arg-type]
    assert jobs == {"consultations": timedelta(minutes=1)}


async def test_buttons_that_were_made_up_do_nothing(house: House) -> None:
    parts = await with_consultants(house)
    for made_up in (
        "l:s:x:202611240900",
        "l:yes:1",
        "l:mv:x",
        "l:do:cx:x",
        "l:c:done:x",
        "l:c:off:x/y",
        "l:k:land",
        "l:",
    ):
        assert last(await house.choose(made_up)).kind == "info"
    await house.say("我在柘城县")
    await house.say("想找律师问地的事")
    for made_up in ("l:s:x:never", "l:way:boat", "l:skip:never", "l:k:never", "l:ct:1", "l:fix:boat"):
        assert last(await house.choose(made_up)).kind in {"info", "ask"}
    assert list(await parts.consultations.mine(Person("test", "zhang"))) == []


async def test_a_half_hour_that_is_taken_meanwhile(house: House) -> None:
    await with_consultants(house, 1)
    for user in ("zhang", "li"):
        await house.say("我在柘城县", user)
        await house.say("俺想找律师问问遗产的事，明天上午九点打电话", user)
        for _ in range(3):
            turn = await house.say("跳过", user)
        assert last(turn).kind == "confirm"
    assert last(await house.say("对", "zhang")).kind == "booked"
    refused = last(await house.say("对", "li"))
    assert refused.kind == "ask"
    assert "刚被别人约走" in refused.text
    assert refused.slots["place"] == COUNTY
