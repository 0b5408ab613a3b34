"""Loudspeakers by MQTT: how long until all of them have a warning and its end, and until all their records are kept."""

import asyncio
import contextlib
import json
import signal
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aiomqtt import Client

from bot.channels.speaker.link import Broker
from knowledge_base.store import Store
from knowledge_base.warnings.speaker_registry import NewSpeaker
from tests.acceptance.stage import free_port
from tests.bench.figures import Timing, show
from tests.fakes.broker import PASSWORD, SERVER, BrokerProcess
from tests.fakes.speakers import VILLAGE, County, eventually

DEVICES = 2_000
CONNECTING = 50
REPEAT = 5
_NAMES = [f"s{number:04}" for number in range(DEVICES)]


@dataclass(slots=True)
class Light:
    """A device without sound: notes when a version comes, and says at once that it was played."""

    speaker: str
    client: Client
    came: dict[int, float] = field(default_factory=dict)
    lists: int = 0

    async def listen(self) -> None:
        """Until cancelled."""
        async for message in self.client.messages:
            if not isinstance(message.payload, bytes) or not message.payload:
                continue
            self.lists += 1
            for job in json.loads(message.payload)["jobs"]:
                if job["version"] not in self.came:
                    self.came[job["version"]] = time.perf_counter()
                    await self._report(job)

    async def _report(self, job: dict[str, object]) -> None:
        now = datetime.now(UTC).isoformat()
        record = {"play": uuid.uuid4().hex, "id": job["id"], "version": job["version"], "started": now, "ended": now}
        body = json.dumps(record | {"repeats": REPEAT, "volume": job["volume"]})
        await self.client.publish(f"xiangyin/speaker/{self.speaker}/played", body, qos=1, timeout=120)


async def speakers(work: Path) -> None:
    """The figures, with Mosquitto, SQLite and all devices on this machine, the devices in this process."""
    store = Store(f"sqlite+aiosqlite:///{work / 'speakers.db'}")
    await store.migrate()
    process = BrokerProcess(work / "broker", free_port())
    county = County(store, work, broker=Broker.at(process.url, SERVER, PASSWORD))
    county.keys = await county.registry.add_all([NewSpeaker(name, VILLAGE, name) for name in _NAMES])
    process.admit(await county.registry.broker_passwords())
    process.start()
    try:
        async with contextlib.AsyncExitStack() as stack, asyncio.TaskGroup() as listening:
            devices = await _connected(county, process, stack)
            tasks = [listening.create_task(device.listen()) for device in devices]
            async with county.serving():
                await _figures(county, devices)
            for task in tasks:
                task.cancel()
    finally:
        process.end(signal.SIGKILL)
        await store.close()


async def _connected(county: County, process: BrokerProcess, stack: contextlib.AsyncExitStack) -> list[Light]:
    started = time.perf_counter()
    room = asyncio.Semaphore(CONNECTING)

    async def connect(name: str) -> Light:
        client = Broker.at(process.url, name, county.keys[name]).client(name, timeout=60)
        async with room:
            await stack.enter_async_context(client)
            await client.subscribe(f"xiangyin/speaker/{name}/job", qos=1)
        return Light(name, client)

    devices = await asyncio.gather(*(connect(name) for name in _NAMES))
    show(f"{f'loudspeakers: {DEVICES} connected':<44} {time.perf_counter() - started:9.1f} s")
    return devices


async def _figures(county: County, devices: list[Light]) -> None:
    for version, name in ((1, "a warning, committed to received"), (2, "its end, committed to received")):
        started = time.perf_counter()
        cancel: dict[str, Any] = {"cancel": True, "text": ""} if version == 2 else {}
        await county.warn(version=version, expires=datetime.now(UTC) + timedelta(hours=1), **cancel)
        show(f"{f'loudspeakers: {DEVICES} jobs written':<44} {(time.perf_counter() - started) * 1000:9.1f} ms")
        committed = time.perf_counter()
        await eventually(lambda version=version: _count(devices, version), DEVICES, 120)  # type: ignore[misc]
        times = [(device.came[version] - committed) * 1000 for device in devices]
        show(Timing(f"loudspeakers: {name}", times).row() + f"   all {max(times):9.1f} ms")
        await eventually(lambda version=version: _recorded(county, version), DEVICES, 120)  # type: ignore[misc]
        show(f"{'loudspeakers: until all records are kept':<44} {time.perf_counter() - committed:9.1f} s")
    show(f"{'loudspeakers: lists received for 2 versions':<44} {sum(device.lists for device in devices):9}")


async def _count(devices: list[Light], version: int) -> int:
    return sum(version in device.came for device in devices)


async def _recorded(county: County, version: int) -> int:
    await asyncio.sleep(0.1)
    return sum(bool(line.plays) for line in await county.jobs.report("storm") if line.version == version)
