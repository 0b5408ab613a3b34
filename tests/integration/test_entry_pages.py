"""The pages on answers, without a browser: nothing typed is lost, nothing is executed, every step says what it did."""

import threading
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from html import unescape

import pytest

from knowledge_base.curation.accounts import TERMINAL, Role
from knowledge_base.curation.catalogue import Catalogue
from knowledge_base.curation.console import pages_entries
from knowledge_base.curation.examination import Examinations
from knowledge_base.curation.golden import Asker, GoldenUnreadable, Question, Said
from knowledge_base.curation.promises import Promises
from knowledge_base.curation.proof import Proof
from knowledge_base.curation.workflow import Workflow
from knowledge_base.entry import Entry
from knowledge_base.library import Library
from knowledge_base.safety import pesticide_gate
from knowledge_base.search.index import search_index
from knowledge_base.store import Store
from tests.fakes.analysis import analyze
from tests.fakes.console import PASSWORD, Browser, FakeConsole, fake_console
from tests.fakes.entries import entry

KEY = "maize.borer"
AT = f"/console/entries/{KEY}"
NEW = "先剖开秆子看看有没有虫，有虫再治。"


class WordyJudge:
    """Answers with the entry whose spoken text shares a word with the question, so that a new text can break one."""

    def asking(self, trial: Entry | None) -> Asker:
        """With `trial`, only questions whose text stands in it are answered."""

        async def ask(text: str) -> Said:
            return Said("answer", KEY) if trial is None or text in trial.asks else Said("handoff")

        return ask


class Pages:
    """A console with one shipped entry in it."""

    def __init__(self, console: FakeConsole) -> None:
        self.console = console
        self.golden: Sequence[Question] = ()
        self.unreadable = ""
        self.may_read = threading.Event()
        self.may_read.set()
        self.library = Library(console.store, search_index(console.store, analyze), pesticide_gate(), console.clock)
        self.examinations = Examinations(self.library, self._questions, WordyJudge())
        self.workflow = Workflow(
            console.store,
            self.library,
            proof=Proof(pesticide_gate(), console.clock),
            examiner=self.examinations,
            audit=console.parts.audit,
            clock=console.clock,
        )
        self.catalogue = Catalogue(console.store, console.clock)
        promises = Promises(console.store, console.parts.audit)
        self.router = pages_entries.routes(console.kit, self.workflow, self.catalogue, self.examinations, promises)

    def _questions(self) -> Sequence[Question]:
        assert self.may_read.wait(10)
        if self.unreadable:
            raise GoldenUnreadable(self.unreadable)
        return self.golden

    async def edit(self, who: Browser, **changes: object) -> object:
        """Send the form as the page gives it, with changes."""
        form = fields((await who.get(f"{AT}/edit")).text)
        return await who.post(f"{AT}/edit", {**form, **changes})


def fields(html: str) -> dict[str, object]:
    """What a browser would send for the form of an entry."""
    from html.parser import HTMLParser

    found: dict[str, object] = {}

    class Reader(HTMLParser):
        area = ""

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            given = dict(attrs)
            name = given.get("name") or ""
            if tag == "input" and (given.get("type") != "checkbox" or "checked" in given):
                found[name] = given.get("value") or "on"
                if given.get("value") == "":
                    found[name] = ""
            if tag == "textarea":
                self.area = name
                found[name] = ""
            if tag == "option" and "selected" in given:
                found["kind"] = given["value"]

        def handle_data(self, data: str) -> None:
            if self.area:
                found[self.area] = data.removeprefix("\n")

        def handle_endtag(self, tag: str) -> None:
            self.area = ""

    Reader().feed(html)
    return found


@pytest.fixture
async def pages(store: Store, now: datetime) -> AsyncIterator[Pages]:
    made: list[Pages] = []

    def routers(console: FakeConsole) -> list[object]:
        made.append(Pages(console))
        return [made[0].router]

    async with fake_console(store, now, routers) as console:  # type: ignore[arg-type]
        await made[0].library.take_in([entry()])
        yield made[0]
        await made[0].examinations.close()
        await console.close()


async def test_from_the_form_to_the_farmer(pages: Pages) -> None:
    agent, reviewer = await pages.console.client("agent"), await pages.console.client("reviewer")
    page = await agent.get(AT)
    assert "样例内容，用前请县站审核" in page.text
    assert entry().spoken in page.text
    draft = await agent.follow(await pages.edit(agent, spoken=NEW))
    assert "草稿已保存" in draft.text
    assert NEW in draft.text
    pages.may_read.clear()
    submitted = await agent.follow(await agent.post(f"{AT}/submit", {"number": "2", "revision": "1"}))
    assert "已交审核" in submitted.text
    assert (await reviewer.get("/console/entries/review")).text.count(f"{AT}/review") == 1
    waiting = await reviewer.get(f"{AT}/review")
    assert 'hx-get="/console/entries/maize.borer/golden"' in waiting.text
    pages.may_read.set()
    await pages.examinations.finished()
    ready = await reviewer.get(f"{AT}/golden")
    assert "没有找到测试题" in ready.text
    refused = await reviewer.post(f"{AT}/publish", {"number": "2", "revision": "1"})
    assert refused.status_code == 422
    assert "请写明对照什么核对的" in refused.text
    done = await reviewer.post(f"{AT}/publish", {"number": "2", "revision": "1", "against": "省方案"})
    page = await reviewer.follow(done)
    assert "已发布" in page.text
    assert "样例内容" not in page.text
    published = await pages.library.get(KEY)
    assert published is not None
    assert published.spoken == NEW
    assert "省方案" in page.text


async def test_what_a_text_would_break_is_shown_and_must_be_accepted_with_a_reason(pages: Pages) -> None:
    agent, reviewer = await pages.console.client("agent"), await pages.console.client("reviewer")
    pages.golden = [Question(text="钻心虫咋治", subject=KEY), Question(text="玉米棒子里有虫子", subject=KEY)]
    asks = "\n".join([*entry().asks[:3], "虫子啃了棒子", "玉米棒子里有虫子"])
    await agent.follow(await pages.edit(agent, asks=asks))
    pages.may_read.clear()
    await agent.post(f"{AT}/submit", {"number": "2", "revision": "1"})
    early = await reviewer.post(f"{AT}/publish", {"number": "2", "revision": "1", "against": "省方案"})
    assert (early.status_code, "测完才能发布" in early.text) == (422, True)
    pages.may_read.set()
    await pages.examinations.finished()
    shown = await reviewer.get(f"{AT}/review")
    assert "有 1 道会变差" in shown.text
    assert "钻心虫咋治" in shown.text
    refused = await reviewer.post(f"{AT}/publish", {"number": "2", "revision": "1", "against": "省方案 <b>"})
    assert refused.status_code == 422
    assert "省方案 &lt;b&gt;" in refused.text
    accepted = {"number": "2", "revision": "1", "against": "省方案", "accepted": "那句另有答案"}
    page = await reviewer.follow(await reviewer.post(f"{AT}/publish", accepted))
    assert "那句另有答案" in page.text


async def test_an_unreadable_golden_file_is_said_and_can_be_tried_again(pages: Pages) -> None:
    agent, reviewer = await pages.console.client("agent"), await pages.console.client("reviewer")
    pages.unreadable = "golden.yaml: 3: subject"
    await pages.edit(agent, spoken=NEW)
    await agent.post(f"{AT}/submit", {"number": "2", "revision": "1"})
    await reviewer.get(f"{AT}/review")
    await pages.examinations.finished()
    said = await reviewer.get(f"{AT}/golden")
    pages.unreadable = ""
    await pages.examinations.finished()
    assert "样例" not in said.text
    again = await reviewer.follow(await reviewer.post(f"{AT}/examine", {}))
    assert again.status_code == 200
    await pages.examinations.finished()
    assert "没有一道变差" in (await reviewer.get(f"{AT}/golden")).text


async def test_two_who_edit_one_answer_see_both_texts_and_lose_nothing(pages: Pages) -> None:
    await pages.console.parts.staff.add(TERMINAL, "second", "二", frozenset({Role.AGENT}), PASSWORD)
    first, second = await pages.console.client("agent"), await pages.console.client("second")
    opened = fields((await second.get(f"{AT}/edit")).text)
    await pages.edit(first, spoken="头一个人的话。")
    told = await second.post(f"{AT}/edit", {**opened, "spoken": "第二个人的话。", "needs_review": "<i>再问</i>"})
    assert told.status_code == 409
    text = unescape(told.text.replace("<mark>", "").replace("</mark>", ""))
    assert "王农技" in text
    assert "头一个人的话。" in text
    assert "第二个人的话。" in text
    mine = fields(told.text)
    back = await second.post(f"{AT}/edit", {**mine, "action": "edit"})
    assert fields(back.text)["spoken"] == "第二个人的话。"
    kept = await second.follow(await second.post(f"{AT}/edit", {**mine, "action": "save"}))
    assert "第二个人的话。" in kept.text
    history = await pages.workflow.history(KEY)
    assert [(v.author, v.state) for v in history.versions[:2]] == [("second", "draft"), ("agent", "dropped")]


async def test_while_it_is_in_review_what_is_typed_comes_back_too(pages: Pages) -> None:
    agent = await pages.console.client("agent")
    await pages.edit(agent, spoken="先交上去的。")
    opened = fields((await agent.get(f"{AT}/edit")).text)
    await agent.post(f"{AT}/submit", {"number": "2", "revision": "1"})
    told = await agent.post(f"{AT}/edit", {**opened, "spoken": "又想到的。"})
    assert (told.status_code, "已经交了审核" in told.text) == (409, True)
    assert fields(told.text)["spoken"] == "又想到的。"
    page = await agent.follow(await agent.post(f"{AT}/take-back", {"number": "2", "revision": "1"}))
    assert "已收回" in page.text


async def test_faults_stand_beside_their_fields_and_everything_typed_is_kept(pages: Pages) -> None:
    agent = await pages.console.client("agent")
    typed = {"spoken": "长" * 121, "asks": "只有一种", "months": "13\n五", "valid_until": "明年", "title": "<script>1</script>",
             "sources-0-date": "2024-13-01", "sources-0-url": "javascript:1", "regions": "山东"}  # fmt: skip
    back = await pages.edit(agent, **typed)
    assert back.status_code == 422  # type: ignore[attr-defined]
    html = back.text  # type: ignore[attr-defined]
    for line in ("最多 120 个字", "至少要 5 条", "不能大于 12", "写数字", "日期写成", "https://", "两位的省份代码"):
        assert line in html, line
    assert "<script>1" not in html
    kept = fields(html)
    assert {name: kept[name] for name in typed} == typed
    assert (await pages.workflow.history(KEY)).open is None


async def test_a_source_can_be_added_without_javascript(pages: Pages) -> None:
    agent = await pages.console.client("agent")
    form = fields((await agent.get(f"{AT}/edit")).text)
    wider = await agent.post(f"{AT}/edit", {**form, "spoken": NEW, "action": "add_source"})
    again = fields(wider.text)
    assert (again["spoken"], again["sources-1-title"]) == (NEW, "")
    two = {**again, "sources-1-title": "县里的通知", "sources-1-publisher": "县站", "sources-1-date": "2026-03-01"}
    preview = await agent.post(f"{AT}/edit", {**two, "action": "preview"})
    assert "农民会看到这样" in preview.text
    await agent.post(f"{AT}/edit", {**two, "action": "save"})
    draft = (await pages.workflow.history(KEY)).open
    assert draft is not None
    assert [source.title for source in draft.entry.sources] == ["玉米螟防治技术", "县里的通知"]


async def test_a_banned_product_is_named_with_its_sentence_and_not_handed_in(pages: Pages) -> None:
    agent = await pages.console.client("agent")
    draft = await agent.follow(await pages.edit(agent, **{"answer.do_now": "先看。\n每亩撒呋喃丹两斤。"}))
    assert "每亩撒呋喃丹两斤" in draft.text
    assert "禁用或限用的农药" in draft.text
    assert f"{AT}/submit" not in draft.text
    refused = await agent.post(f"{AT}/submit", {"number": "2", "revision": "1"})
    assert (refused.status_code, "禁用或限用" in refused.text) == (422, True)


async def test_a_new_key_and_one_that_is_taken(pages: Pages) -> None:
    agent = await pages.console.client("agent")
    form = {**fields((await agent.get(f"{AT}/edit")).text), "asks": "甲\n乙\n丙\n丁\n戊"}
    form = {name: value for name, value in form.items() if name not in {"based_on", "revision"}}
    taken = await agent.post("/console/entries/new", {**form, "key": KEY})
    assert (taken.status_code, "已经有答案了" in taken.text) == (409, True)
    wrong = await agent.post("/console/entries/new", {**form, "key": "Maize Borer"})
    assert (wrong.status_code, fields(wrong.text)["key"]) == (422, "Maize Borer")
    draft = await agent.follow(await agent.post("/console/entries/new", {**form, "key": "local.fly"}))
    assert "可以交审核" in draft.text


async def test_withdrawing_versions_and_bringing_back(pages: Pages) -> None:
    agent, reviewer = await pages.console.client("agent"), await pages.console.client("reviewer")
    assert (await reviewer.post(f"{AT}/withdraw", {"reason": " "})).status_code == 422
    gone = await reviewer.follow(await reviewer.post(f"{AT}/withdraw", {"reason": "县里改了做法"}))
    assert "农民问不到这一条" in gone.text
    assert "县里改了做法" in gone.text
    back = await agent.follow(await agent.post(f"{AT}/restore", {"number": "1"}))
    assert fields(back.text)["spoken"] == entry().spoken
    assert "恢复成草稿" not in (await agent.get(f"{AT}/versions/1")).text, "a draft is open already"
    side = await agent.get(f"{AT}/compare?left=1&right=2")
    assert "两版一字不差" in side.text
    await agent.follow(await agent.post(f"{AT}/discard", {"number": "2", "revision": "1"}))
    assert "恢复成草稿" in (await agent.get(f"{AT}/versions/1")).text


async def test_a_text_of_a_new_release_is_listed_compared_and_decided_on(pages: Pages) -> None:
    agent, reviewer = await pages.console.client("agent"), await pages.console.client("reviewer")
    await pages.edit(agent, spoken=NEW)
    await agent.post(f"{AT}/submit", {"number": "2", "revision": "1"})
    await reviewer.get(f"{AT}/review")
    await pages.examinations.finished()
    await reviewer.post(f"{AT}/publish", {"number": "2", "revision": "1", "against": "省方案"})
    await pages.library.take_in([entry(spoken="程序带来的新话。")])
    assert "玉米螟" in (await agent.get("/console/entries/offered")).text
    side = await agent.follow(await agent.get(f"{AT}/offer"))
    assert "程序带来的" in side.text
    listed = await agent.follow(await agent.post(f"{AT}/set-aside", {}))
    assert "没有要决定的" in listed.text


async def test_the_list_is_searched_filtered_and_escaped(pages: Pages) -> None:
    odd = entry(
        key="rice.odd",
        title="水稻 <script>",
        crop="水稻",
        valid_until="2026-12-01",
        asks=["一", "二", "三", "四", "五"],
    )
    await pages.library.take_in([entry(), odd])
    agent = await pages.console.client("agent")
    everything = (await agent.get("/console/entries")).text
    assert "共 2 条" in everything
    assert "<script>" not in everything.replace("<script src", "")
    for query in ("text=rice.", "crop=水稻", "state=expiring"):
        assert "共 1 条" in (await agent.get(f"/console/entries?{query}")).text
    assert "没有这样的答案" in (await agent.get("/console/entries?text=<b>&kind=nonsense&page=99")).text
    assert "2026-12-01" in (await agent.get("/console/entries/expiring")).text


@pytest.mark.parametrize("path", ["no.such", f"{KEY}/versions/99", f"{KEY}/compare?left=1&right=9", f"{KEY}/offer"])
async def test_what_is_not_there_is_said_plainly(pages: Pages, path: str) -> None:
    agent = await pages.console.client("agent")
    assert (await agent.get(f"/console/entries/{path}")).status_code == 404


async def test_what_nobody_can_read_aloud_is_told_before_it_is_handed_in(pages: Pages) -> None:
    agent = await pages.console.client("agent")
    changes = {"spoken": "用藥<b>三</b>次，拿甲胺磷喷🐛", "title": "玉米\uff2d\u200b螟"}
    draft = await agent.follow(await pages.edit(agent, **changes))
    for line in (
        "有表情符号“🐛”",
        "有网页代码“&lt;b&gt;”",
        "有繁体字“藥”。请改成“药”",
        "有看不见的怪字符",
        "请改成“M”",
    ):
        assert line in draft.text
    assert (await agent.post(f"{AT}/submit", {"number": "2", "revision": "1"})).status_code == 422


async def test_a_year_alone_is_no_date_and_no_missing_source(pages: Pages) -> None:
    agent = await pages.console.client("agent")
    told = await pages.edit(agent, **{"sources-0-date": "2021"})
    assert told.status_code == 422  # type: ignore[attr-defined]
    assert "日期写成 2026-03-01 这样" in told.text  # type: ignore[attr-defined]
    assert "至少要 1 条" not in told.text  # type: ignore[attr-defined]
