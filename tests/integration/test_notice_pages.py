"""Notices in the console: written, looked at, approved by another, withdrawn, shown with what became of them."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
from fastapi import APIRouter

from bot.notices.parts import notice_desk
from dialogs.places import Places
from knowledge_base.curation.console import pages_notices
from knowledge_base.notices.choices import NoticeChoices
from knowledge_base.notices.notice import Notice
from knowledge_base.store import Store
from nlu.text.gazetteer import Gazetteer
from nlu.words import Words
from tests.fakes.console import FakeConsole, fake_console
from tests.fakes.notices import Office

FORM = {
    "kind": "pest",
    "title": "小麦条锈病要早查",
    "text": "这几天多下地看叶子。\r\n见了黄锈点，马上找农技员。",
    "entry": "",
    "source": "柘城县植保站",
    "dated": "2026-11-20",
    "codes": "柘城县 411425",
    "farm": "麦子、猪",
    "send_at": "2026-11-22T10:00",
    "valid_until": "2026-11-29T10:00",
}


@pytest.fixture(scope="module")
def places(words: Words) -> Places:
    return Places(words, Gazetteer.load())


@pytest.fixture
async def office(store: Store, words: Words, now: datetime) -> Office:
    office = Office(store, words, now)
    await office.neighbours(office.person("zhang"), office.person("li", crops=["玉米"]))
    return office


@pytest.fixture
async def console(office: Office, now: datetime, places: Places) -> AsyncIterator[FakeConsole]:
    def routers(console: FakeConsole) -> list[APIRouter]:
        return [pages_notices.routes(console.kit, notice_desk(office.parts, places, console.parts.audit))]

    async with fake_console(office.store, now, routers) as console:
        yield console


async def written(console: FakeConsole, office: Office) -> str:
    """A draft of the agent's; its id."""
    agent = await console.client("agent")
    await agent.follow(await agent.post("/console/notices", FORM))
    (row,) = await office.workflow.recent(1)
    return row.id


async def test_from_the_form_to_the_report(console: FakeConsole, office: Office) -> None:
    agent, reviewer = await console.client("agent"), await console.client("reviewer")
    begun = await agent.get("/console/notices/new")
    assert 'value="2026-11-23T08:00"' in begun.text
    seen = await agent.follow(await agent.post("/console/notices", FORM))
    for words in ("存好了，还没有发", "【病虫情报】小麦条锈病要早查", "会发给 1 人", "小麦、猪", "河南省商丘市柘城县"):
        assert words in seen.text
    (row,) = await office.workflow.recent(1)
    notice = Notice.model_validate(row.words)
    assert (notice.codes, notice.crops, notice.animals) == (("411424", "411425"), ("小麦",), ("猪",))
    path = f"/console/notices/{row.id}"
    await agent.follow(await agent.post(f"{path}/submit", {"revision": row.revision}))
    assert "情报和通知等您核对" in (await reviewer.get("/console/")).text
    assert (await agent.post(f"{path}/approve", {"revision": 2})).status_code == 403
    page = await reviewer.follow(await reviewer.post(f"{path}/approve", {"revision": 2}))
    assert "到时间就发" in page.text
    again = await reviewer.post(f"{path}/approve", {"revision": 2})
    assert (again.status_code, "刚才有人改过" in again.text) == (409, True)
    await office.tick(hours=1)
    await office.deliver()
    await NoticeChoices(office.store).thank(row.id, "paper", "zhang", office.now)
    report = (await agent.get(path)).text.split('id="report"')[1].split("</dl>")[0]
    assert [part.split("</dd>")[0] for part in report.split("<dd>")[1:]] == ["1 人", "1 人", "1 人"]
    assert "已发出" in (await agent.get("/console/notices")).text
    assert (await agent.get(f"{path}/edit")).status_code == 404


async def test_what_is_wrong_is_said_beside_what_was_typed(console: FakeConsole) -> None:
    agent = await console.client("agent")
    wrong = {
        "title": "",
        "kind": "war",
        "codes": "没有这个地方",
        "farm": "小麦 恐龙",
        "dated": "2027-01-01",
        "send_at": "soon",
    }
    answer = await agent.post("/console/notices", FORM | wrong)
    assert answer.status_code == 422
    for words in (
        "请写标题",
        "请选类别",
        "这些地方不认得：没有这个地方",
        "不认得：恐龙",
        "不能晚于今天",
        "日期和时间",
        "见了黄锈点",
    ):
        assert words in answer.text
    for more, words in (
        ({"text": "见了虫，打甲胺磷。"}, "把禁用或限用的农药当成了办法"),
        ({"title": "长" * 31}, "最多 30"),
        ({"valid_until": "2026-11-22T09:30"}, "有效期要晚于发送时间"),
        ({"codes": ""}, "请写发到哪些地方"),
        ({"entry": "no.such"}, "没有这个编号的答案"),
        ({"text": "<script>alert(1)</script>"}, "&lt;script&gt;"),
    ):
        answer = await agent.post("/console/notices", FORM | more)
        assert (answer.status_code, words in answer.text) == (422, True), words
    assert (await agent.post("/console/notices", FORM | {"corrects": "nothing"})).status_code == 404


async def test_changed_by_two_at_once(console: FakeConsole, office: Office) -> None:
    id_ = await written(console, office)
    agent = await console.client("agent")
    form = (await agent.get(f"/console/notices/{id_}/edit")).text
    assert 'value="河南省商丘市柘城县 ' in form
    assert 'value="小麦 猪"' in form
    assert 'value="2026-11-22T10:00"' in form
    await agent.follow(await agent.post(f"/console/notices/{id_}", FORM | {"revision": 1, "title": "甲改的"}))
    late = await agent.post(f"/console/notices/{id_}", FORM | {"revision": 1, "title": "乙改的"})
    assert (late.status_code, "乙改的" in late.text, 'name="revision" value="2"' in late.text) == (409, True, True)
    assert (await office.workflow.get(id_)).words["title"] == "甲改的"
    bad = await agent.post(f"/console/notices/{id_}", FORM | {"revision": 2, "title": "打甲胺磷"})
    assert bad.status_code == 422
    assert (await agent.post(f"/console/notices/{id_}", FORM | {"revision": "x" * 99})).status_code == 409
    assert (await agent.post("/console/notices/none/submit", {"revision": 1})).status_code == 404


async def test_sent_back_withdrawn_and_corrected(console: FakeConsole, office: Office) -> None:
    id_ = await written(console, office)
    agent, reviewer = await console.client("agent"), await console.client("reviewer")
    path = f"/console/notices/{id_}"
    await agent.post(f"{path}/submit", {"revision": 1})
    assert (await reviewer.post(f"{path}/send_back", {"revision": 2, "note": ""})).status_code == 422
    page = await reviewer.follow(await reviewer.post(f"{path}/send_back", {"revision": 2, "note": "写清乡镇"}))
    assert "写清乡镇" in page.text
    await agent.post(f"{path}/submit", {"revision": 3})
    await reviewer.post(f"{path}/approve", {"revision": 4})
    await office.tick(hours=1)
    await office.deliver()
    page = await reviewer.follow(await reviewer.post(f"{path}/withdraw", {"tell": "1"}))
    assert "撤回了" in page.text
    assert await office.deliver() == ["zhang"]
    form = await agent.get(f"/console/notices/new?corrects={id_}")
    assert "只发给收到过原来那一条的人" in form.text
    console.clock.now += timedelta(hours=1)
    better = FORM | {"corrects": id_, "title": "更正", "send_at": "2026-11-22T11:00"}
    seen = await agent.follow(await agent.post("/console/notices", better))
    assert "会发给 1 人" in seen.text
    assert f'href="{path}"' in seen.text


async def test_who_is_not_an_agent_reads_only(console: FakeConsole, office: Office) -> None:
    id_ = await written(console, office)
    operator = await console.client("operator")
    assert "小麦条锈病" in (await operator.get(f"/console/notices/{id_}")).text
    assert (await operator.get("/console/notices/new")).status_code == 403
    assert (await operator.post("/console/notices", FORM)).status_code == 403
    assert (await operator.post(f"/console/notices/{id_}/submit", {"revision": 1})).status_code == 403
    assert (await operator.get("/console/notices/none")).status_code == 404
