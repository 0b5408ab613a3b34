"""The speech evaluation's own parts: noise at the ratio it says, the same every time, and fair counting."""

import io
import wave
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from bot.settings import Settings
from nlu.speech.base import Heard, NoSpeech, Reading
from nlu.speech.decode import RATE
from nlu.words import Words
from tests.eval.speech_corpus import PACES, VOICES, Clip, Sentence, recordings, sentences, under, wav
from tests.eval.speech_hearing import Hearing
from tests.eval.speech_score import Terms, common, errors

SPEECH = np.sin(np.arange(3 * RATE) * 2 * np.pi * 440 / RATE).astype(np.float32) * np.float32(0.3)


def samples(data: bytes) -> tuple[NDArray[np.float64], int]:
    with wave.open(io.BytesIO(data)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), np.int16) / 32768, file.getframerate()


@pytest.mark.parametrize("number", [0, 12])  # tractor, wind
@pytest.mark.parametrize("decibel", [20, 10, 5])
def test_noise_has_the_ratio_it_says_and_is_the_same_each_time(number: int, decibel: int) -> None:
    data = under(f"{decibel} dB", SPEECH, number)
    assert data == under(f"{decibel} dB", SPEECH, number)
    mixed, rate = samples(data)
    assert rate == RATE
    gain = float(mixed @ SPEECH / (SPEECH @ SPEECH))
    noise = mixed - gain * SPEECH
    ratio = 10 * np.log10(np.mean((gain * SPEECH) ** 2) / np.mean(noise**2))
    assert ratio == pytest.approx(decibel, abs=0.7)


def test_the_telephone_carries_no_more_than_its_band() -> None:
    high = np.sin(np.arange(3 * RATE) * 2 * np.pi * 3_700 / RATE).astype(np.float32)
    through, rate = samples(under("telephone", SPEECH + high, 0))
    spectrum = np.abs(np.fft.rfft(through))
    pitch = np.arange(spectrum.size) * rate / through.size
    assert rate == 8_000
    assert pitch[spectrum.argmax()] == pytest.approx(440, abs=2)
    assert spectrum[pitch > 3_450].max() < spectrum.max() / 1_000


def test_clean_is_left_alone() -> None:
    clean, _ = samples(under("clean", SPEECH, 0))
    assert np.abs(clean - SPEECH).max() < 1e-4


def test_voices_and_paces_are_spread_over_the_golden_sentences() -> None:
    speakers = [sentence.speaker for sentence in sentences()]
    assert len(speakers) >= 400
    assert {voice for voice, _ in speakers} == set(VOICES)
    assert {pace for _, pace in speakers} == set(PACES)
    assert max(speakers.count(one) for one in set(speakers)) < 2 * len(speakers) / len(set(speakers))


@pytest.mark.parametrize(
    ("said", "heard", "wrong"),
    [
        ("玉米叶子发黄，咋整？", "玉米叶子发黄咋整", 0),
        ("打2遍药", "打两遍药", 0),
        ("玉米葉子", "玉米叶子", 0),
        ("三亩地", "三母地的", 2),
        ("三亩地", "", 3),
    ],
)
def test_only_what_sounds_different_is_an_error(said: str, heard: str, wrong: int) -> None:
    assert errors(said, heard) == (wrong, len(common(said)))


def test_a_term_counts_by_any_of_its_names() -> None:
    terms = Terms(Words.load())
    assert terms.found(("苞谷", "拖拉机"), "玉米地里的拖拉机坏了") == 2
    assert terms.found(("苞谷", "拖拉机"), "鱼米地里的拖拉鸡坏了") == 0


def test_recordings_come_with_their_transcripts(tmp_path: Path) -> None:
    (tmp_path / "one.wav").write_bytes(b"sound")
    (tmp_path / "transcripts.tsv").write_text(
        "path\ttext\tsource\tlicence\tdialect\tkind\none.wav\t下雨了\tme\tCC0\tMandarin\thuman\n", "utf-8"
    )
    (clip,) = recordings(tmp_path)
    assert (clip.sentence.text, clip.condition, clip.data) == ("下雨了", "human: Mandarin", b"sound")


class Counting:
    """Hears the number of clips so far; nothing in an empty one."""

    def __init__(self) -> None:
        self.count = 0

    async def hear(self, recording: bytes, expected: object = ()) -> Heard:
        if recording == wav(SPEECH[:0], RATE):
            raise NoSpeech
        self.count += 1
        return Heard((Reading(f"第{self.count}段", 0.9), Reading("别的", 0.1)), 3.0)


async def test_what_was_heard_is_kept_and_found_again(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, home=tmp_path)
    one, none = (Clip(Sentence(text="甲"), "clean", wav(sound, RATE)) for sound in (SPEECH, SPEECH[:0]))
    ear = Counting()
    first = await Hearing(settings, "test", ear, "v1").all([one, none, one], 2)
    again = await Hearing(settings, "test", ear, "v1").all([one])
    assert [kept.text for kept in first] == ["第1段", "", "第1段"]
    assert again == first[:1]
    assert again[0].heard == Heard((Reading("第1段", 0.9), Reading("别的", 0.1)), 3.0)
    assert ear.count == 1
    await Hearing(settings, "test", ear, "v2").all([one])
    assert ear.count == 2
