"""What is removed after how long: never a warning, nothing that waits, nothing younger than it should be."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.delivery.models import AttemptRow, LetterRow, OutboxRow
from bot.warnings.loudspeakers import LoudspeakerFollower
from bot.warnings.retention import DELIVERIES, RECORDS, Retention
from dialogs.warning_text import announcement
from knowledge_base.store import Store
from knowledge_base.warnings.broadcast import Broadcasts
from knowledge_base.warnings.broadcast_models import BroadcastRow, Outlet
from knowledge_base.warnings.models import RefusalRow, WarningRow
from knowledge_base.warnings.speaker_jobs import SpeakerJobs
from knowledge_base.warnings.speaker_models import SpeakerJobRow, SpeakerPlayRow, SpokenWarningRow
from knowledge_base.warnings.speaker_registry import NewSpeaker, SpeakerRegistry
from knowledge_base.warnings.speakers import Play
from tests.fakes.warning_desk import COUNTY, NOON, Clock, WarningDesk, person, warning

ALL = (OutboxRow, AttemptRow, LetterRow, RefusalRow, BroadcastRow, SpeakerPlayRow, SpeakerJobRow, SpokenWarningRow)


@pytest.fixture
async def desk(any_store: Store) -> WarningDesk:
    """A warning was sent to one of two people and played; a document was refused."""
    clock = Clock()
    jobs = SpeakerJobs(any_store, clock)
    written = Broadcasts(any_store, "410184000000010100", [Outlet.HTTP], clock)
    desk = WarningDesk(any_store, clock, [LoudspeakerFollower(jobs, announcement), written])
    await SpeakerRegistry(any_store, clock).add_all([NewSpeaker("here", COUNTY + "001001", "x")])
    await desk.people(person("zhang"))
    taken = await desk.take(warning("A"))
    await desk.intake.take(b"<alert", "test")
    await desk.send()
    play = Play("1", taken.warning_id or "", 1, NOON, NOON + timedelta(minutes=1), 5, 80)
    assert await jobs.played([("here", play)]) == 1
    return desk


async def counts(desk: WarningDesk) -> dict[str, int]:
    async with desk.store.session() as session:
        return {
            table.__tablename__: await session.scalar(select(func.count()).select_from(table)) or 0 for table in ALL
        }


async def test_everything_is_there_until_its_time_has_come(desk: WarningDesk) -> None:
    before = await counts(desk)
    assert set(before.values()) == {1}
    desk.clock.now = NOON + DELIVERIES
    assert await Retention(desk.store, desk.clock).run() == 0
    desk.clock.later(seconds=1)
    assert await Retention(desk.store, desk.clock).run() == 2
    left = await counts(desk)
    assert {name for name, count in left.items() if count == 0} == {"outbox", "delivery_attempts", "outbox_letters"}
    desk.clock.now = NOON + RECORDS
    assert await Retention(desk.store, desk.clock).run() == 0
    desk.clock.later(days=1)
    assert await Retention(desk.store, desk.clock).run() == 5
    assert set((await counts(desk)).values()) == {0}
    async with desk.store.session() as session:
        assert (await session.scalars(select(WarningRow.identifier))).all() == ["A"]


async def test_what_waits_and_a_letter_that_is_still_needed_stay(desk: WarningDesk) -> None:
    await desk.people(person("li"))
    async with desk.store.session() as session:
        (row,) = await session.scalars(select(OutboxRow))
        session.add(
            OutboxRow(
                id="w",
                channel="paper",
                user="li",
                topic=row.topic,
                payload={},
                priority=0,
                state="waiting",
                created_at=NOON,
                due_at=NOON,
                attempts=0,
                letter_id=row.letter_id,
            )
        )
    desk.clock.now = NOON + DELIVERIES + timedelta(days=1)
    assert await Retention(desk.store, desk.clock).run() == 1
    left = await counts(desk)
    assert (left["outbox"], left["outbox_letters"]) == (1, 1)
