"""The published answers: taken in, found, and kept from being said when they must not be."""

from datetime import UTC, date, datetime

import pytest

from dialogs.topics.knowledge import is_sure
from knowledge_base.library import Library
from knowledge_base.safety import pesticide_gate
from knowledge_base.search.base import Query
from knowledge_base.search.index import search_index
from knowledge_base.store import Store
from tests.fakes.analysis import analyze
from tests.fakes.entries import entry

RUST = {
    "key": "maize.southern_rust", "title": "玉米锈病", "problem": "锈病", "aliases": ["上锈"],
    "symptoms": ["叶上铁锈粉", "叶上黄点子", "一摸一手黄粉"],
    "asks": ["玉米叶上一层铁锈粉", "叶子一摸一手黄粉", "玉米上锈了咋治", "叶上全是黄点子", "玉米锈病打啥药"],
}  # fmt: skip
POTATO = {
    "key": "potato.late_blight", "title": "马铃薯晚疫病", "crop": "马铃薯", "problem": "晚疫病", "aliases": [],
    "symptoms": ["叶子发黑", "背面白霉", "一片一片死"],
    "asks": ["洋芋叶子发黑", "马铃薯叶背起白霉", "马铃薯一片一片死秧", "土豆叶子像开水烫了", "马铃薯晚疫病咋治"],
}  # fmt: skip
NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)


@pytest.fixture
async def library(any_store: Store) -> Library:
    library = Library(any_store, search_index(any_store, analyze), pesticide_gate(), lambda: NOW)
    await library.take_in([entry(), entry(**RUST), entry(**POTATO)])
    return library


async def found(library: Library, text: str, **more: object) -> list[str]:
    return [hit.entry.key for hit in await library.search(Query(text, **more))]  # type: ignore[arg-type]


async def test_other_language_data_index_the_same_entries_anew(any_store: Store) -> None:
    changed = []
    for fingerprint in ("old", "old", "new"):
        library = Library(any_store, search_index(any_store, analyze, fingerprint), pesticide_gate(), lambda: NOW)
        changed.append(len((await library.take_in([entry()])).changed))
    assert changed == [1, 0, 1]


async def test_a_question_finds_its_entry_first(library: Library) -> None:
    assert (await found(library, "玉米秆钻空了有虫"))[0] == "maize.borer"
    assert (await found(library, "玉米叶上有铁锈粉"))[0] == "maize.southern_rust"


async def test_sound_alikes_are_found(library: Library) -> None:
    hits = await library.search(Query("玉米叶尚义城铁秀分"))
    assert hits[0].entry.key == "maize.southern_rust"


async def test_another_crop_is_never_the_answer(library: Library) -> None:
    assert "potato.late_blight" not in await found(library, "玉米叶子发黑背面白霉", crops=frozenset({"玉米"}))


async def test_another_named_problem_is_never_the_answer(library: Library) -> None:
    hits = await library.search(Query("玉米叶上有灰斑病", frozenset({"玉米"}), ("灰斑病",)))
    assert hits
    assert all(hit.why["other_problem"] for hit in hits)
    assert not is_sure(hits)


async def test_nothing_in_common_is_no_hit(library: Library) -> None:
    assert await found(library, "qwerty") == []
    assert await found(library, "") == []


@pytest.mark.parametrize("text", ['"', "' OR 1=1 --", "玉米 AND NOT", "NEAR(玉米)", "*", "(", "玉米^2:"])
async def test_search_syntax_in_a_question_is_only_text(library: Library, text: str) -> None:
    assert isinstance(await found(library, text), list)


async def test_taking_in_again_changes_nothing(library: Library) -> None:
    intake = await library.take_in([entry(), entry(**RUST), entry(**POTATO)])
    assert (intake.changed, intake.removed, intake.refused) == ((), (), ())


async def test_an_edited_entry_is_found_by_its_new_words_in_every_process(library: Library, any_store: Store) -> None:
    elsewhere = Library(any_store, search_index(any_store, analyze), pesticide_gate(), lambda: NOW)
    await found(elsewhere, "玉米秆里有虫")
    asks = ["飞碟降落在玉米地", "二", "三", "四", "五"]
    intake = await library.take_in([entry(asks=asks), entry(**RUST), entry(**POTATO)])
    assert intake.changed == ("maize.borer",)
    assert (await found(elsewhere, "飞碟降落"))[0] == "maize.borer"


async def test_what_is_published_and_withdrawn_is_so_at_once_in_every_process(
    library: Library, any_store: Store
) -> None:
    elsewhere = Library(any_store, search_index(any_store, analyze), pesticide_gate(), lambda: NOW)
    before = await found(elsewhere, "飞碟降落在玉米地")
    assert before[0] != "county.saucer"
    saucer = entry(key="county.saucer", asks=["飞碟降落在玉米地", "二", "三", "四", "五"])
    for _ in range(2):
        async with any_store.session() as session:
            await library.publish(session, saucer, 1)
        assert (await found(elsewhere, "飞碟降落在玉米地"))[0] == "county.saucer"
        async with any_store.session() as session:
            await library.withdraw(session, "county.saucer")
        assert await found(elsewhere, "飞碟降落在玉米地") == before


async def test_an_entry_that_was_changed_back_is_judged_as_it_is(library: Library) -> None:
    hits = await library.search(Query("玉米秆里有虫"))
    for asks in (["飞碟降落在玉米地", "二", "三", "四", "五"], list(entry().asks)):
        await library.take_in([entry(asks=asks), entry(**RUST), entry(**POTATO)])
        again = await library.search(Query("玉米秆里有虫"))
        assert next(hit.entry.asks for hit in again if hit.entry.key == "maize.borer") == tuple(asks)
    assert again == hits


async def test_a_trial_in_an_empty_library_is_found(any_store: Store) -> None:
    library = Library(any_store, search_index(any_store, analyze), pesticide_gate(), lambda: NOW)
    assert [hit.entry for hit in await library.search(Query("玉米秆里有虫"), trial=entry())] == [entry()]


async def test_a_trial_entry_stands_in_for_its_published_one_in_that_search_only(library: Library) -> None:
    trial = entry(asks=["飞碟降落在玉米地", "二", "三", "四", "五"])
    hits = await library.search(Query("飞碟降落"), trial=trial)
    assert [hit.entry.key for hit in hits].count("maize.borer") == 1
    assert hits[0].entry == trial
    assert trial not in [hit.entry for hit in await library.search(Query("飞碟降落"))]


async def test_a_removed_entry_is_not_found(library: Library) -> None:
    intake = await library.take_in([entry(**RUST)])
    assert set(intake.removed) == {"maize.borer", "potato.late_blight"}
    assert await found(library, "玉米秆里有虫钻心虫") in ([], ["maize.southern_rust"])
    assert await library.get("maize.borer") is None


async def test_banned_advice_is_not_taken_in(library: Library) -> None:
    intake = await library.take_in([entry(spoken="撒呋喃丹。"), entry(**RUST)])
    assert [(key, violation.product.name) for key, violation in intake.refused] == [("maize.borer", "克百威")]
    assert await library.get("maize.borer") is None


async def test_a_ban_that_takes_effect_later_silences_an_entry(any_store: Store) -> None:
    today = datetime(2026, 5, 31, 12, 0, tzinfo=UTC)
    library = Library(any_store, search_index(any_store, analyze), pesticide_gate(), lambda: today)
    await library.take_in([entry(spoken="用氧乐果治蚜虫。")])
    assert await library.get("maize.borer") is not None
    today = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
    assert await library.get("maize.borer") is None
    assert await found(library, "玉米秆里有虫") == []


async def test_titles_keep_the_order_asked_and_leave_out_what_is_not_published(library: Library) -> None:
    titles = await library.titles(["potato.late_blight", "no.such", "maize.borer"])
    assert list(titles.items()) == [("potato.late_blight", "马铃薯晚疫病"), ("maize.borer", "玉米螟")]


async def test_an_expired_entry_says_so(library: Library) -> None:
    await library.take_in([entry(valid_until=date(2026, 11, 21))])
    old = await library.get("maize.borer")
    assert old is not None
    assert old.expired(NOW.date())
