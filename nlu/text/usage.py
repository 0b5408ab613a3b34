"""Which words farmers use, how often, and beside which others: counted in the sentences that are known."""

import math
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

from nlu.text.segmenter import Segmenter
from nlu.wordfile import HAN_NUMERALS

EDGE = "^"
NUMBER = "#"


class Usage:
    """Counts of words and of neighbours, words and characters; holds no state after it is built."""

    def __init__(self, phrases: Iterable[str], segmenter: Segmenter) -> None:
        self.words: Counter[str] = Counter()
        self._pairs: Counter[tuple[str, str]] = Counter()
        self._characters: Counter[tuple[str, str]] = Counter()
        for phrase in phrases:
            words = segmenter.cut(phrase)
            self.words.update(words)
            self._pairs.update(pairwise([EDGE, *words, EDGE]))
            self._characters.update(pairwise(alike(char) for char in phrase))
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
        return ((self._pairs[before, word] > 0) + (self._pairs[word, after] > 0)) / 2

    def follows(self, one: str, other: str) -> bool:
        """Whether one word is known to follow the other."""
        return self._pairs[one, other] > 0

    def together(self, one: str, other: str) -> int:
        """How often one character follows the other."""
        return self._characters[alike(one), alike(other)]


def alike(char: str) -> str:
    """The character itself, or one sign for all numerals."""
    return NUMBER if char.isdigit() or char in HAN_NUMERALS else char
