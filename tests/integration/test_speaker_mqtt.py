"""Loudspeakers by MQTT, with a real Mosquitto that is stopped, killed, and loses its memory."""

import asyncio
import contextlib
import gc
import json
import os
import signal
import sys
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiomqtt import Client, MqttError

from bot.channels.speaker.link import Broker
from knowledge_base.store import Store
from knowledge_base.warnings.speakers import JobState
from tests.acceptance.stage import free_port
from tests.fakes.broker import PASSWORD, SERVER, BrokerProcess, certificate
from tests.fakes.speakers import County, eventually, real_clock, until


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[BrokerProcess]:
    """A broker that runs."""
    broker = BrokerProcess(tmp_path / "broker", free_port())
    broker.start()
    yield broker
    broker.end(signal.SIGKILL)


@pytest.fixture
async def county(store: Store, tmp_path: Path, broker: BrokerProcess) -> County:
    """Two devices that the broker knows."""
    county = County(store, tmp_path, broker=Broker.at(broker.url, SERVER, PASSWORD))
    await county.add("east", "west")
    broker.admit(await county.registry.broker_passwords())
    return county


class Ear:
    """Hears what the broker has for a device; `topics` are other ones than its own list."""

    def __init__(self, county: County, broker: BrokerProcess, speaker: str) -> None:
        self._line = Broker.at(broker.url, speaker, county.keys[speaker]).client(f"{speaker}-test")
        self._speaker = speaker
        self.client = self._line

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["Ear"]:
        async with self._line:
            await self._line.subscribe(f"xiangyin/speaker/{self._speaker}/job", qos=1)
            yield self

    async def next(self, seconds: float = 60) -> list[dict[str, Any]]:
        """The next list; of one that was cleared nothing."""
        async with asyncio.timeout(seconds):
            payload = (await anext(self._line.messages)).payload
        assert isinstance(payload, bytes)
        return json.loads(payload)["jobs"] if payload else []

    async def until(self, wanted: list[tuple[str, int]]) -> list[dict[str, Any]]:
        """The first list with exactly these jobs."""
        while True:
            jobs = await self.next()
            if [(job["id"], job["version"]) for job in jobs] == wanted:
                return jobs

    async def nothing(self, seconds: float = 0.3) -> bool:
        """Whether no list is kept for it."""
        try:
            async with asyncio.timeout(seconds):
                return not (await anext(self._line.messages)).payload
        except TimeoutError:
            return True


async def states(county: County) -> dict[str, JobState]:
    return {line.speaker: line.state for line in await county.jobs.report("storm")}


async def plays(county: County) -> list[str]:
    return [play.play for line in await county.jobs.report("storm") for play in line.plays]


async def lost(county: County) -> list[bool]:
    return [one.lost_at is not None for one in await county.registry.all()]


async def test_a_job_is_kept_for_the_device_and_counts_as_sent(county: County, broker: BrokerProcess) -> None:
    async with county.serving():
        await county.warn()
        async with Ear(county, broker, "east").listening() as ear:
            (job,) = await ear.until([("storm", 1)])
            assert job["audio"]["wav"]["url"].startswith(county.url)
        async with Ear(county, broker, "west").listening() as ear:  # comes later, and finds it
            await ear.until([("storm", 1)])
        await eventually(lambda: states(county), {"east": JobState.SENT, "west": JobState.SENT})


async def test_a_newer_version_and_a_cancel_take_its_place(county: County, broker: BrokerProcess) -> None:
    async with county.serving(), Ear(county, broker, "east").listening() as ear:
        await county.warn()
        await ear.until([("storm", 1)])
        await county.warn(version=2, colour=2)
        (job,) = await ear.until([("storm", 2)])
        assert job["colour"] == "orange"
        await county.warn(version=3, cancel=True, text="")
        (job,) = await ear.until([("storm", 3)])
        assert (job["cancel"], job["audio"]) == (True, None)


async def test_a_list_is_cleared_when_the_last_job_expires(county: County, broker: BrokerProcess) -> None:
    async with county.serving():
        await county.warn()
        async with Ear(county, broker, "east").listening() as ear:
            await ear.until([("storm", 1)])
            county.now = real_clock() + timedelta(hours=1)
            assert await ear.next() == []
        async with Ear(county, broker, "west").listening() as ear:
            assert await ear.nothing()


async def test_the_broker_drops_an_expired_job_while_the_server_is_away(county: County, broker: BrokerProcess) -> None:
    for version, seconds in enumerate((2, 10, 50), 1):  # longer, where the machine is too busy to hand it out in time
        over = real_clock() + timedelta(seconds=seconds)
        async with county.serving(), Ear(county, broker, "east").listening() as ear:
            await county.warn(version=version, expires=over)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await ear.until([("storm", version)])
                    break
    else:
        pytest.fail("the list was never handed out in time")
    await asyncio.sleep((over - real_clock()).total_seconds() + 0.1)
    async with Ear(county, broker, "east").listening() as ear:
        assert await ear.nothing()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
async def test_nothing_is_lost_while_the_broker_is_away(
    county: County, broker: BrokerProcess, how: signal.Signals
) -> None:
    link = county.service.link
    assert link is not None
    async with county.serving():
        async with asyncio.timeout(60):
            await link.connected.wait()
        await county.warn("hail")
        async with Ear(county, broker, "east").listening() as ear:
            await ear.until([("hail", 1)])
        broker.end(how)
        await until(lambda: not link.connected.is_set())
        await county.warn("storm")
        await county.warn("hail", version=2, cancel=True, text="")
        broker.forget()
        broker.start()
        async with Ear(county, broker, "west").listening() as ear:
            await ear.until([("hail", 2), ("storm", 1)])
    assert "speaker.broker" in county.observer.failures


async def test_a_server_that_comes_back_clears_what_has_ended_meanwhile(
    county: County, broker: BrokerProcess, store: Store, tmp_path: Path
) -> None:
    async with county.serving():
        await county.warn(expires=real_clock() + timedelta(hours=5))
        async with Ear(county, broker, "east").listening() as ear:
            await ear.until([("storm", 1)])
    again = County(store, tmp_path, broker=Broker.at(broker.url, SERVER, PASSWORD), now=real_clock())
    again.now = real_clock() + timedelta(hours=6)
    async with again.serving(), Ear(county, broker, "east").listening() as ear:
        while await ear.next():
            pass


async def test_records_come_back_also_those_sent_while_the_server_is_away(
    county: County, broker: BrokerProcess
) -> None:
    def record(play: str) -> str:
        moment = real_clock().isoformat()
        return json.dumps(
            {"play": play, "id": "storm", "version": 1, "started": moment, "ended": moment, "repeats": 5, "volume": 80}
        )

    link = county.service.link
    assert link is not None
    async with Ear(county, broker, "east").listening() as ear:
        topic = "xiangyin/speaker/east/"
        async with county.serving():
            await county.warn()
            await ear.until([("storm", 1)])
            await ear.client.publish(f"{topic}status", '{"firmware": "2.1", "volume": 60}', qos=1)
            for payload in ("{", "", b"\xff", "x" * 5000, '{"play": 1}', record("1"), record("1")):
                await ear.client.publish(f"{topic}played", payload, qos=1)
            await eventually(lambda: plays(county), ["1"])
        await ear.client.publish(f"{topic}played", record("2"), qos=1)
    assert county.observer.failures.count("speaker.message") == 5
    async with county.serving():
        await eventually(lambda: plays(county), ["1", "2"])
    east, west = await county.registry.all()
    assert (east.firmware, east.volume, west.last_seen) == ("2.1", 60, None)
    assert east.last_seen is not None


async def test_the_last_will_says_that_a_line_is_lost(county: County, broker: BrokerProcess) -> None:
    async with county.serving():
        await until(county.service.link.connected.is_set)  # type: ignore[union-attr]
        async with Ear(county, broker, "east").listening() as ear:
            await ear.client.publish("xiangyin/speaker/east/status", '{"online": true}', qos=1)
            await ear.client.publish("xiangyin/speaker/east/status", '{"online": false}', qos=1)
        await eventually(lambda: lost(county), [True, False])


async def test_a_device_reads_and_writes_nothing_but_its_own(county: County, broker: BrokerProcess) -> None:
    async with county.serving(), Ear(county, broker, "west").listening() as west:
        await county.warn()
        await west.until([("storm", 1)])
        for kind, payload in (("job", '{"jobs":[]}'), ("status", '{"firmware":"bad"}')):
            with contextlib.suppress(MqttError):  # some brokers close the line of who does that
                async with Broker.at(broker.url, "east", county.keys["east"]).client("spy") as line:
                    await line.publish(f"xiangyin/speaker/west/{kind}", payload, qos=1, retain=True)
        async with Broker.at(broker.url, "east", county.keys["east"]).client("spy") as line:
            await line.subscribe("xiangyin/speaker/#", qos=1)
            async with asyncio.timeout(60):
                first = await anext(line.messages)
            assert first.topic.value == "xiangyin/speaker/east/job"
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.2):
                    await anext(line.messages)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await west.next()
    assert [one.firmware for one in await county.registry.all()] == [None, None]


async def test_a_void_key_does_not_open_the_broker(county: County, broker: BrokerProcess) -> None:
    old = county.keys["east"]
    county.keys["east"] = await county.registry.renew("east")
    await county.registry.disable("west")
    broker.admit(await county.registry.broker_passwords())
    broker.end()
    broker.start()
    for speaker, key in (("east", old), ("west", county.keys["west"]), ("east", ""), ("nobody", "x")):
        with pytest.raises(MqttError):
            await _connect(Broker.at(broker.url, speaker, key).client("try"))
    await _connect(Broker.at(broker.url, "east", county.keys["east"]).client("try"))


async def _connect(client: Client) -> None:
    async with client:
        pass


async def test_a_broker_that_refuses_is_tried_again(county: County, broker: BrokerProcess, store: Store) -> None:
    wrong = County(store, county.folder, broker=Broker.at(broker.url, SERVER, "wrong"))
    async with wrong.serving():
        await until(lambda: wrong.observer.failures.count("speaker.broker") >= 3)


@pytest.mark.timeout(400)
async def test_servers_that_are_killed_lose_nothing_and_never_go_back(
    county: County, broker: BrokerProcess, tmp_path: Path
) -> None:
    kills = 12
    program = [sys.executable, "-m", "tests.fakes.killed_speaker_server", f"sqlite+aiosqlite:///{tmp_path / 'test.db'}"]
    versions: list[int] = []
    async with Ear(county, broker, "east").listening() as ear:
        process = await asyncio.create_subprocess_exec(
            *program, str(tmp_path), broker.url, str(kills), stdin=asyncio.subprocess.PIPE, start_new_session=True
        )
        try:
            while versions[-1:] != [kills]:  # on a busy machine most are killed before they have told anything
                versions += [job["version"] for job in await ear.next(110)]
            async with Ear(county, broker, "west").listening() as other:
                await other.until([("storm", kills)])
        finally:
            os.killpg(process.pid, signal.SIGKILL)  # with the server that it may have started
            await process.wait()
    assert versions == sorted(versions)


async def test_a_broker_with_tls_is_believed_only_with_a_certificate_that_is_trusted(
    store: Store, tmp_path: Path
) -> None:
    authority = certificate(tmp_path / "tls")
    broker = BrokerProcess(tmp_path / "broker", free_port(), tls=tmp_path / "tls")
    broker.start()
    try:
        trusting = County(store, tmp_path, broker=Broker.at(broker.url, SERVER, PASSWORD, authority))
        async with trusting.serving():
            link = trusting.service.link
            assert link is not None
            async with asyncio.timeout(60):
                await link.connected.wait()
        careful = County(store, tmp_path, broker=Broker.at(broker.url, SERVER, PASSWORD))
        async with careful.serving():
            await until(lambda: "speaker.broker" in careful.observer.failures)
            assert not careful.service.link.connected.is_set()  # type: ignore[union-attr]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)  # paho leaves the socket of a refused certificate open
            gc.collect()
    finally:
        broker.end(signal.SIGKILL)
