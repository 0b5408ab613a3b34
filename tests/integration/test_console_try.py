"""The try-it box: everything that the assistant makes of a question is shown, and nothing is kept of it."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.channels.web.page import STATIC
from dialogs.models import ConversationRow, HandledRow
from knowledge_base.curation.console import pages_try
from knowledge_base.curation.console.texts import load_texts
from knowledge_base.curation.console.trial import NotHeard, Question
from knowledge_base.models import FeedbackRow, QuestionRow
from knowledge_base.search.rank import WEIGHTS
from nlu.speech.base import NoSpeech
from nlu.wordfile import ENTITY_KINDS
from tests.fakes.console import FakeConsole, fake_console
from tests.fakes.house import LABELS, House

RECORDER = STATIC / "recorder.js"
PAGE = "/console/try"


@pytest.fixture
async def console(house: House) -> AsyncIterator[FakeConsole]:
    def routers(console: FakeConsole) -> Iterator[object]:
        return [pages_try.routes(console.kit, house.trial, RECORDER, voice_bytes=1_000_000, voice_seconds=60)]  # type: ignore[return-value]

    async with fake_console(house.store, house.now, routers) as console:  # type: ignore[arg-type]
        yield console


async def kept(house: House) -> int:
    async with house.store.session() as session:
        counts = [
            (await session.execute(select(func.count()).select_from(table))).scalar_one()
            for table in (QuestionRow, FeedbackRow, ConversationRow, HandledRow)
        ]
    return sum(counts)


async def test_why_an_answer_is_given(house: House) -> None:
    tried = await house.trial.ask(Question("苞谷秆子里有虫咋整"))
    assert tried.outcome == "answer"
    assert tried.understood is not None
    assert tried.understood.normalized.startswith("玉米")
    assert {one.standard for one in tried.understood.named} >= {"玉米"}
    assert tried.understood.ranking[0][:2] == ("agronomy", LABELS["agronomy"])
    first = tried.candidates[0]
    assert (first.key, first.given) == ("maize.borer", True)
    assert tried.replies[0].subject == "maize.borer"
    assert first.confidence > tried.candidates[1].confidence
    added = [abs(reason.adds or 0) for reason in first.reasons]
    assert added == sorted(added, reverse=True)
    assert added[0] > 0
    assert {measure.name: measure.reached for measure in tried.measures} == {
        "intent": True, "sure": True, "ahead": True, "maybe": True,
    }  # fmt: skip


async def test_place_and_month_are_taken_for_the_farmers(house: House) -> None:
    tried = await house.trial.ask(Question("苞谷秆子里有虫咋整", place="370783", month=6))
    assert (tried.place, str(tried.day)) == ("山东省潍坊市寿光市", "2027-06-15")
    assert not tried.candidates[0].out_of_season
    assert (await house.trial.ask(Question("玉米螟", month=12))).candidates[0].out_of_season
    assert str((await house.trial.ask(Question("玉米螟", month=11))).day) == "2026-11-22"


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("百草枯还能用吗", "listed"),
        ("有人喝了农药咋办", "urgent"),
        ("今天股票怎么样", "out_of_scope"),
        ("长" * 5000, "plain"),
        ("🌽🌽", "plain"),
        ("<script>alert(1)</script>", None),
        ("玉米蟲災點整 help", None),
    ],
)
async def test_what_is_decided_has_a_name_and_nothing_is_kept(house: House, text: str, outcome: str | None) -> None:
    tried = await house.trial.ask(Question(text))
    assert outcome is None or tried.outcome == outcome
    assert tried.outcome in load_texts()["try"].outcomes
    assert tried.replies
    assert await kept(house) == 0


async def test_a_recording_shows_what_was_heard_and_a_doubt_both_readings(house: House) -> None:
    tried = await house.trial.ask(Question(recording="玉米叶子有虫\n玉米叶子有洞".encode()))
    assert tried.heard is not None
    assert (tried.heard.heard, tried.heard.alternatives) == ("玉米叶子有虫", ("玉米叶子有洞",))
    assert tried.understood is not None
    assert tried.understood.text == tried.heard.corrected
    house.ear.error = NoSpeech()
    with pytest.raises(NotHeard, match="没听到说话声"):
        await house.trial.ask(Question(recording=b"..."))
    assert await kept(house) == 0


async def test_places_by_name_and_by_code(house: House) -> None:
    def found(typed: str) -> list[str]:
        return [place.name for place in house.trial.places(typed)]

    assert found("寿光") == found("370783") == found("山东省潍坊市寿光市") == ["山东省潍坊市寿光市"]
    assert found("朝阳区") == ["北京市朝阳区", "吉林省长春市朝阳区"]
    assert found("北京市朝阳区") == ["北京市朝阳区"]
    assert found("没有这里") == []


async def test_the_page_typed_and_spoken(console: FakeConsole, house: House) -> None:
    agent = await console.client("agent")
    assert "试一试" in (await agent.get(PAGE)).text
    page = await agent.post(PAGE, {"text": "苞谷秆子里有虫咋整 <b>", "place": "寿光", "month": "6"})
    assert page.status_code == 200
    assert "有把握，直接答。" in page.text
    assert "山东省潍坊市寿光市" in page.text
    assert 'href="/console/entries/maize.borer"' in page.text
    assert "<b>" not in page.text
    assert 'value="寿光"' in page.text
    recording = {"recording": ("recording", "玉米叶子有洞".encode())}
    piece = await agent.post(PAGE, files=recording, headers={"X-Fragment": "1"})
    assert "<html" not in piece.text
    assert "听到了什么" in piece.text
    assert await kept(house) == 0


async def test_what_cannot_be_tried_is_said_beside_the_field(console: FakeConsole, house: House) -> None:
    agent = await console.client("reviewer")
    page = await agent.post(PAGE, {"text": "  "})
    assert page.status_code == 422
    assert "请打一句话，或者说一句。" in page.text
    page = await agent.post(PAGE, {"text": "玉米", "place": "没有这里"})
    assert "没有找到这个地方" in page.text
    assert ">\n玉米</textarea>" in page.text
    page = await agent.post(PAGE, {"text": "玉米", "place": "朝阳区"})
    assert "北京市朝阳区、吉林省长春市朝阳区" in page.text
    assert (await agent.post(PAGE, {"text": "玉米", "month": "13"})).status_code == 200
    house.ear.error = NoSpeech()
    page = await agent.post(PAGE, files={"recording": ("r", b"x")})
    assert page.status_code == 422
    assert "没听到说话声" in page.text
    page = await agent.post(PAGE, files={"recording": ("r", b"x" * 3_200_000)})
    assert page.status_code == 413


async def test_the_web_chats_recorder_is_served_to_who_is_signed_in(console: FakeConsole) -> None:
    script = await (await console.client("operator")).get(f"{PAGE}/recorder.js")
    assert script.text == RECORDER.read_text("utf-8")
    assert script.headers["content-type"].startswith("text/javascript")
    assert (await (await console.client()).get(f"{PAGE}/recorder.js")).status_code == 303
    assert (await (await console.client()).post(PAGE, {"text": "玉米"})).status_code == 401


def test_every_feature_of_the_ranking_and_every_kind_of_thing_has_its_words() -> None:
    words = load_texts()["try"]
    weights = {line.split(":")[0] for line in Path(WEIGHTS).read_text("utf-8").splitlines() if line[:1].isalpha()}
    assert sorted(name for name in weights - {"none"} if name not in words.features) == []
    assert sorted(kind for kind in ENTITY_KINDS if kind not in words.kinds) == []
