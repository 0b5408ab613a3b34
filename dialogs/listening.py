"""A recording becomes a sentence: of several readings, the one that the rest of the system understands best."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass

from nlu.interpreter import Interpreter
from nlu.speech.base import Ear, Heard
from nlu.text.change import Change, Correction, fixed
from nlu.understanding import Understanding
from nlu.wordfile import Region

READINGS = 3
"""Readings that are weighed; further ones cost time and hardly ever win."""
DOUBTS = 2
"""Doubtful corrections of the first reading that are weighed beside."""
TRUST_IN_EAR = 0.35
"""How much the recogniser's own confidence counts beside what is made of the reading."""
TRUST_IN_DOUBT = 0.8
"""How much of a reading's confidence is left once a doubtful correction is made in it."""
LIMITED_SURE = 0.5
"""From this confidence on one of the expected phrases is taken for what was said."""
CLOSE = 0.05
"""Two readings of different meaning that are no further apart are both offered."""
NUMBERS_CLOSE = 0.12
"""The same, where they differ in a number or a negation."""
SENSIBLE = 0.35
"""A reading must make that much sense to be offered beside the best one."""
SENSELESS = 0.2
"""A best reading that makes less sense is not taken for granted where another one makes more."""
THINGS = frozenset({"crop", "livestock", "problem"})

Mend = Callable[[str, Region | None], Correction]
"""Mends a recognised sentence by sound."""


@dataclass(frozen=True, slots=True)
class Sense:
    """What is made of a reading: how much sense it makes, 0 to 1, and the entry that would answer it for sure."""

    worth: float
    subject: str | None = None


MakeSense = Callable[[Understanding], Awaitable[Sense]]


@dataclass(frozen=True, slots=True)
class Hearing:
    """What was heard, the other readings, and the sentence that the conversation goes on with.

    `changes` are what was corrected by sound in the reading that was chosen. `doubt`, if any, are the two sentences
    to choose from, `corrected` being the first: the person is to be asked.
    """

    heard: str
    alternatives: tuple[str, ...]
    corrected: str
    seconds: float
    changes: tuple[Change, ...] = ()
    doubt: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class _Candidate:
    correction: Correction
    said: Understanding
    sense: Sense
    confidence: float

    @property
    def score(self) -> float:
        """How likely it was said, by the ear and by sense."""
        return TRUST_IN_EAR * self.confidence + (1 - TRUST_IN_EAR) * self.sense.worth

    def ahead_of(self, other: "_Candidate") -> float:
        """By how much it is likelier. Between two sure answers only the ear decides, not which is the surer."""
        if self.sense.subject and other.sense.subject:
            return TRUST_IN_EAR * (self.confidence - other.confidence)
        return self.score - other.score

    def means_the_same(self, other: "_Candidate") -> bool:
        """Whether both lead to the same answer; where none is sure, whether they say the same of the same things."""
        if self.sense.subject or other.sense.subject:
            return self.sense.subject == other.sense.subject
        return (
            self.said.intent == other.said.intent
            and _things(self.said) == _things(other.said)
            and not self.differs_in_number(other)
        )

    def differs_in_number(self, other: "_Candidate") -> bool:
        """Whether another number or negation is said."""
        return fixed(self.said.normalized) != fixed(other.said.normalized)


class Listener:
    """Hears a recording and chooses a reading."""

    def __init__(self, ear: Ear, mend: Mend, interpreter: Interpreter, sense: MakeSense) -> None:
        self._ear = ear
        self._mend = mend
        self._interpreter = interpreter
        self._sense = sense

    async def listen(self, recording: bytes, region: Region | None = None, expected: Sequence[str] = ()) -> Hearing:
        """The sentence of a recording by somebody from `region`; `expected` are phrases that an open question awaits.

        Raises `nlu.speech.base.SpeechError`.
        """
        return await self.choose(await self._ear.hear(recording, expected), region, expected)

    async def choose(self, heard: Heard, region: Region | None = None, expected: Sequence[str] = ()) -> Hearing:
        """The sentence among what the ear has heard."""
        alternatives = tuple(reading.text for reading in heard.readings[1:])
        if heard.limited and heard.limited.confidence >= LIMITED_SURE:
            return Hearing(heard.text, alternatives, heard.limited.text, heard.seconds)
        corrections = list(self._corrections(heard, region))
        for correction, _ in corrections:
            if correction.text in expected:
                return Hearing(heard.text, alternatives, correction.text, heard.seconds, correction.changes)
        candidates = [await self._weighed(*one, region) for one in corrections]
        best = max(candidates, key=lambda candidate: candidate.score)
        first, doubt = _doubt(best, candidates)
        return Hearing(
            heard.text,
            alternatives,
            first.correction.text,
            heard.seconds,
            first.correction.changes,
            (first.correction.text, doubt.correction.text) if doubt else None,
        )

    def _corrections(self, heard: Heard, region: Region | None) -> Iterator[tuple[Correction, float]]:
        """Different sentences, each with the confidence that is left in it, those without a doubtful change first."""
        mended = [(self._mend(reading.text, region), reading.confidence) for reading in heard.readings[:READINGS]]
        first, confidence = mended[0]
        mended += [(other, confidence * TRUST_IN_DOUBT) for other in first.others[:DOUBTS]]
        seen: set[str] = set()
        for correction, trust in mended:
            if correction.text not in seen:
                seen.add(correction.text)
                yield correction, trust

    async def _weighed(self, correction: Correction, confidence: float, region: Region | None) -> _Candidate:
        said = await self._interpreter.interpret(correction.text, region)
        sense = await self._sense(said)
        return _Candidate(correction, said, sense, confidence)


def _doubt(best: _Candidate, candidates: Sequence[_Candidate]) -> tuple[_Candidate, _Candidate | None]:
    """The reading to go on with, and the one to offer beside it where it is not safe to choose."""
    others = sorted((one for one in candidates if not one.means_the_same(best)), key=lambda candidate: -candidate.score)
    if not all(change.silent for change in best.correction.changes):
        # A number or a negation would be changed, and it makes a difference: never without asking.
        plain = next((one for one in others if one.correction.source == best.correction.source), None)
        if plain:
            return best, plain
    for other in others:
        if other.sense.worth < SENSIBLE:
            continue
        close = NUMBERS_CLOSE if best.differs_in_number(other) else CLOSE
        if best.ahead_of(other) < close or best.sense.worth < SENSELESS:
            return best, other
    return best, None


def _things(said: Understanding) -> frozenset[str]:
    return frozenset(entity.standard for entity in said.entities if entity.kind in THINGS)
