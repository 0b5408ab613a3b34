"""The console's pages on waiting questions: answered once, nothing lost, nothing executed, nobody named."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from knowledge_base.curation.answer import Dismissal
from knowledge_base.curation.answer_text import AnswerText
from knowledge_base.curation.console import pages_answers, pages_questions
from knowledge_base.curation.models import VersionRow
from knowledge_base.store import Store
from tests.fakes.console import FakeConsole, fake_console
from tests.fakes.entries import entry
from tests.fakes.waiting import OTHER, Village

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
HALF = "玉米叶子半边黄了咋办"
SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(2)>"


class Station:
    """A console over a village."""

    def __init__(self, console: FakeConsole, village: Village) -> None:
        self.console = console
        self.village = village


@pytest.fixture
async def station(store: Store) -> AsyncIterator[Station]:
    async with open_station(store) as station:
        yield station


@asynccontextmanager
async def open_station(store: Store) -> AsyncIterator[Station]:
    villages: list[Village] = []

    def routers(console: FakeConsole) -> list[object]:
        villages.append(Village(store, console.clock))
        services = villages[0].services
        return [pages_questions.routes(console.kit, services), pages_answers.routes(console.kit, services)]

    async with fake_console(store, NOW, routers) as console:  # type: ignore[arg-type]
        yield Station(console, villages[0])


async def test_from_the_question_to_the_answer_that_was_sent(station: Station) -> None:
    village = station.village
    first = await village.ask(HALF, "secret-visitor", place="370783", ago=timedelta(days=2))
    second = await village.ask("玉米叶子半边黄", "li", channel="telegram", reason="low_confidence")
    agent = await station.console.client("agent")
    start = await agent.get("/console/")
    assert "农户的问题等着回答" in start.text
    listed = await agent.get("/console/questions")
    for said in (HALF, "2 人问", "没有答案", "拿不准", "山东省", "Telegram", "2026-11-20 09:00", "2 个"):
        assert said in listed.text
    page = await agent.get(f"/console/questions/waiting/{first}")
    assert page.text.count('type="checkbox"') == page.text.count(" checked") == 2
    form = {"questions": [first, second], "spoken": "先停水三天。", "detail": "", "do": "write"}
    assert "已经交给审核" in (await agent.follow(await agent.post(f"/console/questions/waiting/{first}", form))).text

    reviewer = await station.console.client("reviewer")
    assert "回答等着审核" in (await reviewer.get("/console/")).text
    opened = await reviewer.get("/console/questions/open")
    path = opened.text.partition("/console/questions/answers/")[2].partition('"')[0]
    one = await reviewer.get(f"/console/questions/answers/{path}")
    assert "通过，发给 2 人" in one.text
    done = await reviewer.follow(await reviewer.post(f"/console/questions/answers/{path}/approve"))
    assert "通过了，发给 2 人" in done.text
    approved = await reviewer.get("/console/questions/approved")
    assert "等 1 人下次打开网页" in approved.text
    assert "正在送 1 人" in approved.text
    seen = start.text + listed.text + page.text + opened.text + one.text + approved.text
    assert "secret-visitor" not in seen
    assert len(await village.post()) == 2


async def test_what_was_typed_comes_back_with_its_faults(station: Station) -> None:
    question = await station.village.ask(HALF + SCRIPT)
    agent = await station.console.client("agent")
    path = f"/console/questions/waiting/{question}"
    form = {"questions": question, "spoken": "用甲胺磷" + SCRIPT, "detail": SCRIPT * 60, "do": "write"}
    answer = await agent.post(path, form)
    assert answer.status_code == 422
    assert "回答里有不准用的农药：甲胺磷" in answer.text
    assert "细说最多 2000 个字，现在是" in answer.text
    assert "回答里有网页代码“&lt;script&gt;”" in answer.text
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;alert(1)" in answer.text
    assert 'role="alert"' in answer.text
    for form, said in (
        ({"spoken": "好", "do": "write"}, "请至少勾一条问题"),
        ({"questions": question, "do": "choose"}, "请选一条答案"),
        ({"questions": question, "do": "choose", "key": "no.such"}, "没有这条答案"),
        ({"questions": question, "do": "dismiss"}, "请选一个原因"),
        ({"questions": question, "do": "dismiss", "why": "bored"}, "请选一个原因"),
        ({"questions": question, "do": "what"}, "请写上回答"),
    ):
        refused = await agent.post(path, form)  # type: ignore[arg-type]
        assert (refused.status_code, said in refused.text) == (422, True), said
    assert set((await station.village.states()).values()) == {"waiting"}


async def test_the_second_agent_is_told_and_keeps_what_they_wrote(station: Station) -> None:
    ids = [await station.village.ask(HALF, f"p{n}") for n in range(3)]
    agent = await station.console.client("agent")
    await agent.get(f"/console/questions/waiting/{ids[0]}")
    await station.village.answers.write(OTHER, ids[:2], AnswerText("停水。"))
    form = {"questions": ids, "spoken": "我写了好久的回答。", "do": "write"}
    told = await agent.post(f"/console/questions/waiting/{ids[0]}", form)
    assert told.status_code == 409
    assert "有 2 条刚才已经有人处理了（other）" in told.text
    assert "我写了好久的回答。" in told.text
    assert told.text.count('type="checkbox"') == 1
    await station.village.answers.dismiss(OTHER, ids[2:], Dismissal.SETTLED)
    gone = await agent.post(f"/console/questions/waiting/{ids[0]}", form)
    assert gone.status_code == 409
    assert "都已经有人处理了" in gone.text
    assert "我写了好久的回答。" in gone.text
    late = await agent.follow(await agent.get(f"/console/questions/waiting/{ids[0]}"))
    assert "刚才已经有人处理了" in late.text


async def test_roles(station: Station) -> None:
    question = await station.village.ask(HALF)
    reviewer = await station.console.client("reviewer")
    page = await reviewer.get(f"/console/questions/waiting/{question}")
    assert "自己写一个回答" not in page.text
    refused = await reviewer.post(f"/console/questions/waiting/{question}", {"questions": question, "spoken": "好"})
    assert refused.status_code == 403
    answer = await station.village.answers.write(OTHER, [question], AnswerText("停水。"))
    agent = await station.console.client("agent")
    for step in ("approve", "send-back"):
        assert (await agent.post(f"/console/questions/answers/{answer}/{step}")).status_code == 403
    nobody = await station.console.client()
    assert (await nobody.get("/console/questions")).status_code == 303
    assert (await agent.get("/console/questions/answers/none")).status_code == 404
    assert (await reviewer.post("/console/questions/answers/none/approve")).status_code == 404


async def test_sent_back_with_a_note_and_handed_in_again(station: Station) -> None:
    village = station.village
    question = await village.ask(HALF)
    agent = await station.console.client("agent")
    await agent.post(
        f"/console/questions/waiting/{question}", {"questions": question, "spoken": "停水。", "do": "write"}
    )
    ((shown),) = await village.services.overview.open_answers(["in_review"])  # type: ignore[list-item]
    path = f"/console/questions/answers/{shown.answer.id}"
    reviewer = await station.console.client("reviewer")
    assert "请写上哪里要改" in (await reviewer.post(f"{path}/send-back", {"note": ""})).text
    await reviewer.post(f"{path}/send-back", {"note": "停几天？" + SCRIPT})
    assert "回答退回来了" in (await agent.get("/console/")).text
    page = await agent.get(path)
    assert "停几天？&lt;script&gt;" in page.text
    assert "停水。</textarea>" in page.text
    late = await reviewer.post(f"{path}/send-back", {"note": "还有一句"})
    assert late.status_code == 409
    assert "还有一句" in late.text
    assert (await agent.post(f"{path}/rewrite", {"spoken": "", "detail": ""})).status_code == 422
    again = await agent.follow(await agent.post(f"{path}/rewrite", {"spoken": "停水三天。", "detail": ""}))
    assert "已经交给审核" in again.text
    own = await station.village.answers.write(
        await station.console.account("agent"), [await village.ask(HALF, "li")], AnswerText("好")
    )
    taken_back = await agent.follow(await agent.post(f"/console/questions/answers/{own}/withdraw"))
    assert "重新等人回答" in taken_back.text


async def test_an_entry_as_the_answer_and_a_new_one(station: Station) -> None:
    village = station.village
    await village.library.take_in([entry()])
    question = await village.ask("玉米秆里有虫咋办")
    agent = await station.console.client("agent")
    page = await agent.get(f"/console/questions/waiting/{question}")
    assert "像是这几条：玉米螟" in page.text
    other = await village.ask("猪打喷嚏咋办", reason="said_wrong", subject="maize.borer")
    assert "说的是《玉米螟》这条答案" in (await agent.get("/console/questions")).text
    form = {"questions": question, "do": "choose", "key": "maize.borer"}
    assert (await agent.post(f"/console/questions/waiting/{question}", form)).status_code == 303
    assert "答案：《玉米螟》" in (await agent.get("/console/questions/open")).text
    written = await agent.post(f"/console/questions/waiting/{other}", {"questions": other, "do": "new"})
    where, _, handle = written.headers["location"].partition("?answer=")
    assert where == "/console/entries/new"
    assert await village.answers.promises.asks_for(handle) == ("猪打喷嚏咋办",)
    path = f"/console/questions/answers/{handle}"
    assert "去写新答案" in (await agent.get(path)).text
    refused = await agent.post(f"{path}/link", {"key": "pig.sneeze"})
    assert (refused.status_code, "没有编号是“pig.sneeze”的草稿" in refused.text) == (422, True)
    async with village.store.session() as session:
        now = village.now()
        row = VersionRow(
            key="pig.sneeze", number=1, content={}, state="draft", origin="county", author="agent", created_at=now
        )
        session.add(row)
    linked = await agent.follow(await agent.post(f"{path}/link", {"key": " pig.sneeze "}))
    assert "那条答案一发布" in linked.text
    async with village.store.session() as session:
        await village.answers.on_published(session, entry(key="pig.sneeze"), await station.console.account("reviewer"))
    assert "已经答了" in (await agent.get(path)).text


async def test_many_are_shown_page_by_page_and_soon(station: Station) -> None:
    async with station.village.store.session() as session:
        await session.execute(
            text(
                "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 1999)"
                " INSERT INTO questions (id, asked_at, channel, user, text, normalized, reason, state)"
                " SELECT 'n' || i, '2026-11-01 00:00:00.000000', 'web', 'u' || (i % 700),"
                " '第' || (i % 400) || '块地' || (i % 50) || '号沟咋办', '第' || (i % 400) || '块地' || (i % 50) || '号沟咋办',"
                " 'no_knowledge', 'waiting' FROM n"
            )
        )
    agent = await station.console.client("agent")
    first = await agent.get("/console/questions")
    assert "2000 个" in first.text
    assert first.text.count('<li class="card">') <= pages_questions.PAGE
    assert (await agent.get("/console/questions?page=99")).status_code == 200
    assert (await agent.get("/console/questions?page=0")).status_code in {400, 404, 422}
    clusters = await station.village.clusters.current()
    large = max(clusters, key=lambda cluster: len(cluster.questions))
    page = await agent.get(f"/console/questions/waiting/{large.id}")
    assert page.text.count('type="checkbox"') == min(len(large.questions), pages_questions.LISTED)
    for bad in ("x", "2026-01-01T00:00:00"):
        assert (await agent.get(f"/console/questions/approved?before={bad}")).status_code in {400, 404, 422}
    assert (await agent.get("/console/questions/approved?before=2026-01-01T00:00:00Z")).status_code == 200
