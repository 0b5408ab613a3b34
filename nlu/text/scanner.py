"""Finds known words in a sentence: longest first, left to right, each by what it means in that sentence and region."""

from collections.abc import Iterator
from dataclasses import dataclass

from nlu.reading import Reading
from nlu.wordfile import Kind, Region
from nlu.words import Words

_ENDS = frozenset("，。？！；、,.?!; ")
_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


@dataclass(frozen=True, slots=True)
class Hit:
    """Characters `start` to `end` are a known word. No readings: it is to be left alone; several: it is ambiguous."""

    start: int
    end: int
    readings: tuple[Reading, ...]


class Scanner:
    """Scans for the words of some kinds; ordinary words that merely contain one (`keep`) block it."""

    def __init__(self, words: Words, kinds: frozenset[Kind]) -> None:
        self._readings: dict[str, tuple[Reading, ...]] = {word.translate(_LOWER): () for word in words.keep}
        for text, readings in words.readings.items():
            wanted = tuple(reading for reading in readings if reading.term.kind in kinds)
            if wanted:
                self._readings[text.translate(_LOWER)] = wanted
        lengths: dict[str, set[int]] = {}
        for text in self._readings:
            lengths.setdefault(text[0], set()).add(len(text))
        self._lengths = {first: tuple(sorted(found, reverse=True)) for first, found in lengths.items()}
        self._said = words.said
        self._context = {
            id(reading): self._context_of(reading, ambiguous=len(readings) > 1)
            for readings in self._readings.values()
            for reading in readings
        }

        # Context is needed, not just a hint, where the word is an ordinary one too or regions alone do not settle it.
        self._needs_context = {
            id(reading)
            for readings in self._readings.values()
            for reading in readings
            if reading.spelling.context
            and (len(readings) == 1 or reading.spelling.strict or not reading.spelling.regions)
        }

    def scan(self, text: str, region: Region | None = None) -> Iterator[Hit]:
        """The known words of `text`, none overlapping another. Time is linear in the length of the text."""
        text = text.translate(_LOWER)
        weights: dict[int, int] = {}
        at = 0
        while at < len(text):
            hit = self._at(text, at, region, weights)
            if hit:
                yield hit
            at = hit.end if hit else at + 1

    def _at(self, text: str, at: int, region: Region | None, weights: dict[int, int]) -> Hit | None:
        for length in self._lengths.get(text[at], ()):
            end = at + length
            readings = self._readings.get(text[at:end])
            if readings is None or end > len(text):
                continue
            if not readings:
                return Hit(at, end, ())
            best = 0
            chosen: list[Reading] = []
            for reading in readings:
                if not _fits(reading, text, at, end):
                    continue
                weight = weights.get(id(reading))
                if weight is None:
                    weight = weights[id(reading)] = self._weight(reading, text, region)
                if weight > best:
                    best, chosen = weight, [reading]
                elif weight and weight == best:
                    chosen.append(reading)
            if chosen:
                return Hit(at, end, tuple(chosen))
        return None

    def _weight(self, reading: Reading, text: str, region: Region | None) -> int:
        """How much speaks for this meaning; 0 rules it out."""
        spelling = reading.spelling
        at_home = region is not None and region in spelling.regions
        if spelling.strict and not at_home:
            return 0
        if any(word in text for word in self._context[id(reading)]):
            return 5
        if id(reading) in self._needs_context:
            return 0
        if at_home:
            return 4
        if spelling.usual:
            return 3
        return 1 if region is not None and spelling.regions else 2

    def _context_of(self, reading: Reading, *, ambiguous: bool) -> frozenset[str]:
        """Words that speak for this meaning: those it names, in every way they are said."""
        named = set(reading.spelling.context)
        if ambiguous and reading.term.of:
            named.add(reading.term.of)
        every = named.union(*(self._said.get(word, frozenset()) for word in named))
        return frozenset(word.translate(_LOWER) for word in every if word != reading.spelling.text)


def _fits(reading: Reading, text: str, start: int, end: int) -> bool:
    spelling = reading.spelling
    if spelling.at_end and end < len(text) and text[end] not in _ENDS:
        return False
    if spelling.not_before and text.startswith(spelling.not_before, end):
        return False
    return not (spelling.not_after and text.endswith(spelling.not_after, 0, start))
