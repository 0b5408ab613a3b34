"""`xiangyin speaker`: a loudspeaker in software, by HTTP or MQTT; what it plays goes into WAV files."""

import asyncio
import contextlib
import signal
import sys
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import httpx

from bot.channels.speaker.link import BadBroker, Broker
from bot.simulator.lines import BrokerLine, NoAnswer, PullLine, ask, fetch, house
from bot.simulator.memory import Memory
from bot.simulator.player import Player, Wait
from bot.terminal import refuse, say

ANSWER = "answer.wav"


@dataclass(frozen=True, slots=True)
class Device:
    """A device to be simulated. By `mqtt` where that is given, else by `server`; a question needs the `server`.

    `fast`: playing takes no time. `question` is a recording that is asked, and then it ends.
    """

    speaker: str
    key: str
    folder: Path
    server: str = ""
    mqtt: str = ""
    authority: Path | None = None
    fast: bool = False
    question: Path | None = None


async def _no_time(_seconds: float) -> None:
    await asyncio.sleep(0)


class SimulatedSpeaker:
    """A device that runs. Raises `BadBroker` for a broker's address that is none."""

    def __init__(
        self, device: Device, *, wait: Wait | None = None, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        memory = Memory(device.folder)
        self.events: asyncio.Queue[str] = asyncio.Queue(maxsize=1000)
        """What happens on the line, the last thousand."""
        self.player = Player(
            device.folder,
            memory,
            fetch,
            clock=clock,
            wait=wait or (_no_time if device.fast else asyncio.sleep),
            new_id=lambda: uuid.uuid4().hex,
            on_record=self._recorded,
        )
        self.line: BrokerLine | PullLine
        if device.mqtt:
            broker = Broker.at(device.mqtt, device.speaker, device.key, device.authority)
            self.line = BrokerLine(broker, device.speaker, self.player, memory, self._told)
        else:
            self.line = PullLine(
                partial(house, device.server, device.speaker, device.key),
                device.speaker,
                self.player,
                memory,
                self._told,
            )

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.player.run())
            group.create_task(self.line.run())

    def _recorded(self) -> None:
        self._told("played")
        self.line.report()

    def _told(self, event: str) -> None:
        if self.events.full():
            self.events.get_nowait()
        self.events.put_nowait(event)


def speaker(device: Device) -> int:
    """Run until interrupted, or ask one question; 2 when it cannot start, 1 when there is no answer."""
    if not device.server and (device.question or not device.mqtt):
        return refuse("要写 --server URL / --server is needed")
    try:
        return asyncio.run(_question(device) if device.question else _until_stopped(device))
    except (BadBroker, OSError) as fault:
        return refuse(str(fault))


async def _question(device: Device) -> int:
    if device.question is None:
        raise ValueError("no question")
    try:
        answer = await ask(device.server, device.speaker, device.key, device.question.read_bytes())
    except (NoAnswer, httpx.TransportError) as fault:
        sys.stderr.write(f"没有回答 / no answer: {fault}\n")
        return 1
    device.folder.mkdir(parents=True, exist_ok=True)
    (device.folder / ANSWER).write_bytes(answer)
    say(str(device.folder / ANSWER))
    return 0


async def _until_stopped(device: Device) -> int:
    simulated = SimulatedSpeaker(device)
    task = asyncio.current_task()
    if task is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        async with asyncio.TaskGroup() as group:
            group.create_task(simulated.run())
            group.create_task(_tell(simulated))
    return 0


async def _tell(simulated: SimulatedSpeaker) -> None:
    while True:
        say(f"{datetime.now(UTC):%H:%M:%S} {await simulated.events.get()}")
