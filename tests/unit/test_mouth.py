"""The mouth without its voice: one synthesis for one text, bounds, the cache on disk."""

import asyncio
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from bot.settings import Settings
from nlu.speech import opus
from nlu.speech.assets import assets
from nlu.speech.base import Clip, NoVoice
from nlu.speech.clip_cache import ClipCache
from nlu.speech.kokoro_mouth import KokoroMouth
from nlu.speech.kokoro_voice import RATE


class Hum:
    """A voice that hums half a second for each sentence, when it is let."""

    def __init__(self) -> None:
        self.said: list[list[str]] = []
        self.let = threading.Event()
        self.let.set()

    def load(self) -> None:
        return

    def samples(self, sentences: list[str], pace: float) -> NDArray[np.float32]:
        self.said.append(sentences)
        assert self.let.wait(60)
        if "坏" in sentences[0]:
            raise NoVoice("synthesis failed")
        return np.full(round(len(sentences) * RATE / 2 * 0.9 / pace), 0.1, dtype=np.float32)


@pytest.fixture
def hum() -> Hum:
    return Hum()


def new_mouth(folder: Path, hum: Hum, waiting: int = 4) -> KokoroMouth:
    mouth = KokoroMouth(folder / "model", folder / "cache", voice="zm_yunxi", pace=0.9, waiting=waiting)
    mouth._voice = hum  # type: ignore[assignment]
    return mouth


@pytest.fixture
def mouth(tmp_path: Path, hum: Hum) -> Iterator[KokoroMouth]:
    mouth = new_mouth(tmp_path, hum)
    yield mouth
    hum.let.set()
    mouth.close()


async def test_a_clip_is_kept_and_found_again(mouth: KokoroMouth, hum: Hum, tmp_path: Path) -> None:
    clip = await mouth.speak("打2遍药")
    assert clip.data.startswith(b"OggS")
    assert clip.seconds == pytest.approx(0.5, abs=0.05)
    assert clip.mime == "audio/ogg"
    other = new_mouth(tmp_path, hum)
    assert await other.speak("打两遍药") == clip
    assert len(hum.said) == 1
    other.close()


async def test_the_same_text_at_once_is_synthesised_once(mouth: KokoroMouth, hum: Hum) -> None:
    clips = await asyncio.gather(*(mouth.speak("今天有大雨") for _ in range(5)))
    assert len(set(clips)) == 1
    assert len(hum.said) == 1
    assert mouth.queue_length == 0


async def test_slow_is_slower_and_kept_apart(mouth: KokoroMouth, hum: Hum) -> None:
    usual = await mouth.speak("今天有大雨")
    slow = await mouth.speak("今天有大雨", slow=True)
    assert slow.seconds > 1.2 * usual.seconds
    assert await mouth.speak("今天有大雨") == usual
    assert await mouth.speak("今天有大雨", slow=True) == slow
    assert len(hum.said) == 2


async def asked(mouth: KokoroMouth, text: str, waiting: int) -> asyncio.Task[Clip]:
    """Ask, and return once the question is in the queue."""
    task = asyncio.create_task(mouth.speak(text))
    while mouth.queue_length < waiting:  # noqa: ASYNC110 - the queue has no event of its own
        await asyncio.sleep(0.005)
    return task


async def test_an_asker_that_goes_away_takes_nothing_from_the_others(mouth: KokoroMouth, hum: Hum) -> None:
    hum.let.clear()
    first = await asked(mouth, "明天收麦子", 1)
    second = asyncio.create_task(mouth.speak("明天收麦子"))
    await asyncio.sleep(0)
    first.cancel()
    hum.let.set()
    assert (await second).seconds > 0
    assert len(hum.said) == 1
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_several_at_once_up_to_the_bound(tmp_path: Path, hum: Hum) -> None:
    mouth = KokoroMouth(tmp_path / "model", tmp_path / "cache", voice="zm_yunxi", pace=0.9, parallel=2)
    mouth._voice = hum  # type: ignore[assignment]
    hum.let.clear()
    tasks = [await asked(mouth, f"第{number}个问题", number) for number in (1, 2, 3)]
    while len(hum.said) < 2:  # noqa: ASYNC110 - synthesis begins in a thread, without an event
        await asyncio.sleep(0.005)
    assert len(hum.said) == 2
    hum.let.set()
    await asyncio.gather(*tasks)
    assert len(hum.said) == 3
    mouth.close()


async def test_one_too_many(tmp_path: Path, hum: Hum) -> None:
    mouth = new_mouth(tmp_path, hum, waiting=1)
    hum.let.clear()
    tasks = [await asked(mouth, "第一个问题", 1), await asked(mouth, "又一个问题", 2)]
    with pytest.raises(NoVoice):
        await mouth.speak("再一个问题")
    hum.let.set()
    assert len(await asyncio.gather(*tasks)) == 2
    mouth.close()


@pytest.mark.parametrize("text", ["", "😀", "很长。" * 300, "坏了"])
async def test_what_cannot_be_spoken(text: str, mouth: KokoroMouth) -> None:
    with pytest.raises(NoVoice):
        await mouth.speak(text)
    assert mouth.queue_length == 0


async def test_a_damaged_clip_is_made_anew(mouth: KokoroMouth, hum: Hum, tmp_path: Path) -> None:
    clip = await mouth.speak("今天有大雨")
    (kept,) = (tmp_path / "cache").glob("*/*.ogg")
    kept.write_bytes(b"broken")
    assert await mouth.speak("今天有大雨") == clip
    assert len(hum.said) == 2
    assert kept.read_bytes() == clip.data


async def test_a_full_disk_costs_only_the_cache(
    mouth: KokoroMouth, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(ClipCache, "put", full)
    assert (await mouth.speak("今天有大雨")).seconds > 0
    assert "No space left" in caplog.text
    assert "大雨" not in caplog.text


@pytest.mark.parametrize("voice", ["zm_yunxi", "nobody"])
async def test_without_a_model_there_is_no_voice(voice: str, tmp_path: Path) -> None:
    for asset in (None, assets()["mouth"]):
        mouth = KokoroMouth(tmp_path / "none", tmp_path / "cache", voice=voice, pace=1, asset=asset)
        with pytest.raises(NoVoice):
            await mouth.warm()
        with pytest.raises(NoVoice):
            await mouth.speak("你好")
        mouth.close()


def test_the_default_voice_is_in_the_package() -> None:
    voice = Settings(_env_file=None).mouth_voice
    assert f"voices/{voice}.bin" in {file.path for file in assets()["mouth"].files}


def test_opus_files_tell_their_length() -> None:
    assert opus.seconds(opus.encode(np.zeros(RATE * 2, dtype=np.float32), RATE)) == pytest.approx(2, abs=0.03)


def key(number: int) -> str:
    return f"{number:064x}"


def test_the_cache_drops_the_longest_unused(tmp_path: Path) -> None:
    cache = ClipCache(tmp_path, max_bytes=1_000)
    for number in range(10):
        cache.put(key(number), bytes(100))
        os.utime(tmp_path / "00" / f"{key(number)}.ogg", (number, number))
    assert cache.get(key(0)) == bytes(100)
    cache.put(key(10), bytes(100))
    kept = [number for number in range(11) if (tmp_path / "00" / f"{key(number)}.ogg").exists()]
    assert kept == [0, 3, 4, 5, 6, 7, 8, 9, 10]


def test_the_cache_leaves_no_half_written_clip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def dies(path: Path, data: bytes) -> None:
        with path.open("wb") as file:
            file.write(data[:2])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", dies)
    with pytest.raises(OSError, match="No space"):
        ClipCache(tmp_path, 1_000).put(key(1), b"12345")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_an_older_cache_is_counted(tmp_path: Path) -> None:
    for number in range(10):
        ClipCache(tmp_path, 10_000).put(key(number), bytes(100))
    ClipCache(tmp_path, 500).put(key(11), bytes(100))
    assert sum(path.stat().st_size for path in tmp_path.rglob("*.ogg")) <= 450
