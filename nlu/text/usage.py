"""Which words farmers use, how often, and beside which others: counted in the sentences that are known."""

import contextlib
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path

from pydantic import BaseModel, ValidationError

from nlu.kept import Kept
from nlu.text.segmenter import Segmenter
from nlu.wordfile import HAN_NUMERALS

EDGE = "^"
NUMBER = "#"

Beside = dict[str, dict[str, int]]
"""How often the second stands right after the first."""


class _Counts(BaseModel):
    words: dict[str, int]
    pairs: Beside
    characters: Beside


class Usage:
    """Counts of words and of neighbours, words and characters; holds no state after it is built.

    Counting takes two seconds: the counts are kept in the segmenter's cache.
    """

    def __init__(self, phrases: Iterable[str], segmenter: Segmenter) -> None:
        counts = _counts(list(phrases), segmenter)
        self.words: Counter[str] = Counter(counts.words)
        self._pairs = counts.pairs
        self._characters = counts.characters
        self._all = sum(self.words.values()) or 1
        self._most = math.log1p(max(self.words.values(), default=1))

    def common(self, word: str) -> float:
        """How much a word is used, 0 to 1 on a logarithmic scale."""
        return math.log1p(self.words[word]) / self._most if self._most else 0.0

    def per_thousand(self, word: str) -> float:
        """How often the word is said in a thousand words."""
        return 1000 * self.words[word] / self._all

    def beside(self, before: str, word: str, after: str) -> float:
        """How many of its neighbours it is known to stand beside: 0, a half or 1."""
        return (self.follows(before, word) + self.follows(word, after)) / 2

    def follows(self, one: str, other: str) -> bool:
        """Whether one word is known to follow the other."""
        return other in self._pairs.get(one, ())

    def together(self, one: str, other: str) -> int:
        """How often one character follows the other."""
        return self._characters.get(alike(one), {}).get(alike(other), 0)


def alike(char: str) -> str:
    """The character itself, or one sign for all numerals."""
    return NUMBER if char.isdigit() or char in HAN_NUMERALS else char


def _counts(phrases: Sequence[str], segmenter: Segmenter) -> _Counts:
    """The counts in these sentences: those that are kept, or else new ones."""
    code = Path(__file__).read_bytes(), HAN_NUMERALS.encode(), segmenter.fingerprint.encode()
    kept = Kept(segmenter.cache, "usage", [*code, *(phrase.encode() for phrase in sorted(phrases))])
    if content := kept.read():
        with contextlib.suppress(ValidationError):
            return _Counts.model_validate_json(content)
    counts = _Counts(words={}, pairs={}, characters={})
    words: Counter[str] = Counter()
    for phrase in phrases:
        found = segmenter.cut(phrase)
        words.update(found)
        _count(counts.pairs, [EDGE, *found, EDGE])
        _count(counts.characters, list(map(alike, phrase)))
    counts.words.update(words)
    kept.write(counts.model_dump_json().encode())
    return counts


def _count(counts: Beside, row: Sequence[str]) -> None:
    for one, other in pairwise(row):
        after = counts.setdefault(one, {})
        after[other] = after.get(other, 0) + 1
