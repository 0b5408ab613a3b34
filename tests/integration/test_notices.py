"""Notices over the store: written, approved by a second person, sent once at their time to whom they concern."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from bot.delivery.models import LetterRow, OutboxRow
from bot.warnings.dispatch import PRIORITIES
from dialogs.notice_text import notice_reply, retraction_reply
from knowledge_base.curation.accounts import Forbidden
from knowledge_base.curation.models import AuditRow
from knowledge_base.curation.problems import EntryProblems
from knowledge_base.curation.refusals import OwnText
from knowledge_base.models import EntryRow
from knowledge_base.notices.choices import NoticeChoices
from knowledge_base.notices.models import NoticeRow
from knowledge_base.notices.notice import Kind, Notice
from knowledge_base.notices.problems import NoticeProblems
from knowledge_base.notices.sending import NoticesNotSent
from knowledge_base.notices.workflow import NoSuchNotice, NoticeMoved
from knowledge_base.store import Store
from knowledge_base.warnings.terms import Colour
from nlu.words import Words
from tests.fakes.notices import AGENT, BOTH, COUNTY, REVIEWER, VILLAGE, Office


@pytest.fixture
def office(any_store: Store, words: Words, now: datetime) -> Office:
    return Office(any_store, words, now)


@pytest.fixture
def desk(store: Store, words: Words, now: datetime) -> Office:
    """The same where the kind of database does not matter."""
    return Office(store, words, now)


async def test_a_notice_goes_out_once_at_its_time(office: Office) -> None:
    await office.neighbours(office.person("zhang"), office.person("li"), office.person("far", "510100000000"))
    notice = office.notice()
    row = await office.scheduled(notice)
    await office.tick(minutes=59)
    assert (await office.state(row.id), await office.told()) == ("scheduled", [])
    await office.tick(minutes=1)
    await office.tick(minutes=1)
    assert (await office.state(row.id), await office.told()) == ("sent", ["li", "zhang"])
    assert (await office.messages())[0][3] == notice_reply(row.id, notice).text
    kept = await office.workflow.get(row.id)
    assert (kept.recipients, kept.decided_by) == (2, "reviewer")
    async with office.store.session() as session:
        (first, *_) = await session.scalars(select(OutboxRow))
        actions = list(await session.scalars(select(AuditRow.action).order_by(AuditRow.id)))
    assert first.priority > max(PRIORITIES.values()) == PRIORITIES[Colour.BLUE]
    assert first.expires_at == notice.valid_until
    assert actions == ["notice.save", "notice.submit", "notice.approve"]


async def test_two_schedulers_at_once_send_each_notice_once(office: Office, words: Words) -> None:
    await office.neighbours(*(office.person(f"p{number}") for number in range(30)))
    rows = [await office.scheduled(office.notice(title=f"第{number}条")) for number in range(4)]
    office.later(hours=2)
    other = Store(office.store.engine.url.render_as_string(hide_password=False))
    beside = Office(other, words, office.now)
    await asyncio.gather(*(one.tick() for one in (office, beside, office, beside)))
    await other.close()
    assert [(await office.workflow.get(row.id)).recipients for row in rows] == [30] * 4
    async with office.store.session() as session:
        assert await session.scalar(select(func.count()).select_from(LetterRow)) == 4
        assert await session.scalar(select(func.count()).select_from(OutboxRow)) == 120


async def test_a_scheduler_asleep_sends_what_still_holds_and_nothing_else(desk: Office) -> None:
    await desk.neighbours(desk.person("zhang"))
    short = await desk.scheduled(desk.notice(title="早过了", valid_until=desk.now + timedelta(hours=2)))
    exact = await desk.scheduled(desk.notice(title="刚过", valid_until=desk.now + timedelta(hours=3)))
    long = await desk.scheduled(desk.notice(title="还有用"))
    await desk.tick(hours=3)
    assert [await desk.state(row.id) for row in (short, exact, long)] == ["expired", "expired", "sent"]
    assert [text.splitlines()[0] for *_, text in await desk.messages()] == ["【病虫情报】还有用"]
    assert (await desk.workflow.get(short.id)).sent_at is None
    desk.later(days=8)
    assert await desk.deliver() == []


async def test_whom_a_notice_is_for(office: Office) -> None:
    await office.neighbours(
        office.person("wheat", crops=["小麦"]),
        office.person("maize", crops=["玉米"]),
        office.person("sow", animals=["母猪"]),
        office.person("nothing_said"),
        office.person("out", crops=["小麦"], opted_out=True),
        office.person("refuses", crops=["小麦"]),
        office.person("other_county", "411425100201", crops=["小麦"]),
        office.person("next_county", "411426", crops=["小麦"]),
    )
    await NoticeChoices(office.store).refuse("paper", "refuses", [Kind.PEST], office.now)
    written: dict[str, dict[str, Any]] = {
        "麦": {"crops": ("小麦",)},
        "猪": {"animals": ("猪",)},
        "全": {"codes": (COUNTY, VILLAGE, "411426")},
        "策": {"kind": Kind.POLICY},
    }
    for title, more in written.items():
        row = await office.scheduled(office.notice(title=title, **more))
        assert await office.workflow.reach(row) == {"麦": 2, "猪": 2, "全": 5, "策": 5}[title]
    await office.tick(hours=1)
    got: dict[str, list[str]] = {}
    for user, _, _, text in await office.messages():
        got.setdefault(text.split("】")[1].split("\n")[0], []).append(user)
    assert got == {
        "麦": ["nothing_said", "wheat"],
        "猪": ["nothing_said", "sow"],
        "全": ["maize", "next_county", "nothing_said", "sow", "wheat"],
        "策": ["maize", "nothing_said", "refuses", "sow", "wheat"],
    }
    await NoticeChoices(office.store).accept("paper", "refuses", [Kind.PEST])
    assert await NoticeChoices(office.store).refused("paper", "refuses") == frozenset()


async def test_quiet_hours_hold_it_back(desk: Office) -> None:
    """Ten in the evening in Shanghai: who sleeps hears of it at six, who sleeps longer than it holds does not."""
    desk.now = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)
    await desk.neighbours(
        desk.person("sleeper"),
        desk.person("night_owl", quiet_from=0, quiet_until=0),
        desk.person("late_riser", quiet_from=21 * 60, quiet_until=9 * 60),
    )
    await desk.scheduled(desk.notice(valid_until=desk.now + timedelta(hours=11)))
    await desk.tick(hours=1)
    assert await desk.deliver() == ["night_owl"]
    desk.later(hours=7, minutes=59)
    assert await desk.deliver() == []
    desk.later(minutes=1)
    assert await desk.deliver() == ["sleeper"]
    assert await desk.told() == ["night_owl", "sleeper"]


async def test_a_second_person_is_needed(desk: Office) -> None:
    row = await desk.workflow.write(BOTH, desk.notice())
    row = await desk.workflow.submit(BOTH, row.id, row.revision)
    assert (await desk.workflow.waiting_for(BOTH), await desk.workflow.waiting_for(REVIEWER)) == (0, 1)
    with pytest.raises(OwnText):
        await desk.workflow.approve(BOTH, row.id, row.revision)
    with pytest.raises(Forbidden):
        await desk.workflow.approve(AGENT, row.id, row.revision)
    row = await desk.workflow.rewrite(AGENT, row.id, row.revision, desk.notice(title="改过了"))
    row = await desk.workflow.submit(AGENT, row.id, row.revision)
    with pytest.raises(OwnText):  # whoever wrote at it once
        await desk.workflow.approve(BOTH, row.id, row.revision)
    with pytest.raises(Forbidden):
        await desk.workflow.write(REVIEWER, desk.notice())
    assert (await desk.workflow.approve(REVIEWER, row.id, row.revision)).state == "scheduled"


async def test_what_is_changed_before_it_is_sent_must_be_approved_again(desk: Office) -> None:
    await desk.neighbours(desk.person("zhang"))
    row = await desk.scheduled(desk.notice())
    changed = await desk.workflow.rewrite(AGENT, row.id, row.revision, desk.notice(title="换了"))
    assert (changed.state, changed.decided_by) == ("draft", None)
    with pytest.raises(NoticeMoved):
        await desk.workflow.rewrite(AGENT, row.id, row.revision, desk.notice(title="旧页面上改的"))
    await desk.tick(hours=2)
    assert await desk.told() == []
    changed = await desk.workflow.submit(AGENT, row.id, changed.revision)
    back = await desk.workflow.send_back(REVIEWER, row.id, changed.revision, "写清楚哪个乡")
    assert (back.state, back.note) == ("draft", "写清楚哪个乡")
    with pytest.raises(EntryProblems):
        await desk.workflow.send_back(REVIEWER, row.id, back.revision, " ")
    with pytest.raises(NoticeMoved):
        await desk.workflow.approve(REVIEWER, row.id, back.revision)
    again = await desk.workflow.submit(AGENT, row.id, back.revision)
    await desk.workflow.approve(REVIEWER, row.id, again.revision)
    await desk.tick()
    assert await desk.told() == ["zhang"]
    sent = await desk.workflow.get(row.id)
    with pytest.raises(NoticeMoved):
        await desk.workflow.rewrite(AGENT, row.id, sent.revision, desk.notice())
    with pytest.raises(NoSuchNotice):
        await desk.workflow.get("none")


async def test_withdrawn_before_its_time_it_never_goes_out(desk: Office) -> None:
    await desk.neighbours(desk.person("zhang"))
    row = await desk.scheduled(desk.notice())
    await desk.workflow.withdraw(AGENT, row.id, tell=True)
    await desk.tick(hours=2)
    assert (await desk.state(row.id), await desk.told()) == ("withdrawn", [])
    with pytest.raises(NoticeMoved):
        await desk.workflow.withdraw(AGENT, row.id, tell=True)


async def test_withdrawn_afterwards_the_rest_is_stopped_and_the_readers_are_told(office: Office) -> None:
    await office.neighbours(*(office.person(user) for user in ("a", "b", "c")), office.person("out"))
    notice = office.notice(valid_until=office.now + timedelta(hours=4))
    row = await office.scheduled(notice)
    await office.tick(hours=1)
    got = await office.deliver(limit=2)
    await office.people.change("paper", got[0], office.now, {"opted_out": True})
    await office.workflow.withdraw(REVIEWER, row.id, tell=True)
    states = [(topic.count(":"), state) for _, topic, state, _ in await office.messages()]
    assert sorted(states) == [(1, "sent"), (1, "sent"), (1, "superseded"), (1, "superseded"), (2, "waiting")]
    office.later(hours=5)  # the correction outlives the notice
    assert await office.deliver() == [got[1]]
    assert retraction_reply(notice).text in {text for *_, text in await office.messages()}
    await office.tick()
    assert await office.state(row.id) == "withdrawn"


async def test_withdrawn_at_the_moment_of_sending_nothing_is_left_waiting(office: Office, words: Words) -> None:
    await office.neighbours(*(office.person(f"p{number}") for number in range(30)))
    rows = [await office.scheduled(office.notice(title=f"第{number}条")) for number in range(4)]
    office.later(hours=1)
    other = Store(office.store.engine.url.render_as_string(hide_password=False))
    beside = Office(other, words, office.now)
    await asyncio.gather(office.tick(), *(beside.workflow.withdraw(REVIEWER, row.id, tell=False) for row in rows))
    await other.close()
    assert {await office.state(row.id) for row in rows} == {"withdrawn"}
    assert {state for _, _, state, _ in await office.messages()} <= {"superseded"}


async def test_a_correction_goes_to_whoever_got_the_first_one(desk: Office) -> None:
    await desk.neighbours(desk.person("got_it"), desk.person("did_not", crops=["玉米"]))
    row = await desk.scheduled(desk.notice(crops=("小麦",)))
    with pytest.raises(NoticeMoved):
        await desk.workflow.write(AGENT, desk.notice(), row.id)
    await desk.tick(hours=1)
    await desk.deliver()
    await NoticeChoices(desk.store).refuse("paper", "got_it", [Kind.PEST], desk.now)
    better = await desk.scheduled(desk.notice(title="更正：先看下部叶子"), row.id)
    assert await desk.workflow.reach(better) == 1
    await desk.tick(hours=1)
    assert await desk.deliver() == ["got_it"]
    assert (await desk.workflow.get(better.id)).recipients == 1


@pytest.mark.parametrize(
    ("field", "more"),
    [
        ("text", {"text": "见了虫，打甲胺磷。", "crops": ("小麦", "玉米")}),
        ("title", {"title": "快打百草枯"}),
        ("text", {"text": "這几天多下地。"}),
        ("title", {"title": "查虫🐛"}),
        ("text", {"text": "这一句" * 16 + "。"}),
        ("entry", {"entry": "wheat.no_such_answer"}),
        ("valid_until", {"send_at": datetime(2026, 1, 1, tzinfo=UTC), "valid_until": datetime(2026, 1, 2, tzinfo=UTC)}),
    ],
)
async def test_what_may_not_be_said_is_not_kept(desk: Office, field: str, more: dict[str, object]) -> None:
    with pytest.raises(NoticeProblems) as refused:
        await desk.workflow.write(AGENT, desk.notice(**more))
    assert list(refused.value.sentences) == [field]
    assert await desk.workflow.recent(10) == []


async def test_that_something_is_banned_may_be_said(desk: Office) -> None:
    row = await desk.workflow.write(AGENT, desk.notice(text="甲胺磷国家早就禁了，别用。"))
    assert row.state == "draft"


async def test_what_was_banned_after_the_approval_does_not_go_out(desk: Office) -> None:
    await desk.neighbours(desk.person("zhang"))
    row = await desk.scheduled(desk.notice())
    bad = desk.notice(text="见了虫，打甲胺磷。").model_dump(mode="json")
    async with desk.store.session() as session:
        await session.execute(update(NoticeRow).values(words=bad))
    await desk.tick(hours=1)
    kept = await desk.workflow.get(row.id)
    assert (kept.state, kept.sent_at) == ("draft", None)
    assert "禁用或限用的农药" in (kept.note or "")
    assert await desk.told() == []


async def test_an_answer_that_is_gone_by_then_is_not_offered(desk: Office) -> None:
    content = {
        "key": "wheat.rust",
        "title": "小麦条锈病",
        "kind": "agronomy",
        "asks": ["一", "二", "三", "四", "五"],
        "spoken": "早查早治。",
        "answer": {part: ["看"] for part in ("recognise", "do_now", "avoid", "ask_person")},
        "sources": [{"title": "方案", "publisher": "站", "date": "2026-01-01"}],
        "sample": False,
        "written_by": "agent",
        "valid_until": date(2026, 11, 23).isoformat(),
    }
    async with desk.store.session() as session:
        session.add(EntryRow(key="wheat.rust", kind="agronomy", content=content, digest="d", updated_at=desk.now))
    await desk.neighbours(desk.person("zhang"))
    first = await desk.scheduled(desk.notice(entry="wheat.rust"))
    second = await desk.scheduled(desk.notice(entry="wheat.rust", send_at=desk.now + timedelta(days=2)))
    await desk.tick(hours=1)
    await desk.tick(days=2)
    choices = {}
    async with desk.store.session() as session:
        for topic, letter in await session.execute(
            select(OutboxRow.topic, LetterRow.payload).join(LetterRow, LetterRow.id == OutboxRow.letter_id)
        ):
            choices[topic] = [choice["label"] for choice in letter["choices"]]
    assert choices == {
        f"notice:{first.id}": ["有用", "详细", "不想收这类"],
        f"notice:{second.id}": ["有用", "不想收这类"],
    }


async def test_a_broken_notice_holds_no_other_up(desk: Office) -> None:
    await desk.neighbours(desk.person("zhang"))
    broken = await desk.scheduled(desk.notice(send_at=desk.now + timedelta(minutes=1)))
    await desk.scheduled(desk.notice())
    async with desk.store.session() as session:
        await session.execute(update(NoticeRow).where(NoticeRow.id == broken.id).values(words={"title": "?"}))
    desk.later(hours=1)
    with pytest.raises(NoticesNotSent, match="1"):
        await desk.tick()
    assert (await desk.state(broken.id), await desk.told()) == ("scheduled", ["zhang"])


def test_a_notice_must_end_after_it_begins(now: datetime) -> None:
    values = {"kind": "pest", "title": "题", "text": "话。", "source": "站", "dated": "2026-11-20", "codes": [COUNTY]}
    with pytest.raises(ValueError, match="valid_until"):
        Notice.model_validate(values | {"send_at": now, "valid_until": now})
