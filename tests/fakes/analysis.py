"""A plain analyzer for tests: pairs of characters, no dictionary."""

from itertools import pairwise

from knowledge_base.search.base import Tokens
from nlu.text.pinyin import fold


def analyze(text: str) -> Tokens:
    """Character pairs serve as words as well; sounds are real."""
    han = [c for c in text if c.isalnum()]
    pairs = frozenset(a + b for a, b in pairwise(han))
    syllables = fold(text)
    syllable_pairs = frozenset(f"{a}0{b}" for a, b in pairwise(syllables))
    return Tokens(frozenset(han), pairs, pairs, frozenset(syllables), syllable_pairs)
