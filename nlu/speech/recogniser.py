"""One Vosk recogniser: prepared sound to what was heard between pauses, with other ways to read it."""

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from nlu.speech.decode import RATE
from nlu.speech.grammar import Grammar
from nlu.speech.merge import Word

if TYPE_CHECKING:
    import vosk

CHUNK = RATE // 4
BETWEEN_HAN = re.compile(r"(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff])")


class Stopped(Exception):
    """Nobody waits for the result any more."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way to read a segment; `score` is its log likelihood, of sound and language together."""

    text: str
    score: float
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Segment:
    """What lies between two pauses: alternatives best first, at least one; times in seconds of the recording."""

    alternatives: tuple[Alternative, ...]
    start: float
    end: float

    @property
    def best(self) -> Alternative:
        """The likeliest alternative."""
        return self.alternatives[0]

    def words(self) -> Iterator[Word]:
        """The best alternative's words, each as sure as the share of likelihood that has it at that time."""
        shares = [math.exp(alternative.score - self.best.score) for alternative in self.alternatives]
        for word in self.best.words:
            middle = (word.start + word.end) / 2
            having = sum(
                share
                for share, alternative in zip(shares, self.alternatives, strict=True)
                if any(other.text == word.text and other.start <= middle <= other.end for other in alternative.words)
            )
            yield Word(word.text, word.start, word.end, having / sum(shares))


class _Timed(BaseModel):
    word: str
    start: float
    end: float


class _Alternative(BaseModel):
    text: str
    confidence: float
    result: tuple[_Timed, ...] = ()


class _Segment(BaseModel):
    alternatives: tuple[_Alternative, ...]


class Recogniser:
    """Reads one recording at a time; not safe to share. Made once and reused: each becomes quicker as it hears more.

    With a `grammar` it hears nothing else.
    """

    def __init__(self, model: "vosk.Model", alternatives: int, grammar: Grammar | None = None) -> None:
        import vosk  # noqa: PLC0415 - loads a shared library of 25 MB

        self.grammar = grammar
        self._vosk = vosk.KaldiRecognizer(model, RATE, grammar.json) if grammar else vosk.KaldiRecognizer(model, RATE)
        self._vosk.SetMaxAlternatives(alternatives)
        self._vosk.SetWords(True)
        self.heard = 0.0
        """Seconds of sound so far: how warm this recogniser is, and where Vosk's clock stands."""

    def read(self, samples: NDArray[np.int16], stopped: Callable[[], bool]) -> tuple[Segment, ...]:
        """Return what 16 kHz sound says between its pauses. Blocking. Raises `Stopped`."""
        segments: list[Segment] = []
        began, begun = self.heard, 0
        for start in range(0, samples.size, CHUNK):
            if stopped():
                self._vosk.FinalResult()  # unlike Reset it sets the clock, too
                raise Stopped
            end = min(start + CHUNK, samples.size)
            found = self._vosk.AcceptWaveform(samples[start:end].tobytes())
            self.heard += (end - start) / RATE
            if found:
                segments.append(_segment(self._vosk.Result(), began, begun / RATE, end / RATE))
                begun = end
        segments.append(_segment(self._vosk.FinalResult(), began, begun / RATE, samples.size / RATE))
        return tuple(segments)


def _segment(result: str, began: float, start: float, end: float) -> Segment:
    """Read Vosk's result; its clock runs on from recording to recording, and stood at `began` when this one started."""
    heard = _Segment.model_validate_json(result)
    return Segment(
        tuple(
            Alternative(
                BETWEEN_HAN.sub("", one.text),
                one.confidence,
                tuple(Word(timed.word, timed.start - began, timed.end - began, 1) for timed in one.result),
            )
            for one in heard.alternatives
        ),
        start,
        end,
    )
