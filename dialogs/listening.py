"""A recording becomes a sentence: of several readings, the one that the rest of the system understands best."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from nlu.interpreter import Interpreter
from nlu.speech.base import Ear
from nlu.understanding import Understanding

READINGS = 3
"""Readings that are weighed; further ones cost time and hardly ever win."""
TRUST_IN_EAR = 0.35
"""How much the recogniser's own confidence counts beside what is made of the reading."""

Correct = Callable[[str], str]
"""Mends a recognised sentence by sound."""
Sense = Callable[[Understanding], Awaitable[float]]
"""How much sense a reading makes, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Hearing:
    """What was heard, the other readings, and the sentence that the conversation goes on with."""

    heard: str
    alternatives: tuple[str, ...]
    corrected: str
    seconds: float


class Listener:
    """Hears a recording and chooses a reading."""

    def __init__(self, ear: Ear, correct: Correct, interpreter: Interpreter, sense: Sense) -> None:
        self._ear = ear
        self._correct = correct
        self._interpreter = interpreter
        self._sense = sense

    async def listen(self, recording: bytes) -> Hearing:
        """The sentence of a recording. Raises `nlu.speech.base.SpeechError`."""
        heard = await self._ear.hear(recording)
        readings = heard.readings[:READINGS]
        candidates: dict[str, float] = {}
        for reading in readings:
            candidates.setdefault(self._correct(reading.text), reading.confidence)
        best, best_score = heard.text, -1.0
        for text, confidence in candidates.items():
            sense = await self._sense(await self._interpreter.interpret(text))
            score = TRUST_IN_EAR * confidence + (1 - TRUST_IN_EAR) * sense
            if score > best_score:
                best, best_score = text, score
        return Hearing(heard.text, tuple(r.text for r in heard.readings[1:]), best, heard.seconds)
