"""People of whom a county, a position or nothing is known: whom a warning of a part of the county reaches, and in which words."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.delivery.models import LetterRow, OutboxRow
from bot.warnings.looks import Looks
from dialogs.warning_text import warning_reply
from knowledge_base.store import Store
from knowledge_base.warnings.alert import Area
from knowledge_base.warnings.dispatch import Bulletin
from knowledge_base.warnings.models import PersonRow, VillageRow
from knowledge_base.warnings.people import ForgetfulPeople, People
from knowledge_base.warnings.territory import Territory
from tests.fakes.warning_desk import COUNTY, NOON, Clock, WarningDesk, cancel, info, person, warning

TOWN = COUNTY + "001"
SQUARE = ((34.0, 113.0), (34.0, 114.0), (35.0, 114.0), (35.0, 113.0), (34.0, 113.0))


@pytest.fixture
def desk(any_store: Store) -> WarningDesk:
    return WarningDesk(any_store)


async def crowd(desk: WarningDesk) -> None:
    await desk.people(
        person("town", TOWN + "002", levels=4),
        person("county", COUNTY, levels=4),
        person("other_town", COUNTY + "002", levels=4),
        person("prefecture", COUNTY[:4], levels=4),
        person("out", COUNTY, opted_out=True),
    )


async def test_grave_warnings_of_a_town_reach_who_has_told_the_county_only(desk: WarningDesk) -> None:
    await crowd(desk)
    taken = await desk.take(warning("A", infos=[info("orange", (TOWN,))]))
    assert taken.recipients == 2
    assert set(await desk.waiting()) == {"town", "county"}


@pytest.mark.parametrize("colour", ["yellow", "blue"])
async def test_others_do_not(desk: WarningDesk, colour: str) -> None:
    await crowd(desk)
    await desk.take(warning("A", infos=[info(colour, (TOWN,))]))
    assert set(await desk.waiting()) == {"town"}


async def test_of_a_village_who_has_told_the_town_too_and_who_got_it_hears_of_its_end(desk: WarningDesk) -> None:
    await desk.people(person("town", TOWN), person("county", COUNTY), person("village", TOWN + "003"))
    await desk.take(warning("A", infos=[info("red", (TOWN + "003",))]))
    assert set(await desk.send()) == {"town", "county", "village"}
    await desk.take(cancel("B", 5, "A"))
    assert set(await desk.send()) == {"town", "county", "village"}
    assert desk.got["county"] == ["A", "B"]


async def test_their_words_name_the_place(any_store: Store) -> None:
    alert = warning(
        "A", infos=[info("red", (TOWN,), areas=(Area("胡襄镇", geocodes=(("行政区划代码", TOWN + "000"),)),))]
    )
    desk = WarningDesk(any_store)
    await crowd(desk)
    await desk.take(alert)
    bulletin = desk.bulletins[0]
    assert not bulletin.nearby
    near = Bulletin(bulletin.warning, bulletin.alert, bulletin.about, bulletin.territory, nearby=True)
    for said in (warning_reply(near).text, warning_reply(near).spoken):
        assert "如果您在胡襄镇" in said
    assert "如果您在" not in warning_reply(bulletin).text
    query = select(OutboxRow.user, OutboxRow.letter_id)
    async with any_store.session() as session:
        letters = {row.user: row.letter_id for row in await session.execute(query)}
        assert len((await session.scalars(select(LetterRow))).all()) == len(set(letters.values())) == 2


def test_the_wider_places_of_an_area() -> None:
    assert Territory((TOWN + "003",)).wider == (COUNTY, TOWN)
    assert Territory((TOWN, COUNTY + "002003")).wider == (COUNTY, COUNTY + "002")
    assert Territory((COUNTY,)).wider == ()


async def test_a_position_without_a_place_is_reached_by_a_shape(desk: WarningDesk) -> None:
    people = People(desk.store)
    await people.note_position("paper", "walker", (34.5, 113.5), NOON)
    await people.note_position("paper", "elsewhere", (36.5, 113.5), NOON)
    shape = info("red", areas=(Area("河边", polygons=(SQUARE,)),))
    await desk.take(warning("A", infos=[shape]))
    assert set(await desk.waiting()) == {"walker"}


async def test_a_position_near_a_village_gives_the_place_unless_one_was_told(any_store: Store) -> None:
    async with any_store.session() as session:
        session.add(VillageRow(code=COUNTY, name="县", latitude=34.5, longitude=113.5))
        session.add(VillageRow(code=TOWN + "003", name="东村", latitude=34.52, longitude=113.5))
        session.add(VillageRow(code=TOWN + "004", name="西村", latitude=34.53, longitude=113.5))
        session.add(person("told", "410185"))
    people = People(any_store)
    for user, position in (("near", (34.5, 113.5)), ("told", (34.5, 113.5)), ("far", (34.6, 113.5))):
        await people.note_position("paper", user, position, NOON + timedelta(minutes=1))
    await ForgetfulPeople(any_store).note_position("paper", "trial", (34.5, 113.5), NOON)
    async with any_store.session() as session:
        rows = {row.user: (row.place, row.latitude) for row in await session.scalars(select(PersonRow))}
    assert rows == {"near": (TOWN + "003", 34.5), "told": ("410185", 34.5), "far": (None, 34.6)}


async def test_the_last_look_is_that_at_the_source_seen_longest_ago() -> None:
    clock = Clock()
    looks = Looks(clock)
    assert await looks.last() is None
    folder, feed = looks.at("folder"), looks.at("feed")
    folder()
    assert await looks.last() is None  # of the feed nothing is known
    feed()
    clock.later(minutes=5)
    folder()
    assert await looks.last() == NOON
