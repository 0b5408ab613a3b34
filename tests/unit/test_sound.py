"""Making a recording ready: what is cut, raised and left alone."""

import numpy as np
import pytest
from numpy.typing import NDArray

from nlu.speech.base import NoSpeech
from nlu.speech.decode import RATE
from nlu.speech.sound import AROUND, LOUDNESS, MARGIN, levelled, prepared, trimmed

PAUSE = np.zeros(2 * RATE, dtype=np.int16)


def tone(pitch: float, loudness: float, seconds: float = 1.0) -> NDArray[np.int16]:
    times = np.arange(round(seconds * RATE)) / RATE
    return (loudness * np.sqrt(2) * np.sin(2 * np.pi * pitch * times)).astype(np.int16)


def loudness(samples: NDArray[np.int16]) -> float:
    return float(np.sqrt(np.mean(samples.astype(np.float32) ** 2)))


def test_long_pauses_around_are_cut() -> None:
    cut = trimmed(np.concatenate([PAUSE, tone(300, 5_000), PAUSE]))
    assert cut.size / RATE == pytest.approx(1 + 2 * MARGIN, abs=0.05)


def test_a_pause_within_stays() -> None:
    sound = tone(300, 5_000)
    assert trimmed(np.concatenate([sound, PAUSE, sound])).size == 4 * RATE


@pytest.mark.parametrize(("before", "after"), [(30, LOUDNESS), (300, LOUDNESS), (9_000, 9_000)])
def test_quiet_is_raised_and_loud_stays(before: int, after: int) -> None:
    assert loudness(levelled(tone(300, before))) == pytest.approx(after, rel=0.05)


@pytest.mark.parametrize("samples", [PAUSE, PAUSE[:0], PAUSE[:10], PAUSE + np.int16(3)])
def test_silence_is_no_speech(samples: NDArray[np.int16]) -> None:
    with pytest.raises(NoSpeech):
        prepared(samples)


def test_ready_made_has_silence_around_and_never_wraps() -> None:
    sound = np.concatenate([tone(300, 200), tone(300, 20_000, 0.05)])
    ready = prepared(sound)
    edge = round(AROUND * RATE)
    assert not ready[:edge].any()
    assert not ready[-edge:].any()
    assert ready.dtype == np.int16
    assert (np.sign(levelled(sound)) * np.sign(sound) >= 0).all()
