"""Turns typed, spoken, over the WebSocket and under load, search, loudspeakers, warnings, delivery, cold start, memory, disk."""

import asyncio
import json
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import httpx
import yaml
from websockets.asyncio.client import ClientConnection, connect

from bot.app import System, assemble, system_clock
from bot.log import set_up_logging
from bot.settings import Settings
from dialogs.messages import Inbound, Voice
from nlu.speech.assets import assets
from nlu.understanding import Understander
from tests.acceptance.stage import free_port
from tests.bench.bookings import contested
from tests.bench.delivery import delivery
from tests.bench.figures import Timing, resident, show
from tests.bench.lexicon import lexicon
from tests.bench.load import load
from tests.bench.prices import prices
from tests.bench.search import search
from tests.bench.speakers import speakers
from tests.bench.warnings import warnings
from tests.eval.speech_hearing import PlainVosk
from tests.fakes.served import Served, served

ROOT = Path(__file__).parents[2]
CLIPS = ROOT / "tests" / "clips"
QUESTIONS = [
    "玉米叶子上有好多洞，长虫了咋整",
    "小猪拉稀咋办",
    "种地补贴咋领",
    "洋芋叶子发黑背后长白毛",
    "老板欠工钱不给",
]
PARTS = (
    "typed",
    "voice",
    "web",
    "lexicon",
    "search",
    "speakers",
    "warnings",
    "delivery",
    "prices",
    "bookings",
    "load",
    "start",
    "disk",
)
ROUNDS = 40
VOICE_ROUNDS = 4
VISITORS = 10


async def timed(name: str, count: int, call: Callable[[int], Awaitable[object]]) -> Timing:
    """Times of `count` calls, one after the other, after one that is not counted."""
    await call(0)
    times = []
    for number in range(count):
        started = time.perf_counter()
        await call(number)
        times.append((time.perf_counter() - started) * 1000)
    return Timing(name, times)


async def typed(system: System) -> None:
    """A typed turn beside the bare understanding call that it contains."""
    understander: Understander = system.understanding.understander

    async def bare(number: int) -> object:
        return await understander.parse(QUESTIONS[number % len(QUESTIONS)])

    async def turn(number: int) -> object:
        text = QUESTIONS[number % len(QUESTIONS)]
        inbound = Inbound("bench", uuid.uuid4().hex, uuid.uuid4().hex, system_clock(), text=text)
        return await system.assistant.turn(inbound)

    count = ROUNDS * len(QUESTIONS)
    baseline = await timed("bare understanding call (Rasa)", count, bare)
    show(baseline.row())
    show((await timed("typed turn, in process", count, turn)).row(baseline))


async def spoken(system: System) -> None:
    """A voice turn and the ear alone, beside plain Vosk on the same clips."""
    await system.ear.warm()
    plain = PlainVosk(system.settings.ear_model or system.settings.models / assets()["ear"].folder)
    names = [row["name"] for row in yaml.safe_load((CLIPS / "clips.yaml").read_text("utf-8"))]
    clips = [(CLIPS / f"{name}.ogg").read_bytes() for name in names]

    async def turn(recording: bytes) -> object:
        inbound = Inbound("bench", uuid.uuid4().hex, uuid.uuid4().hex, system_clock(), voice=Voice(recording))
        return await system.assistant.turn(inbound)

    # In turn, clip by clip, so that all meet the same noise of the machine.
    calls = {"plain Vosk": plain.hear, "our ear": system.ear.hear, "voice turn, in process": turn}
    times: dict[str, list[float]] = {name: [] for name in calls}
    for number in range(VOICE_ROUNDS * len(clips)):
        for name, call in calls.items():
            started = time.perf_counter()
            await call(clips[number % len(clips)])
            if number >= len(clips):  # the first round warms
                times[name].append((time.perf_counter() - started) * 1000)
    baseline = Timing("plain Vosk", times.pop("plain Vosk"))
    show(baseline.row())
    for name, some in times.items():
        show(Timing(name, some).row(baseline))


async def over_websocket(one: Served) -> None:
    """A typed turn through the web chat, by visitors who each ask a few questions."""
    page = one.url
    times: list[float] = []
    for _ in range(VISITORS):
        async with httpx.AsyncClient(trust_env=False) as client:
            cookie = (await client.get(page)).headers["set-cookie"].split(";")[0]
        headers = {"Origin": page, "Cookie": cookie}
        async with connect(f"ws://127.0.0.1:{one.port}/chat", additional_headers=headers) as socket:

            async def turn(number: int, socket: ClientConnection = socket) -> object:
                message = {"type": "text", "id": str(uuid.uuid4()), "text": QUESTIONS[number]}
                await socket.send(json.dumps(message))
                while (answer := json.loads(await socket.recv()))["type"] != "answer":
                    pass
                return answer

            times += (await timed("", len(QUESTIONS), turn)).times
    show(Timing("typed turn, over WebSocket", times).row())


def first_answer() -> None:
    """From nothing running to the first answer, on the command line."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-m", "bot.cli", "ask", QUESTIONS[0]], check=True, stdout=subprocess.DEVNULL)
    show(f"{'cold start to first answer (xiangyin ask)':<44} {time.perf_counter() - started:.1f} s")


def disk() -> None:
    """What set-up has put on the disk."""
    for folder in (".venv", ".venv-rasa", "var/models", "var/rasa"):
        used = subprocess.run(["du", "-sm", str(ROOT / folder)], capture_output=True, text=True, check=False).stdout
        show(f"{'disk: ' + folder:<44} {used.split()[0] if used else '-'} MB")


async def without_a_system(work: Path, settings: Settings, parts: Sequence[str]) -> None:
    """The parts that need no running assistant."""
    if "search" in parts:
        await search(work, settings.home / "cache")
    if "speakers" in parts:
        await speakers(work)
    if "warnings" in parts:
        await warnings(work)
    if "delivery" in parts:
        await delivery(work)
    if "prices" in parts:
        await prices(work)
    if "bookings" in parts:
        await contested()
    if "load" in parts:
        await asyncio.to_thread(load, work)


async def run(settings: Settings, parts: Sequence[str]) -> None:
    """The parts that were asked for; all of them by default."""
    with tempfile.TemporaryDirectory(prefix="xiangyin-bench-") as folder:
        work = Path(folder)
        if {"typed", "voice"} & set(parts):
            database = f"sqlite+aiosqlite:///{work / 'bench.db'}"
            async with assemble(settings, work / "run", database=database, wait=True) as system:
                if "typed" in parts:
                    await typed(system)
                if "voice" in parts:
                    await spoken(system)
        if "web" in parts:
            started = time.perf_counter()
            with served(work / "home", free_port(), voice=True) as one:
                await asyncio.to_thread(one.wait_until, "/readyz", '"ready"')
                show(f"{'cold start to the page (xiangyin serve)':<44} {time.perf_counter() - started:.1f} s")
                await asyncio.to_thread(one.ready)
                await over_websocket(one)
                show(f"{'memory: application':<44} {resident(one.process.pid):.0f} MB resident")
                for child in one.children():
                    show(f"{'memory: understanding service':<44} {resident(child):.0f} MB resident")
    if "lexicon" in parts:
        lexicon()
    with tempfile.TemporaryDirectory(prefix="xiangyin-bench-") as folder:
        await without_a_system(Path(folder), settings, parts)
    if "start" in parts:
        first_answer()
    if "disk" in parts:
        disk()


if __name__ == "__main__":
    set_up_logging("ERROR")
    asyncio.run(run(Settings(), sys.argv[1:] or PARTS))
