"""One Vosk recogniser: prepared sound to readings, and what is not speech told apart from what is."""

import math
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from nlu.speech.base import NoSpeech, Reading
from nlu.speech.decode import RATE

if TYPE_CHECKING:
    import vosk

CHUNK = RATE // 4
SPEECH = 40.0
SPEECH_OF_ONE_WORD = 54.0
FILLERS = re.compile("[嗯啊呃哦呢哇唔哼唉哎诶的吧了\\s]")  # what the model makes of hum, wind, barks and clicks
BETWEEN_HAN = re.compile(r"(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff])")


class Stopped(Exception):
    """Nobody waits for the result any more."""


class _Alternative(BaseModel):
    text: str
    confidence: float


class _Segment(BaseModel):
    alternatives: tuple[_Alternative, ...]


class Recogniser:
    """Reads one recording at a time; not safe to share. Made once and reused: each becomes quicker as it hears more."""

    def __init__(self, model: "vosk.Model", alternatives: int) -> None:
        import vosk  # noqa: PLC0415 - loads a shared library of 25 MB

        self._vosk = vosk.KaldiRecognizer(model, RATE)
        self._vosk.SetMaxAlternatives(alternatives)
        self._alternatives = alternatives
        self.heard = 0.0
        """Seconds of sound so far: how warm this recogniser is."""

    def read(self, samples: NDArray[np.int16], stopped: Callable[[], bool]) -> tuple[Reading, ...]:
        """Return the readings of 16 kHz sound, best first. Blocking. Raises `NoSpeech`, `Stopped`."""
        segments = [segment for segment, seconds in self._segments(samples, stopped) if _is_speech(segment, seconds)]
        return _readings(segments, self._alternatives)

    def drill(self, samples: NDArray[np.int16]) -> None:
        """Hear 16 kHz speech only to become quicker. Blocking."""
        self._segments(samples, lambda: False)

    def _segments(self, samples: NDArray[np.int16], stopped: Callable[[], bool]) -> list[tuple[_Segment, float]]:
        """Return what lies between pauses, each with its length in seconds."""
        segments: list[tuple[_Segment, float]] = []
        begun = 0
        for start in range(0, samples.size, CHUNK):
            if stopped():
                self._vosk.Reset()
                raise Stopped
            end = min(start + CHUNK, samples.size)
            if self._vosk.AcceptWaveform(samples[start:end].tobytes()):
                segments.append((_Segment.model_validate_json(self._vosk.Result()), (end - begun) / RATE))
                begun = end
        segments.append((_Segment.model_validate_json(self._vosk.FinalResult()), (samples.size - begun) / RATE))
        self.heard += samples.size / RATE
        return segments


def _is_speech(segment: _Segment, seconds: float) -> bool:
    """Tell speech from noise by the model's own score for each second of sound.

    Measured: speech 60-90, in white noise of 10 dB 48-67, of 5 dB 44-57; white noise, wind, engine, hum, tones and
    played notes 31-54, and what it then hears is fillers, or one syllable, perhaps over and over.
    """
    best = segment.alternatives[0]
    score = best.confidence / max(seconds, 0.01)
    said = set(FILLERS.sub("", best.text))
    return score >= (SPEECH if len(said) > 1 else SPEECH_OF_ONE_WORD) and bool(said)


def _readings(segments: list[_Segment], most: int) -> tuple[Reading, ...]:
    """Join the segments' alternatives, likeliest first; confidences are their shares of likelihood."""
    joined: dict[str, float] = {"": 0.0}
    for segment in segments:
        best = segment.alternatives[0].confidence
        longer: dict[str, float] = {}
        for text, score in joined.items():
            for alternative in segment.alternatives:
                whole = BETWEEN_HAN.sub("", f"{text} {alternative.text}".strip())
                longer[whole] = max(longer.get(whole, -math.inf), score + alternative.confidence - best)
        joined = dict(sorted(longer.items(), key=lambda item: -item[1])[:most])
    shares = {text: math.exp(score) for text, score in joined.items() if text}
    if not shares:
        raise NoSpeech("nothing was said")
    total = sum(shares.values())
    return tuple(Reading(text, share / total) for text, share in shares.items())
