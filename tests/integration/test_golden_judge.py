"""Golden questions through the whole assistant: with a new text in place of the published one, and without a trace."""

import pytest
from sqlalchemy import func, select

from dialogs.models import ConversationRow, HandledRow
from knowledge_base.curation.examination import Examinations
from knowledge_base.curation.golden import Question
from knowledge_base.curation.states import State
from knowledge_base.curation.versions import COUNTY, Version
from knowledge_base.entry import Entry
from knowledge_base.models import QuestionRow
from knowledge_base.search.base import Hit, Query
from tests.fakes.house import House, last

KEY = "maize.borer"
ASKED = "钻心虫咋治"


def version(house: House, entry: Entry, revision: int = 1) -> Version:
    content = entry.model_dump(mode="json")
    return Version(KEY, 2, State.IN_REVIEW, COUNTY, content, "li", house.now, revision)


async def elsewhere(house: House) -> Entry:
    """The entry as somebody ruins it: it does not speak of its matter any more."""
    entry = await house.library.get(KEY)
    assert entry is not None
    said = ("这里说的是别的", "和虫子没有关系", "是天上的云彩", "云彩是白颜色", "云彩往东边飘")
    return entry.model_copy(
        update={"asks": said, "aliases": (), "symptoms": said[:3], "title": "云彩", "problem": "云彩", "crop": None}
    )


async def test_a_new_text_is_judged_as_the_assistant_would_answer_and_nothing_is_kept(house: House) -> None:
    published = await house.library.get(KEY)
    assert published is not None
    (ask, *_) = published.asks
    ruined = await elsewhere(house)
    before, after = house.judge.asking(None), house.judge.asking(ruined)
    assert (await before(ask)).subject == KEY
    said = await after(ask)
    assert said.subject != KEY
    assert (await house.judge.asking(ruined)("云彩往东边飘")).kind in {"answer", "ask", "refuse", "handoff"}
    async with house.store.session() as session:
        for table in (ConversationRow, HandledRow, QuestionRow):
            assert (await session.execute(select(func.count()).select_from(table))).scalar_one() == 0
    assert house.observer.turns == []
    assert last(await house.say(ask)).subject == KEY


async def test_an_examination_runs_once_for_a_text_and_again_for_another(house: House) -> None:
    published = await house.library.get(KEY)
    assert published is not None
    reads = []

    def golden() -> list[Question]:
        reads.append(1)
        return [Question(text=ask, subject=KEY) for ask in published.asks[:2]]

    examinations = Examinations(house.library, golden, house.judge)
    ruined = version(house, await elsewhere(house))
    assert await examinations.broken(ruined) is None
    for _ in range(2):
        await examinations.start(ruined)
        await examinations.finished()
    broken = await examinations.broken(ruined)
    assert broken is not None
    assert broken >= 1
    same = version(house, published, revision=2)
    await examinations.start(same)
    await examinations.finished()
    assert await examinations.broken(same) == 0
    assert len(reads) == 2
    house.later(minutes=1)
    async with house.store.session() as session:
        await house.library.withdraw(session, "maize.armyworm")
    assert await examinations.broken(same) is None, "the library has changed since"


async def test_an_assistant_that_fails_proves_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    published = await house.library.get(KEY)
    assert published is not None
    examinations = Examinations(house.library, lambda: [Question(text=ASKED, subject=KEY)], house.judge)

    async def fail(_: str) -> None:
        raise RuntimeError

    monkeypatch.setattr(house.understander, "parse", fail)
    draft = version(house, published)
    await examinations.start(draft)
    await examinations.finished()
    assert await examinations.broken(draft) is None
    failed = await examinations.of(draft)
    assert failed is not None
    assert (failed.report, failed.trouble) == (None, "")


async def test_what_is_said_as_things_stand_is_asked_once_until_they_change(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    published = await house.library.get(KEY)
    assert published is not None
    (ask, *_) = published.asks
    search, searched = house.library.search, []

    async def counting(query: Query, limit: int = 5) -> list[Hit]:
        searched.append(query)
        return await search(query, limit)

    monkeypatch.setattr(house.library, "search", counting)
    first = await house.judge.asking(None)(ask)
    once = len(searched)
    assert once
    assert await house.judge.asking(None)(ask) == first
    assert len(searched) == once
    house.later(minutes=1)
    async with house.store.session() as session:
        await house.library.withdraw(session, KEY)
    assert (await house.judge.asking(None)(ask)).subject != KEY
