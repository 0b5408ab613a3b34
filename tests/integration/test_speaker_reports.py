"""What devices tell of themselves, while the store does not answer."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from bot.channels.speaker import reports as module
from bot.channels.speaker.reports import Full, Reports
from bot.channels.speaker.wire import Status
from knowledge_base.store import Store
from knowledge_base.warnings.speaker_jobs import SpeakerJobs
from knowledge_base.warnings.speaker_registry import SpeakerRegistry
from knowledge_base.warnings.speakers import Play, SpokenWarning
from knowledge_base.warnings.territory import Territory
from tests.conftest import NOW
from tests.fakes.house import CountingObserver
from tests.fakes.speakers import VILLAGE, eventually, until


class Rig:
    """Reports on a store that can be taken away."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.observer = CountingObserver()
        self.registry = SpeakerRegistry(store, lambda: NOW)
        self.jobs = SpeakerJobs(store, lambda: NOW)
        self.reports = Reports(self.registry, self.jobs, lambda: NOW, self.observer)

    async def prepare(self) -> None:
        await self.registry.add("east", VILLAGE, "x")
        async with self.store.session() as session:
            area = Territory((VILLAGE,))
            await self.jobs.put(session, SpokenWarning("storm", 1, 1, "雨", NOW + timedelta(hours=1), area))

    async def plays(self) -> int:
        return sum(len(line.plays) for line in await self.jobs.report("storm"))

    async def told(self) -> tuple[object, ...]:
        (east,) = await self.registry.all()
        return east.firmware, east.volume, east.last_seen


@pytest.fixture
async def rig(store: Store, monkeypatch: pytest.MonkeyPatch) -> Rig:
    monkeypatch.setattr(module, "GATHER", 0.01)
    monkeypatch.setattr(module, "AGAIN", 0.01)
    rig = Rig(store)
    await rig.prepare()
    return rig


def play(number: int) -> Play:
    return Play(str(number), "storm", 1, NOW, NOW, 1, 50)


async def test_nothing_is_lost_while_the_store_is_away(rig: Rig) -> None:
    running = asyncio.create_task(rig.reports.run())
    async with rig.store.session() as session:
        await session.execute(text("ALTER TABLE speaker_plays RENAME TO away"))
    rig.reports.played("east", play(1))
    rig.reports.status("east", Status(firmware="2.1"))
    await until(lambda: "speaker.reports" in rig.observer.failures)
    rig.reports.played("east", play(2))
    rig.reports.status("east", Status(volume=40))
    async with rig.store.session() as session:
        await session.execute(text("ALTER TABLE away RENAME TO speaker_plays"))
    await eventually(rig.plays, 2)
    await eventually(rig.told, ("2.1", 40, NOW))
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_what_is_held_is_written_when_the_server_stops(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GATHER", 60)
    running = asyncio.create_task(rig.reports.run())
    await asyncio.sleep(0)
    rig.reports.played("east", play(1))
    await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert await rig.plays() == 1


async def test_what_is_held_is_bounded(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_PLAYS", 2)
    rig.reports.played("east", play(1))
    rig.reports.played("east", play(2))
    with pytest.raises(Full):
        rig.reports.played("east", play(3))
