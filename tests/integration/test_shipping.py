"""A new release beside what the county has made of the entries."""

import pytest

from knowledge_base.curation.states import State
from knowledge_base.library import Library
from knowledge_base.safety import pesticide_gate
from knowledge_base.search.base import Query
from knowledge_base.search.index import search_index
from knowledge_base.store import Store
from tests.fakes.analysis import analyze
from tests.fakes.curation import EDITED, LI, ZHAO, Curation
from tests.fakes.entries import entry

KEY = "maize.borer"
SHIPPED = entry().spoken
NEW = "程序带来的新话。"


@pytest.fixture
async def desk(store: Store) -> Curation:
    desk = Curation(store)
    await desk.shipped()
    return desk


async def states(desk: Curation) -> list[tuple[int, str, str]]:
    return [(v.number, v.origin, v.state) for v in reversed((await desk.workflow.history(KEY)).versions)]


async def test_a_restart_keeps_what_the_county_has_published(desk: Curation) -> None:
    await desk.published()
    intake = await desk.library.take_in([entry()])
    assert (intake.published, intake.changed, intake.removed, intake.offered) == (1, (), (), ())
    assert await desk.spoken() == EDITED


async def test_the_countys_own_key_survives_a_release_that_does_not_know_it(desk: Curation) -> None:
    await desk.published(key="local.fly", asks=["一", "二", "三", "四", "五"])
    intake = await desk.library.take_in([])
    assert intake.removed == (KEY,)
    assert await desk.spoken("local.fly") == EDITED


async def test_a_new_shipped_text_beside_the_countys_is_offered_once_and_published_by_nobody(desk: Curation) -> None:
    await desk.published()
    for _ in range(2):
        assert (await desk.library.take_in([entry(spoken=NEW)])).offered == (KEY,)
    assert await desk.spoken() == EDITED
    assert list(await desk.catalogue.offered()) == [KEY]
    assert (await states(desk))[-1] == (3, "shipped", "offered")
    await desk.workflow.set_aside(LI, KEY)
    assert (await desk.library.take_in([entry(spoken=NEW)])).offered == ()
    assert (await desk.library.take_in([entry(spoken="再新一些。")])).offered == (KEY,)


async def test_a_newer_offer_takes_the_place_of_an_older_one(desk: Curation) -> None:
    await desk.published()
    await desk.shipped(entry(spoken=NEW))
    await desk.shipped(entry(spoken="再新一些。"))
    assert (await states(desk))[2:] == [(3, "shipped", "superseded"), (4, "shipped", "offered")]


async def test_an_offered_text_goes_through_review_like_any_other(desk: Curation) -> None:
    await desk.published()
    await desk.shipped(entry(spoken=NEW))
    draft = await desk.workflow.restore(LI, KEY, 3)
    assert await desk.catalogue.offered() == {}
    submitted = await desk.workflow.submit(LI, draft.seen)
    await desk.workflow.publish(ZHAO, submitted.seen, against="新规程")
    assert await desk.spoken() == NEW


async def test_a_new_shipped_text_replaces_a_shipped_one_that_is_only_being_edited(desk: Curation) -> None:
    await desk.draft()
    intake = await desk.library.take_in([entry(spoken=NEW)])
    assert (intake.changed, intake.offered) == ((KEY,), ())
    assert await desk.spoken() == NEW
    assert await states(desk) == [(1, "shipped", "superseded"), (2, "county", "draft"), (3, "shipped", "published")]


async def test_what_is_withdrawn_stays_away_and_its_new_text_is_offered(desk: Curation) -> None:
    await desk.workflow.withdraw(ZHAO, KEY, "县里改了做法")
    assert (await desk.library.take_in([entry()])).published == 0
    assert (await desk.library.take_in([entry(spoken=NEW)])).offered == (KEY,)
    assert await desk.spoken() is None


async def test_an_entry_that_a_release_takes_away_and_brings_back_is_answered_again(desk: Curation) -> None:
    await desk.workflow.discard(LI, (await desk.draft()).seen)
    await desk.library.take_in([])
    assert await desk.spoken() is None
    assert (await desk.workflow.history(KEY)).published is None
    await desk.shipped()
    assert await desk.spoken() == SHIPPED
    published = (await desk.workflow.history(KEY)).published
    assert published is not None
    assert (published.number, published.state) == (3, State.PUBLISHED)


async def test_other_language_data_index_the_countys_entries_anew(desk: Curation, store: Store) -> None:
    await desk.published(asks=[*entry().asks[:4], "飞碟落在玉米地"])
    other = Library(store, search_index(store, analyze, "other"), pesticide_gate(), desk.clock)
    assert (await other.take_in([entry()])).changed == (KEY,)
    (hit, *_) = await other.search(Query("飞碟落在玉米地"))
    assert hit.entry.spoken == EDITED
    assert (await other.take_in([entry()])).changed == ()


async def test_the_stamp_changes_with_everything_that_is_published_or_withdrawn(desk: Curation) -> None:
    stamps = [await desk.library.stamp()]
    await desk.draft()
    assert await desk.library.stamp() == stamps[0]
    await desk.workflow.discard(LI, (await desk.draft()).seen)
    await desk.published()
    stamps.append(await desk.library.stamp())
    await desk.workflow.withdraw(ZHAO, KEY, "县里改了做法")
    stamps.append(await desk.another_library().stamp())
    assert len(set(stamps)) == 3


async def test_the_list_finds_by_text_state_and_age(desk: Curation) -> None:
    from knowledge_base.curation.catalogue import Filter

    old = entry(
        key="maize.old", title="旧办法", valid_until="2026-11-01", asks=["旧一", "旧二", "旧三", "旧四", "旧五"]
    )
    soon = entry(key="rice.soon", title="水稻补贴", crop="水稻", kind="policy", valid_until="2026-12-10",
                 asks=["新一", "新二", "新三", "新四", "新五"], needs_review="补贴数待核")  # fmt: skip
    await desk.shipped(entry(), old, soon)
    await desk.draft()

    async def found(**wanted: object) -> list[str]:
        return [row.key for row in await desk.catalogue.rows(Filter(**wanted))]  # type: ignore[arg-type]

    assert await found() == [KEY, "maize.old", "rice.soon"]
    assert await found(text=" 补贴 ") == await found(text="RICE.") == await found(crop="水稻") == ["rice.soon"]
    assert await found(state="draft") == [KEY]
    assert await found(state="expired") == ["maize.old"]
    assert (
        await found(state="expiring") == await found(needs_review=True) == await found(kind="policy") == ["rice.soon"]
    )
    assert [row.key for row in await desk.catalogue.expiring()] == ["maize.old", "rice.soon"]
    await desk.workflow.withdraw(ZHAO, "rice.soon", "过了")
    assert await found(state="withdrawn") == ["rice.soon"]
    assert [row.key for row in await desk.catalogue.expiring()] == ["maize.old"]
