"""What loudspeakers have to do: put in the transaction that takes a warning in, on both databases."""

from datetime import datetime, timedelta

import pytest

from knowledge_base.store import Store
from knowledge_base.warnings.alert import Circle
from knowledge_base.warnings.models import VillageRow
from knowledge_base.warnings.speaker_jobs import SpeakerJobs
from knowledge_base.warnings.speaker_registry import NewSpeaker, SpeakerRegistry
from knowledge_base.warnings.speakers import JobState, Play, Speech, SpokenWarning
from knowledge_base.warnings.territory import Territory
from tests.conftest import NOW

CHENGDU, DAYI = "510104021001", "510129100001"
IN_CHENGDU = Territory(("510104",))
EVERYWHERE = Territory(("51",))


class Desk:
    """Jobs on a store, with a clock that can be moved."""

    def __init__(self, store: Store, *, drills: bool = False) -> None:
        self.now = NOW
        self.store = store
        self.jobs = SpeakerJobs(store, lambda: self.now, drills=drills)
        self.registry = SpeakerRegistry(store, lambda: self.now)

    async def add(self, speaker: str, village: str, position: tuple[float, float] | None = None) -> None:
        await self.registry.add(speaker, village, speaker, position)

    async def put(self, version: int = 1, area: Territory = EVERYWHERE, **change: object) -> int:
        given: dict[str, object] = {"id": "storm", "colour": 2, "text": "雨", "expires": NOW + timedelta(hours=2)}
        warning = SpokenWarning(version=version, area=area, **(given | change))  # type: ignore[arg-type]
        async with self.store.session() as session:
            return await self.jobs.put(session, warning)

    async def to_do(self) -> dict[str, list[tuple[str, int]]]:
        keys = [(one.warning, one.version) for one in await self.jobs.valid()]
        return {speaker: theirs for speaker, (_, theirs) in (await self.jobs.concerned(keys)).items()}


@pytest.fixture
async def desk(any_store: Store) -> Desk:
    desk = Desk(any_store)
    await desk.add("a", CHENGDU)
    await desk.add("b", DAYI)
    return desk


def play(number: str = "1", version: int = 1, error: str | None = None) -> Play:
    return Play(number, "storm", version, NOW, NOW + timedelta(minutes=1), 5, 80, error)


async def test_a_code_concerns_what_is_below_it(desk: Desk) -> None:
    assert await desk.put(area=IN_CHENGDU) == 1
    assert await desk.to_do() == {"a": [("storm", 1)]}


async def test_a_circle_concerns_devices_by_their_own_place_or_else_their_villages(desk: Desk) -> None:
    await desk.add("near", "110101001001", (30.60, 104.05))
    await desk.add("far", "110101001001", (39.9, 116.4))
    async with desk.store.session() as session:
        session.add(VillageRow(code=DAYI, name="某村", latitude=30.61, longitude=104.06))
    around = Territory((), circles=(Circle(30.6, 104.05, 5),))
    async with desk.store.session() as session:
        assert await desk.jobs.reach(session, around) == 2
    await desk.put(area=around)
    assert set(await desk.to_do()) == {"near", "b"}


async def test_a_polygon_concerns_what_lies_in_it(desk: Desk) -> None:
    await desk.add("in", "110101001001", (30.5, 104.5))
    await desk.add("out", "110101001001", (30.5, 105.5))
    square = ((30.0, 104.0), (30.0, 105.0), (31.0, 105.0), (31.0, 104.0), (30.0, 104.0))
    assert await desk.put(area=Territory((), polygons=(square,))) == 1
    assert set(await desk.to_do()) == {"in"}


async def test_who_is_shut_out_gets_nothing(desk: Desk) -> None:
    await desk.put()
    await desk.registry.disable("a")
    assert set(await desk.to_do()) == {"b"}
    assert await desk.put(version=2) == 2  # it had the first one, and may come back


async def test_a_newer_version_goes_also_to_who_had_the_older_one(desk: Desk) -> None:
    await desk.put(area=IN_CHENGDU)
    assert await desk.put(2, Territory(("510129",))) == 2
    assert await desk.to_do() == {"a": [("storm", 2)], "b": [("storm", 2)]}


async def test_the_same_and_older_versions_do_nothing(desk: Desk) -> None:
    await desk.put(2, IN_CHENGDU)
    assert await desk.put(2, EVERYWHERE) == 0
    assert await desk.put(1, EVERYWHERE) == 0
    assert await desk.to_do() == {"a": [("storm", 2)]}


async def test_an_older_version_is_kept_out_also_where_the_newer_one_reached_nobody(desk: Desk) -> None:
    assert await desk.put(2, Territory(("110101",))) == 0
    assert await desk.put(1, EVERYWHERE) == 0
    assert await desk.to_do() == {}


async def test_a_cancel_reaches_exactly_who_had_it(desk: Desk) -> None:
    await desk.put(area=IN_CHENGDU)
    assert await desk.put(2, EVERYWHERE, cancel=True, text="") == 1
    assert await desk.to_do() == {"a": [("storm", 2)]}


async def test_a_cancel_of_what_nobody_had_concerns_nobody(desk: Desk) -> None:
    assert await desk.put(2, EVERYWHERE, cancel=True) == 0
    assert await desk.to_do() == {}


async def test_two_warnings_that_turn_out_to_be_one_end_together(desk: Desk) -> None:
    await desk.put(area=IN_CHENGDU)
    await desk.put(1, Territory(("510129",)), id="hail")
    assert await desk.put(2, EVERYWHERE, cancel=True, text="", merged=("hail",)) == 2
    assert await desk.to_do() == {"a": [("storm", 2)], "b": [("storm", 2)]}


async def test_what_has_expired_is_not_put_and_what_expires_is_over(desk: Desk) -> None:
    assert await desk.put(expires=NOW) == 0
    await desk.put(expires=NOW + timedelta(minutes=5))
    desk.now = NOW + timedelta(minutes=5)
    assert await desk.jobs.valid() == []


async def test_a_drill_is_put_only_where_drills_may_be_heard(desk: Desk) -> None:
    assert await desk.put(drill=True) == 0
    assert await desk.jobs.valid() == []
    assert await Desk(desk.store, drills=True).put(drill=True) == 2
    (kept,) = await desk.jobs.valid()
    assert kept.drill


async def test_nothing_is_kept_of_a_transaction_that_fails(desk: Desk) -> None:
    woken: list[int] = []
    desk.jobs.on_put(lambda: woken.append(1))

    async def interrupted() -> None:
        async with desk.store.session() as session:
            warning = SpokenWarning("storm", 1, 1, "雨", NOW + timedelta(hours=1), EVERYWHERE)
            assert await desk.jobs.put(session, warning) == 2
            raise InterruptedError

    with pytest.raises(InterruptedError):
        await interrupted()
    assert (await desk.jobs.valid(), woken) == ([], [])
    await desk.put()
    assert woken == [1]


async def test_ends_come_first_then_the_graver_and_drills_last(any_store: Store) -> None:
    desk = Desk(any_store, drills=True)
    await desk.add("a", CHENGDU)
    for number, (colour, drill) in enumerate(((4, False), (1, True), (1, False), (3, False))):
        await desk.put(id=f"w{number}", colour=colour, drill=drill)
    await desk.put(2, id="w3", cancel=True)
    assert [one.warning for one in await desk.jobs.valid()] == ["w3", "w2", "w0", "w1"]


async def test_speech_is_kept_with_its_version(desk: Desk) -> None:
    await desk.put()
    speech = Speech("0" * 64, "1" * 64, 12.5)
    await desk.jobs.spoken("storm", 1, speech)
    (kept,) = await desk.jobs.valid()
    assert kept.speech == speech


async def test_records_come_back_once_and_only_for_jobs_that_were_given(desk: Desk) -> None:
    await desk.put(area=IN_CHENGDU)
    await desk.jobs.sent([("a", ("storm", 1)), ("b", ("storm", 1))])
    records = [("a", play()), ("a", play()), ("b", play()), ("a", play(version=2)), ("nobody", play())]
    assert await desk.jobs.played(records) == 1
    assert await desk.jobs.played(records) == 0
    (line,) = await desk.jobs.report("storm")
    assert (line.speaker, line.village, line.state, line.sent_at) == ("a", CHENGDU, JobState.PLAYED, NOW)
    assert list(line.plays) == [play()]


async def test_an_error_shows_until_it_is_played_after_all(desk: Desk) -> None:
    await desk.put(area=IN_CHENGDU)

    async def state() -> tuple[JobState, datetime | None]:
        (line,) = await desk.jobs.report("storm")
        return line.state, line.sent_at

    assert await state() == (JobState.WAITING, None)
    await desk.jobs.played([("a", play("1", error="no_audio"))])
    assert await state() == (JobState.FAILED, None)
    await desk.jobs.played([("a", play("2"))])
    assert await state() == (JobState.PLAYED, None)
    await desk.jobs.played([("a", play("3", error="stopped"))])
    assert await state() == (JobState.PLAYED, None)


async def test_many_devices_are_more_than_one_statement_holds(store: Store) -> None:
    desk = Desk(store)
    new = [NewSpeaker(f"s{number:04}", CHENGDU, "x") for number in range(700)]
    await desk.registry.add_all(new)
    assert await desk.put() == 700
    assert len(await desk.to_do()) == 700
    await desk.jobs.sent([(one.id, ("storm", 1)) for one in new])
    assert await desk.jobs.played([(one.id, play()) for one in new]) == 700
    lines = await desk.jobs.report("storm")
    assert [line.speaker for line in lines] == [one.id for one in new]
    assert {(line.state, line.sent_at, len(line.plays)) for line in lines} == {(JobState.PLAYED, NOW, 1)}
