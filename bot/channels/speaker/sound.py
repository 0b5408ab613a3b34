"""Sound of 16 kHz mono: chimes made by code, clips put together, WAV files."""

import io
import wave

import numpy as np
from numpy.typing import NDArray

from bot.channels.speaker.style import Chime
from nlu.speech.base import Clip
from nlu.speech.decode import RATE, decode

Samples = NDArray[np.int16]

_EDGE = 0.01
"""Seconds in which a tone swells and fades: without, it clicks."""
_OVERTONE = 0.3
"""Share of the octave above; a horn gives that back better than the low tone."""
_LOUDEST = 32_000
_CLIP_BYTES = 50_000_000
_CLIP_SECONDS = 900.0


def chime_samples(chime: Chime) -> Samples:
    """The tones of a chime."""
    return np.concatenate([_tone(*tone, chime.loudness) for tone in chime.tones])


def _tone(start: float, end: float, seconds: float, loudness: float) -> Samples:
    count = round(seconds * RATE)
    phase = 2 * np.pi * np.cumsum(np.linspace(start, end, count)) / RATE
    wave_form = (np.sin(phase) + _OVERTONE * np.sin(2 * phase)) / (1 + _OVERTONE)
    edge = min(round(_EDGE * RATE), count // 2)
    swell = np.ones(count)
    swell[:edge] = np.linspace(0, 1, edge)
    swell[count - edge :] = np.linspace(1, 0, edge)
    shaped: Samples = (wave_form * swell * loudness * _LOUDEST).astype(np.int16)
    return shaped


def silence(seconds: float) -> Samples:
    """So much of nothing."""
    return np.zeros(round(seconds * RATE), dtype=np.int16)


def clip_samples(clip: Clip) -> Samples:
    """A spoken clip's sound. Blocking. Raises `nlu.speech.base.SpeechError` for what is no clip."""
    return decode(clip.data, _CLIP_BYTES, _CLIP_SECONDS)


def wav(samples: Samples) -> bytes:
    """A WAV file: 16 kHz, 16 bits, mono."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(samples.astype("<i2").tobytes())
    return file.getvalue()


def wav_samples(data: bytes) -> Samples:
    """The sound of a WAV file that `wav` made. Raises `wave.Error` for another."""
    with wave.open(io.BytesIO(data), "rb") as file:
        if (file.getframerate(), file.getsampwidth(), file.getnchannels()) != (RATE, 2, 1):
            raise wave.Error("not 16 kHz, 16 bits, mono")
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(np.int16)
