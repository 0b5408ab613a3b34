"""Fifty loudspeakers, and a broker that is killed and comes back without its memory: each gets and plays all that holds."""

import asyncio
import signal
from collections import Counter
from pathlib import Path

import pytest
from aiomqtt import MqttError

from bot.channels.speaker.link import Broker
from bot.channels.speaker.wire import Jobs, Played, Playing
from bot.simulator.lines import BrokerLine
from bot.simulator.memory import Memory
from knowledge_base.store import Store
from knowledge_base.warnings.speaker_registry import NewSpeaker
from tests.acceptance.stage import free_port
from tests.fakes.broker import PASSWORD, SERVER, BrokerProcess
from tests.fakes.speakers import VILLAGE, County, eventually, real_clock, until

NAMES = [f"s{number:02}" for number in range(50)]


class QuickPlayer:
    """Plays what it has not played yet in no time; `line` is told of the record."""

    playing: Playing | None = None
    volume = 80

    def __init__(self, name: str, memory: Memory) -> None:
        self._name = name
        self._memory = memory
        self.line: BrokerLine | None = None
        self.played: list[tuple[str, int]] = []

    def take(self, jobs: Jobs) -> None:
        for job in jobs.jobs:
            if self._memory.finished(job):
                continue
            now = real_clock()
            self.played.append((job.id, job.version))
            record = Played(
                play=f"{self._name}-{job.id}-{job.version}",
                id=job.id,
                version=job.version,
                started=now,
                ended=now,
                repeats=1,
                volume=80,
            )
            self._memory.played(job, record)
            assert self.line is not None
            self.line.report()


@pytest.mark.timeout(400)
async def test_each_of_fifty_gets_everything_though_the_broker_is_killed(store: Store, tmp_path: Path) -> None:
    broker = BrokerProcess(tmp_path / "broker", free_port())
    county = County(store, tmp_path, broker=Broker.at(broker.url, SERVER, PASSWORD))
    county.keys = await county.registry.add_all([NewSpeaker(name, VILLAGE, name) for name in NAMES])
    broker.admit(await county.registry.broker_passwords())
    broker.start()
    players: dict[str, QuickPlayer] = {}
    try:
        async with county.serving(), asyncio.TaskGroup() as group:
            tasks = []
            for name in NAMES:
                memory = Memory(tmp_path / name)
                player = players[name] = QuickPlayer(name, memory)
                own = Broker.at(broker.url, name, county.keys[name])
                player.line = BrokerLine(own, name, player, memory, lambda _: None)  # type: ignore[arg-type]
                tasks.append(group.create_task(player.line.run()))
            await county.warn("hail")
            await until(lambda: any(player.played for player in players.values()), 60)
            broker.end(signal.SIGKILL)  # while it hands the list out
            broker.forget()
            await county.warn("storm")
            await county.warn("hail", version=2, cancel=True, text="")
            broker.start()
            link = county.service.link
            assert link is not None
            wanted = {("storm", 1), ("hail", 2)}
            await until(lambda: all(wanted <= set(player.played) for player in players.values()), 120)
            await eventually(lambda: _records(county), {("storm", 1): len(NAMES), ("hail", 2): len(NAMES)}, 120)
            for task in tasks:
                task.cancel()
    finally:
        broker.end(signal.SIGKILL)
    for player in players.values():
        assert len(set(player.played)) == len(player.played), "nothing is played twice"


async def test_a_server_stops_though_the_line_breaks_at_the_same_moment(store: Store, tmp_path: Path) -> None:
    county = County(store, tmp_path, broker=Broker.at("mqtt://127.0.0.1:1", SERVER, PASSWORD))
    link, connected = county.service.link, asyncio.Event()
    assert link is not None

    async def session() -> None:
        connected.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise MqttError("disconnected") from None

    link._session = session  # type: ignore[method-assign]
    line = asyncio.create_task(link.run())
    await connected.wait()
    line.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(line, 60)


async def _records(county: County) -> dict[tuple[str, int], int]:
    counts = Counter[tuple[str, int]]()
    for warning in ("storm", "hail"):
        counts.update((warning, line.version) for line in await county.jobs.report(warning) for _ in line.plays)
    return {key: count for key, count in counts.items() if key != ("hail", 1)}
