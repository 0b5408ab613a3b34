"""The Kokoro mouth with its real model: it says what is written, and the ear hears it."""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from bot.settings import Settings
from nlu.speech.assets import assets
from nlu.speech.base import NoVoice
from nlu.speech.decode import RATE, decode
from nlu.speech.kokoro_mouth import KokoroMouth
from nlu.speech.vosk_ear import VoskEar

pytestmark = [pytest.mark.needs_mouth, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("clips")


def new_mouth(cache: Path, voice: str, pace: float = 1.0) -> KokoroMouth:
    known = assets()["mouth"]
    return KokoroMouth(Settings().models / known.folder, cache, voice=voice, pace=pace, asset=known)


@pytest.fixture(scope="module")
def mouth(cache: Path) -> Iterator[KokoroMouth]:
    mouth = new_mouth(cache, Settings().mouth_voice)
    yield mouth
    mouth.close()


async def test_it_speaks(mouth: KokoroMouth) -> None:
    clip = await mouth.speak("看看心叶里有没有虫粪。")
    samples = decode(clip.data, 10**7, 60)
    assert clip.data.startswith(b"OggS")
    assert b"OpusHead" in clip.data[:100]
    assert clip.seconds == pytest.approx(samples.size / RATE, abs=0.1)
    assert 1.5 < clip.seconds < 5
    assert 20_000 < np.abs(samples.astype(int)).max() <= 32_768


async def test_what_must_not_be_loaded_is_not(mouth: KokoroMouth) -> None:
    await mouth.speak("你好。")
    other_licences = {"espeakng_loader", "phonemizer", "misaki.espeak"}
    carries_openfst_as_vosk_does = {"kaldifst", "wetext"}  # whichever is loaded second hangs the process
    assert not (other_licences | carries_openfst_as_vosk_does | {"spacy", "misaki.en"}) & set(sys.modules)


async def test_a_slower_pace_takes_longer(cache: Path) -> None:
    text = "早晚凉快时打药。"
    slow, quick = new_mouth(cache, "zm_yunxi", 0.7), new_mouth(cache, "zm_yunxi", 1.2)
    assert (await slow.speak(text)).seconds > 1.3 * (await quick.speak(text)).seconds
    slow.close()
    quick.close()


async def test_a_voice_that_is_not_there(cache: Path) -> None:
    mouth = new_mouth(cache, "zm_nobody")
    with pytest.raises(NoVoice):
        await mouth.speak("你好。")
    mouth.close()


@pytest.mark.needs_ear
async def test_the_ear_hears_what_the_mouth_says(mouth: KokoroMouth) -> None:
    known = assets()["ear"]
    ear = VoskEar(Settings().models / known.folder, parallel=1, waiting=0, max_bytes=10**7, max_seconds=60)
    heard = await ear.hear((await mouth.speak("明天下午有大雨，请拨打热线12316，价格是每斤2元。")).data)
    assert "明天下午有大雨" in heard.text
    assert any("二三幺六" in reading.text or "二三一六" in reading.text for reading in heard.readings), heard
    assert any("两元" in reading.text for reading in heard.readings)
    ear.close()
