"""What open dictation and the grammar heard of one recording, weighed and joined into readings."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nlu.speech.base import Reading
from nlu.speech.grammar import Grammar
from nlu.speech.merge import UNKNOWN, Word, merged, text_of
from nlu.speech.readings import is_speech, readings
from nlu.speech.recogniser import Segment

PAUSE = 0.3
"""Both ears pause together if their segments end within so many seconds of each other."""
SURE_OF_PHRASE = -2.0
"""Least likelihood of an expected phrase beside open dictation's, for each second of sound, as a logarithm."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """What both ears heard up to a pause that both made."""

    open: tuple[Segment, ...]
    grammar: tuple[Segment, ...]

    @property
    def likelier(self) -> float:
        """By how much the grammar's reading is likelier than the open one: a logarithm for each second of sound."""
        gained = _score(self.grammar) - _score(self.open)
        return gained / max(self.open[-1].end - self.open[0].start, 0.01)


def weighed(
    by_open: Sequence[Segment], by_grammar: Sequence[Segment], grammar: Grammar, most: int
) -> tuple[Reading, ...]:
    """The merged reading first, then what each ear made of the whole, the likelier one before the other.

    Raises `NoSpeech`. Noise is told from speech by open dictation: the grammar would make farm talk of it.
    """
    spoken = [part for part in stretches(by_open, by_grammar) if any(map(is_speech, part.open))]
    opened = readings([segment for part in spoken for segment in part.open if is_speech(segment)], most)
    whole = Stretch(tuple(s for part in spoken for s in part.open), tuple(s for part in spoken for s in part.grammar))
    likely = 1 / (1 + math.exp(-max(-30.0, min(whole.likelier, 30.0))))
    shares = {reading.text: reading.confidence * (1 - likely) for reading in opened}
    best = second = ""
    for part in spoken:
        heard = tuple(grammar.joined(_words(part.grammar)))
        second += text_of(heard)
        plain = [word for segment in part.open if is_speech(segment) for word in segment.words()]
        best += merged(tuple(grammar.joined(plain)), heard, part.likelier, grammar.terms)
    for text, share in ((second, likely), (best, 1.0)):
        if text:
            shares[text] = shares.get(text, 0.0) + share
    ranked = sorted(shares.items(), key=lambda item: -item[1])[:most]
    total = sum(share for _, share in ranked)
    return tuple(Reading(text, share / total) for text, share in ranked)


def limited(by_open: Sequence[Segment], by_phrases: Sequence[Segment], grammar: Grammar) -> Reading | None:
    """The expected phrase that was heard, or several in a row; one that was only repeated (对对对) counts once.

    None if open dictation makes something much likelier of the sound.
    """
    words = list(grammar.joined(_words(by_phrases)))
    if not words or any(word.text not in grammar.terms or word.text == UNKNOWN for word in words):
        return None
    likelier = Stretch(tuple(by_open), tuple(by_phrases)).likelier - SURE_OF_PHRASE
    if likelier < 0:
        return None
    repeated = len({word.text for word in words}) == 1
    return Reading(
        text_of(words[:1] if repeated else words),
        min(word.confidence for word in words) * (1 - math.exp(-likelier)),
    )


def stretches(by_open: Sequence[Segment], by_grammar: Sequence[Segment]) -> Iterator[Stretch]:
    """Cut the recording where both ears end a segment together; every segment is in one stretch."""
    left, right = list(by_open), list(by_grammar)
    opened: list[Segment] = []
    other: list[Segment] = []
    while left or right:
        if left and (not right or left[0].end <= right[0].end):
            opened.append(left.pop(0))
        else:
            other.append(right.pop(0))
        if opened and other and abs(opened[-1].end - other[-1].end) <= PAUSE and (left or right):
            yield Stretch(tuple(opened), tuple(other))
            opened, other = [], []
    if opened:
        yield Stretch(tuple(opened), tuple(other))


def _words(segments: Sequence[Segment]) -> list[Word]:
    return [word for segment in segments for word in segment.words()]


def _score(segments: Sequence[Segment]) -> float:
    return sum(segment.best.score for segment in segments)
