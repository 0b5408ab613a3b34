"""An entry that is written for waiting questions: from the farmers' words in its form to the answer in their hands."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from knowledge_base.curation.catalogue import Catalogue
from knowledge_base.curation.console import pages_answers, pages_entries, pages_questions
from knowledge_base.curation.examination import Examinations
from knowledge_base.curation.golden import Asker, Said
from knowledge_base.curation.proof import Proof
from knowledge_base.curation.workflow import Workflow
from knowledge_base.entry import Entry
from knowledge_base.safety import pesticide_gate
from knowledge_base.store import Store
from tests.fakes.console import Browser, FakeConsole, fake_console
from tests.fakes.entries import entry
from tests.fakes.waiting import Village

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
KEY = "maize.yellow_half"
HALF, LONGER = "玉米叶子半边黄", "玉米叶子半边黄了\n<b>咋办</b>"
ASKS = "玉米叶黄一半\n苞米叶子半拉黄\n苞谷叶子黄半边"
TEXT = {
    "key": KEY,
    "title": "玉米叶子半边黄",
    "kind": "agronomy",
    "crop": "玉米",
    "problem": "半边黄",
    "symptoms": "叶子半边黄\n叶脉两边颜色不一样\n一半绿一半黄",
    "spoken": "先停水三天，看新叶黄不黄。",
    "answer.recognise": "叶子只黄半边。",
    "answer.do_now": "停水三天。",
    "answer.avoid": "别急着打药。",
    "answer.ask_person": "三天后还黄，找农技员。",
    "sources-0-title": "玉米手册",
    "sources-0-publisher": "农业出版社",
    "sources-0-date": "2021-03-01",
    "action": "save",
}


class NothingBreaks:
    """Judges every text alike."""

    def asking(self, trial: Entry | None) -> Asker:
        async def ask(_: str) -> Said:
            return Said("handoff")

        return ask


class Station:
    """A console with questions and entries over one store."""

    def __init__(self, console: FakeConsole) -> None:
        self.console = console
        self.village = Village(console.store, console.clock)
        answers, library = self.village.answers, self.village.library
        self.examinations = Examinations(library, tuple, NothingBreaks())
        workflow = Workflow(
            console.store,
            library,
            proof=Proof(pesticide_gate(), console.clock),
            examiner=self.examinations,
            audit=console.parts.audit,
            clock=console.clock,
        )
        workflow.on_published.append(answers.on_published)
        catalogue = Catalogue(console.store, console.clock)
        self.routers = [
            pages_entries.routes(console.kit, workflow, catalogue, self.examinations, answers.promises),
            pages_questions.routes(console.kit, self.village.services),
            pages_answers.routes(console.kit, self.village.services),
        ]

    async def awaited(self, agent: Browser) -> str:
        """Two people's question, to be answered with an entry that nobody has written; the address of its form."""
        first = await self.village.ask(HALF, "zhang")
        second = await self.village.ask(LONGER, "li", channel="telegram")
        form = {"questions": [first, second], "do": "new"}
        answer = await agent.post(f"/console/questions/waiting/{first}", form)
        return str(answer.headers["location"])


@pytest.fixture
async def station(store: Store) -> AsyncIterator[Station]:
    made: list[Station] = []

    def routers(console: FakeConsole) -> list[object]:
        made.append(Station(console))
        return list(made[0].routers)

    async with fake_console(store, NOW, routers) as console:  # type: ignore[arg-type]
        await made[0].village.library.take_in([entry()])
        yield made[0]
        await made[0].examinations.close()
        await console.close()


async def test_everybody_who_asked_gets_the_entry_when_it_is_published(station: Station) -> None:
    agent, reviewer = await station.console.client("agent"), await station.console.client("reviewer")
    at = await station.awaited(agent)
    answer = at.partition("answer=")[2]
    form = await agent.get(at)
    prefilled = "玉米叶子半边黄\n玉米叶子半边黄了 &lt;b&gt;咋办&lt;/b&gt;"
    assert prefilled in form.text
    assert re.search(r'id="title" name="title" value="玉米叶子半边黄"', form.text)
    asks = f"{HALF}\n玉米叶子半边黄了咋办\n{ASKS}"
    wrong = await agent.post("/console/entries/new", {**TEXT, "asks": asks, "answer": answer, "spoken": ""})
    assert (wrong.status_code, f'name="answer" value="{answer}"' in wrong.text) == (422, True)
    draft = await agent.follow(await agent.post("/console/entries/new", {**TEXT, "asks": asks, "answer": answer}))
    assert "有 2 位农户在等这一条" in draft.text
    waiting = await agent.get(f"/console/questions/answers/{answer}")
    assert f"/console/entries/{KEY}" in waiting.text
    submitted = await agent.post(f"/console/entries/{KEY}/submit", {"number": "1", "revision": "1"})
    assert "已交审核" in (await agent.follow(submitted)).text
    await reviewer.get(f"/console/entries/{KEY}/review")
    await station.examinations.finished()
    assert await station.village.post() == {}
    published = {"number": "1", "revision": "1", "against": "省方案"}
    page = await reviewer.follow(await reviewer.post(f"/console/entries/{KEY}/publish", published))
    assert "已发布" in page.text
    letters = await station.village.post()
    assert set(letters) == {("web", "zhang"), ("telegram", "li")}
    assert all("先停水三天" in str(replies) for replies in letters.values())
    assert set((await station.village.states()).values()) == {"answered"}


async def test_an_answer_withdrawn_meanwhile_costs_nobody_a_word(station: Station) -> None:
    agent = await station.console.client("agent")
    at = await station.awaited(agent)
    answer = at.partition("answer=")[2]
    await agent.post(f"/console/questions/answers/{answer}/withdraw")
    form = {**TEXT, "asks": f"{HALF}\n玉米叶子半边黄了咋办\n{ASKS}", "answer": answer}
    told = await agent.post("/console/entries/new", form)
    assert told.status_code == 422
    assert "发布时不会发给他们" in told.text
    assert "先停水三天" in told.text
    assert 'name="answer"' not in told.text
    assert (await agent.get(f"/console/entries/{KEY}")).status_code == 404
    form.pop("answer")
    assert (await agent.post("/console/entries/new", form)).status_code == 303
