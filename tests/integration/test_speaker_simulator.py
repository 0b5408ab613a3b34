"""The simulated loudspeaker against the real server: by HTTP, and by MQTT with a real broker."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from bot.channels.speaker.link import Broker
from bot.channels.speaker.sound import Samples, chime_samples, wav_samples
from bot.channels.speaker.style import style
from bot.channels.speaker.wire import Jobs
from bot.simulator.player import Wait
from bot.speaker_simulator import Device, SimulatedSpeaker, speaker
from knowledge_base.store import Store
from knowledge_base.warnings.speakers import JobState
from nlu.speech.base import Clip, NoVoice
from nlu.speech.decode import RATE
from tests.acceptance.stage import free_port
from tests.fakes.broker import PASSWORD, SERVER, BrokerProcess
from tests.fakes.speakers import County, eventually, real_clock, until
from tests.fakes.web import hum


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[BrokerProcess]:
    broker = BrokerProcess(tmp_path / "broker", free_port())
    broker.start()
    yield broker
    broker.end(signal.SIGKILL)


@pytest.fixture(params=["http", "mqtt"])
async def county(request: pytest.FixtureRequest, store: Store, tmp_path: Path) -> County:
    """One device; `broker` is in the county's folder where the device comes by MQTT."""
    if request.param == "http":
        county = County(store, tmp_path)
        await county.add("east", volume=50)
        return county
    process: BrokerProcess = request.getfixturevalue("broker")
    county = County(store, tmp_path, broker=Broker.at(process.url, SERVER, PASSWORD))
    county.mqtt = process.url
    await county.add("east", volume=50)
    process.admit(await county.registry.broker_passwords())
    return county


async def no_time(_seconds: float) -> None:
    await asyncio.sleep(0)


class Held:
    """Time that passes when it is told to: a sound begins, and lasts until `go`."""

    def __init__(self) -> None:
        self.began = asyncio.Event()
        self.go = asyncio.Event()

    async def __call__(self, _seconds: float) -> None:
        self.began.set()
        await self.go.wait()


@asynccontextmanager
async def device(county: County, wait: Wait = no_time, name: str = "device") -> AsyncIterator[SimulatedSpeaker]:
    given = Device("east", county.keys["east"], county.folder / name, county.url, county.mqtt)
    one = SimulatedSpeaker(given, wait=wait)
    task = asyncio.create_task(one.run())
    try:
        yield one
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def played(county: County) -> list[tuple[int, JobState, list[tuple[int, int, str | None]]]]:
    return [
        (line.version, line.state, [(play.repeats, play.volume, play.error) for play in line.plays])
        for line in await county.jobs.report("storm")
    ]


def heard(county: County, name: str) -> Samples:
    return wav_samples((county.folder / "device" / name).read_bytes())


async def test_it_plays_chime_and_speech_as_often_and_as_loud_as_it_should(county: County) -> None:
    red = style().colours[1]
    async with county.serving(), device(county):
        await county.warn()
        await eventually(lambda: played(county), [(1, JobState.PLAYED, [(5, 50, None)])])
    sound = heard(county, "storm-1.wav")
    chime = chime_samples(style().chimes["siren"])
    once = chime.size + round((style().gap + 0.6) * RATE)
    assert sound.size / RATE == pytest.approx((red.repeat * once + 4 * red.pause * RATE) / RATE, abs=0.5)
    loudness = np.abs(sound[: chime.size].astype(int) - chime.astype(int) // 2)
    assert loudness.max() <= 1  # half as loud: the device's limit


async def test_it_is_seen_and_says_its_firmware(county: County) -> None:
    async def firmware() -> str | None:
        return (await county.registry.all())[0].firmware

    async with county.serving(), device(county):
        await eventually(firmware, "simulator 1")
    (east,) = await county.registry.all()
    assert east.last_seen is not None


async def test_a_cancel_stops_it_in_the_middle_and_says_that_it_is_over(county: County) -> None:
    held = Held()
    async with county.serving(), device(county, held):
        await county.warn()
        async with asyncio.timeout(60):
            await held.began.wait()
        await county.warn(version=2, cancel=True, text="暴雨红色预警解除。")
        await eventually(lambda: played(county), [(1, JobState.FAILED, [(0, 50, "stopped")]), (2, JobState.SENT, [])])
        held.go.set()


async def test_who_has_heard_the_warning_hears_that_it_is_over(county: County) -> None:
    async with county.serving(), device(county):
        await county.warn()
        await eventually(lambda: played(county), [(1, JobState.PLAYED, [(5, 50, None)])])
        await county.warn(version=2, cancel=True, text="暴雨红色预警解除。")
        over = (2, JobState.PLAYED, [(style().cancel.repeat, 50, None)])
        await eventually(lambda: played(county), [(1, JobState.PLAYED, [(5, 50, None)]), over])


async def test_a_device_that_was_away_plays_only_what_holds_when_it_returns(county: County) -> None:
    async with county.serving():
        await county.warn("hail", expires=real_clock() + timedelta(seconds=1))
        await county.warn("frost", colour=4)
        await county.warn("frost", version=2, cancel=True, text="解除。")
        await county.warn(colour=4)
        await asyncio.sleep(1.1)
        async with device(county):
            await eventually(lambda: played(county), [(1, JobState.PLAYED, [(1, 50, None)])])
    assert {path.name for path in (county.folder / "device").glob("*-?.wav")} == {"storm-1.wav"}


async def test_a_device_that_restarts_plays_nothing_twice(county: County) -> None:
    async with county.serving():
        await county.warn(colour=4)
        async with device(county):
            await eventually(lambda: played(county), [(1, JobState.PLAYED, [(1, 50, None)])])
        async with device(county) as again:
            async with asyncio.timeout(60):
                while await again.events.get() not in {"job list", "connected"}:
                    pass
            await county.warn("hail", colour=4)
            async with asyncio.timeout(60):
                while await again.events.get() != "played":
                    pass
    assert await played(county) == [(1, JobState.PLAYED, [(1, 50, None)])]


async def test_without_speech_it_sounds_its_chime_and_speaks_when_the_sound_comes(county: County) -> None:
    async def broken(text: str, *, slow: bool = False) -> Clip:
        raise NoVoice("no")

    county.mouth.speak = broken  # type: ignore[method-assign]
    async with county.serving(), device(county):
        await county.warn(colour=4)
        await eventually(lambda: played(county), [(1, JobState.FAILED, [(0, 50, "no_audio")])])
        assert heard(county, "storm-1.wav").size == chime_samples(style().chimes["bell"]).size

        async def well(text: str, *, slow: bool = False) -> Clip:
            return Clip(hum(), 0.6)

        county.mouth.speak = well  # type: ignore[method-assign]
        county.now = real_clock() + timedelta(seconds=31)
        after = [(0, 50, "no_audio"), (1, 50, None)]
        await eventually(lambda: played(county), [(1, JobState.PLAYED, after)])


async def test_records_wait_for_a_server_that_is_away(county: County) -> None:
    held = Held()
    async with device(county, held):
        async with county.serving():
            await county.warn(colour=4)
            async with asyncio.timeout(60):
                await held.began.wait()
        held.go.set()
        await asyncio.sleep(0.1)
        async with county.serving():
            await eventually(lambda: played(county), [(1, JobState.PLAYED, [(1, 50, None)])])


async def test_the_graver_one_goes_first_after_the_repeat_that_is_under_way(store: Store, tmp_path: Path) -> None:
    county = County(store, tmp_path)
    await county.add("east")
    order: list[str] = []

    async with county.serving(), device(county) as one:

        async def wait(_seconds: float) -> None:
            assert one.player.playing is not None
            order.append(one.player.playing.id)
            if len(order) == 1:
                await county.warn("flood", colour=1)
                await until_listed(one, "flood")

        one.player._wait = wait
        await county.warn("fog", colour=3)
        async with asyncio.timeout(60):
            while [*order].count("fog") < 3:
                await one.events.get()
    sounds = [name for number, name in enumerate(order) if number == 0 or name != order[number - 1]]
    assert sounds == ["fog", "flood", "fog"]


async def until_listed(one: SimulatedSpeaker, job: str) -> None:
    await until(lambda: any(listed.id == job for listed in one.player._jobs))


async def test_a_villagers_question_is_answered_into_a_file(store: Store, tmp_path: Path) -> None:
    county = County(store, tmp_path)
    await county.add("east")
    (tmp_path / "question.ogg").write_bytes(hum())
    asked = Device("east", county.keys["east"], tmp_path / "out", county.url, question=tmp_path / "question.ogg")
    async with county.serving():
        assert await asyncio.to_thread(speaker, asked) == 0
        wrong = Device("east", "x", tmp_path / "no", county.url, question=tmp_path / "question.ogg")
        assert await asyncio.to_thread(speaker, wrong) == 1
    assert wav_samples((tmp_path / "out" / "answer.wav").read_bytes()).size > RATE / 2
    assert not (tmp_path / "no").exists()
    assert county.handler.inbounds[0].user == "east"


def test_what_it_cannot_start_with_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert speaker(Device("east", "k", tmp_path)) == 2
    assert speaker(Device("east", "k", tmp_path, mqtt="mqtt://x", question=tmp_path / "q")) == 2
    assert capsys.readouterr().err.count("--server is needed") == 2
    assert speaker(Device("east", "k", tmp_path, mqtt="http://x")) == 2
    assert speaker(Device("east", "k", tmp_path, server="http://x", question=tmp_path / "missing")) == 2


def test_a_damaged_memory_is_begun_anew(tmp_path: Path) -> None:
    (tmp_path / "memory.json").write_text("{")
    asyncio.run(_runs(tmp_path))


async def _runs(folder: Path) -> None:
    one = SimulatedSpeaker(Device("east", "k", folder, "http://127.0.0.1:1"))
    one.player.take(Jobs(jobs=[]))
    assert one.player.playing is None
