"""A warning from its arrival to the loudspeakers' job lists."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.warnings.calls import OutboxDeliveries
from bot.warnings.loudspeakers import LoudspeakerFollower
from dialogs.warning_text import warning_reply
from knowledge_base.store import Store
from knowledge_base.warnings.alert import Status
from knowledge_base.warnings.report import Reports
from knowledge_base.warnings.speaker_jobs import SpeakerJobs
from knowledge_base.warnings.speaker_registry import NewSpeaker, SpeakerRegistry
from tests.fakes.warning_desk import COUNTY, NOON, Clock, WarningDesk, cancel, info, warning

HERE, THERE = COUNTY + "001001", "410185001001"


class Rig:
    """Warnings come in, and two loudspeakers stand in two counties."""

    def __init__(self, store: Store) -> None:
        clock = Clock()
        self.jobs_store = store
        self.jobs = SpeakerJobs(store, clock)
        self.registry = SpeakerRegistry(store, clock)
        self.desk = WarningDesk(store, clock, followers=[LoudspeakerFollower(self.jobs, warning_reply)])

    async def to_say(self) -> dict[str, list[str]]:
        """By device, the colour of what it is to say, or `end`."""
        valid = {(one.warning, one.version): one for one in await self.jobs.valid()}
        concerned = await self.jobs.concerned(list(valid))
        return {
            speaker: ["end" if valid[key].cancel else str(valid[key].colour) for key in keys]
            for speaker, (_, keys) in concerned.items()
        }


@pytest.fixture
async def rig(any_store: Store) -> Rig:
    rig = Rig(any_store)
    await rig.registry.add_all([NewSpeaker("here", HERE, "x"), NewSpeaker("there", THERE, "x")])
    return rig


async def test_what_comes_in_is_to_be_said_where_it_holds(rig: Rig) -> None:
    await rig.desk.take(warning("A"))
    assert await rig.to_say() == {"here": ["1"]}
    (one,) = await rig.jobs.valid()
    assert "暴雨" in one.text
    assert one.expires == info().expires


async def test_updates_and_ends_follow_the_original(rig: Rig) -> None:
    await rig.desk.take(warning("A"))
    await rig.desk.take(warning("B", 5, "A", infos=[info("orange", (COUNTY, THERE[:6]))]))
    assert await rig.to_say() == {"here": ["2"], "there": ["2"]}
    await rig.desk.take(warning("A"))
    assert await rig.to_say() == {"here": ["2"], "there": ["2"]}
    await rig.desk.take(cancel("C", 10, "B"))
    assert await rig.to_say() == {"here": ["end"], "there": ["end"]}
    rig.desk.clock.later(hours=6)
    assert await rig.to_say() == {}


async def test_one_cancel_ends_two_warnings(rig: Rig) -> None:
    await rig.desk.take(warning("A"))
    await rig.desk.take(warning("B", 1, infos=[info("blue", (COUNTY, THERE[:6]))]))
    assert await rig.to_say() == {"here": ["1", "4"], "there": ["4"]}
    await rig.desk.take(cancel("C", 10, "A", "B"))
    assert await rig.to_say() == {"here": ["end"], "there": ["end"]}


@pytest.mark.parametrize("status", [Status.TEST, Status.EXERCISE, Status.SYSTEM, Status.DRAFT])
async def test_nothing_but_the_real_thing_is_said(rig: Rig, status: Status) -> None:
    await rig.desk.take(replace(warning("A"), status=status))
    assert await rig.to_say() == {}


async def test_an_update_that_was_over_when_it_came_silences_what_went_out_before(rig: Rig) -> None:
    await rig.desk.take(warning("A"))
    rig.desk.clock.later(hours=2)
    over = info("red", onset=NOON, expires=NOON + timedelta(hours=1))
    await rig.desk.take(warning("B", 10, "A", infos=[over]))
    assert await rig.to_say() == {}


async def test_the_report_shows_what_went_out_under_both_names_of_chains_that_became_one(rig: Rig) -> None:
    await rig.desk.take(warning("A"))
    await rig.desk.take(warning("B", 1))
    taken = await rig.desk.take(warning("C", 5, "A", "B"))
    found = await Reports(rig.jobs_store, OutboxDeliveries(), rig.jobs).of(taken.warning_id or "")
    assert found is not None
    assert sorted((job.speaker, job.version) for job in found.speakers) == [("here", 1), ("here", 1), ("here", 2)]
