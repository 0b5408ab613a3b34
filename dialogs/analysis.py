"""How questions and entries are cut for searching: the bridge between the two ground-floor packages."""

from functools import lru_cache
from itertools import pairwise

from dialogs.crops import KINDS, Crops
from knowledge_base.curation.likeness import Named
from knowledge_base.search.base import Tokens
from nlu.entities import EntityFinder
from nlu.text.normalise import Normaliser
from nlu.text.pinyin import fold
from nlu.text.segmenter import Segmenter


class TextAnalyzer:
    """An `Analyzer` over standard words: what a county calls 苞谷 is indexed and asked for as 玉米."""

    def __init__(self, normaliser: Normaliser, segmenter: Segmenter) -> None:
        self._normaliser = normaliser
        self._segmenter = segmenter
        self._cut = lru_cache(maxsize=256)(self._tokens)

    def __call__(self, text: str) -> Tokens:
        """The tokens of a text."""
        return self._cut(text)

    def _tokens(self, text: str) -> Tokens:
        plain = self._normaliser.normalise(text)
        characters = [c for c in plain if c.isalnum()]
        syllables = fold(plain)
        return Tokens(
            characters=frozenset(characters),
            pairs=frozenset(_pairs(characters)),
            words=frozenset(w for w in self._segmenter.cut_for_search(plain) if len(w) > 1 and w.isalnum()),
            syllables=frozenset(syllables),
            syllable_pairs=frozenset(_pairs(syllables, "0")),
        )


class QuestionReader:
    """Reads waiting questions for likeness: with the words of the search, and what the lexicon finds in them."""

    def __init__(self, analyze: TextAnalyzer, finder: EntityFinder, crops: Crops) -> None:
        self._analyze = analyze
        self._finder = finder
        self._crops = crops

    def tokens(self, text: str) -> Tokens:
        """The text as the search index sees it."""
        return self._analyze(text)

    def named(self, text: str) -> Named:
        """What the lexicon finds in it."""
        entities = self._finder.find(text)
        others = frozenset(f"{e.kind} {e.standard}" for e in entities if e.kind not in KINDS)
        return Named(frozenset(self._crops.among(entities)), others)


def _pairs(parts: "list[str] | tuple[str, ...]", joint: str = "") -> list[str]:
    """Neighbours, joined; a digit as joint keeps a pair of syllables one word to the full-text index."""
    return [first + joint + second for first, second in pairwise(parts)]
