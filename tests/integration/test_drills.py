"""Drills: heard by loudspeakers and officers where that is allowed, said to be drills, and never by the public."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from bot.delivery.models import OutboxRow
from bot.warnings.calling import drill_followers
from knowledge_base.store import Store
from knowledge_base.warnings.alert import Status
from knowledge_base.warnings.broadcast import Broadcasts
from knowledge_base.warnings.broadcast_models import BroadcastRow, Outlet
from knowledge_base.warnings.emergency import read_ebd
from knowledge_base.warnings.intake import Outcome
from knowledge_base.warnings.models import OfficerRow, Role
from knowledge_base.warnings.speaker_jobs import SpeakerJobs
from knowledge_base.warnings.speaker_registry import NewSpeaker, SpeakerRegistry
from tests.fakes.warning_desk import COUNTY, Clock, WarningDesk, cancel, person, warning

DRILL = Status.EXERCISE


class Rig:
    """A county with a farmer, a loudspeaker, and two officers of whom one is of another county."""

    def __init__(self, store: Store, *, drills: bool) -> None:
        clock = Clock()
        self.store = store
        self.jobs = SpeakerJobs(store, clock, drills=drills)
        self.desk = WarningDesk(store, clock)
        broadcasts = Broadcasts(store, "410184000000010100", [Outlet.HTTP], clock, drills=drills)
        told = drill_followers(self.desk.outbox, self.jobs, clock, drills=drills, broadcasts=broadcasts)
        self.desk = WarningDesk(store, clock, drill_followers=told)

    async def settle_in(self) -> None:
        clock = self.desk.clock
        await SpeakerRegistry(self.store, clock).add_all([NewSpeaker("here", COUNTY + "001001", "x")])
        await self.desk.people(person("farmer"))
        async with self.store.session() as session:
            for user, place in (("chen", COUNTY), ("far", "410185")):
                for role in (Role.DUTY, Role.COMMITTEE):
                    session.add(OfficerRow(place=place, channel="paper", user=user, role=role, shown=user))

    async def phones(self) -> list[tuple[str, str]]:
        async with self.store.session() as session:
            rows = (await session.scalars(select(OutboxRow).order_by(OutboxRow.topic, OutboxRow.user))).all()
        return [(row.user, row.payload["text"]) for row in rows]


@pytest.fixture
async def rig(any_store: Store) -> Rig:
    rig = Rig(any_store, drills=True)
    await rig.settle_in()
    return rig


async def test_a_drill_says_first_and_last_that_it_is_one_and_no_farmer_gets_it(rig: Rig) -> None:
    taken = await rig.desk.take(warning("A", status=DRILL))
    assert taken.outcome is Outcome.NOT_PUBLIC
    ((user, text),) = await rig.phones()
    assert user == "chen"
    assert text.startswith("【演习，不是真的】")
    assert text.endswith("这是演习，不是真的。")
    (spoken,) = await rig.jobs.valid()
    assert spoken.drill
    assert spoken.text.startswith("演习，演习，这不是真的。")
    assert spoken.text.endswith("再说一遍，这是演习，不是真的。")
    async with rig.store.session() as session:
        (row,) = await session.scalars(select(BroadcastRow))
        (message,) = await session.scalars(select(OutboxRow))
    assert row.document is not None
    assert read_ebd(row.document).status is Status.EXERCISE
    assert message.payload["choices"] == []  # 需要帮助 would alarm somebody for nothing


async def test_a_drill_is_changed_and_ended_and_twice_is_once(rig: Rig) -> None:
    await rig.desk.take(warning("A", status=DRILL))
    await rig.desk.take(warning("A", status=DRILL))
    await rig.desk.take(warning("B", 5, "A", status=DRILL))
    (one,) = await rig.jobs.valid()
    assert (one.version, one.cancel) == (2, False)
    await rig.desk.take(warning("old", 3, "A", status=DRILL))
    await rig.desk.take(cancel("C", 10, "B", status=DRILL))
    (one,) = await rig.jobs.valid()
    assert (one.version, one.cancel) == (3, True)
    assert [user for user, _ in await rig.phones()] == ["chen"] * 3


async def test_a_drill_and_the_real_thing_of_the_same_name_do_not_touch_each_other(rig: Rig) -> None:
    await rig.desk.take(warning("A", status=DRILL))
    await rig.desk.take(warning("A"))
    await rig.desk.take(cancel("C", 5, "A", status=DRILL))
    async with rig.store.session() as session:
        rows = await session.execute(select(OutboxRow.state).where(OutboxRow.user == "farmer"))
    assert list(rows.scalars()) == ["waiting"]
    (real,) = rig.desk.bulletins
    assert real.alert.status is Status.ACTUAL


async def test_the_end_of_a_drill_that_never_came_and_a_test_tell_nobody(rig: Rig) -> None:
    await rig.desk.take(cancel("C", 10, "never", status=DRILL))
    await rig.desk.take(warning("T", status=Status.TEST))
    await rig.desk.take(replace(warning("D"), status=Status.DRAFT))
    assert await rig.phones() == []
    assert await rig.jobs.valid() == []


async def test_where_drills_are_off_nobody_hears_of_them(store: Store) -> None:
    rig = Rig(store, drills=False)
    await rig.settle_in()
    await rig.desk.take(warning("A", status=DRILL))
    assert await rig.phones() == []
    assert await rig.jobs.valid() == []
