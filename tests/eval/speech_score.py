"""Measures of what was heard: character errors and farm-term recall."""

from functools import lru_cache

from rapidfuzz.distance import Levenshtein

from nlu.entities import EntityFinder
from nlu.speech.spoken_text import chinese
from nlu.text import forms
from nlu.text.normalise import Normaliser
from nlu.words import Words


@lru_cache(maxsize=65_536)
def common(text: str) -> str:
    """One form for what was written and what was heard: simplified, numbers in words, no punctuation, no spaces."""
    spoken = "".join(chinese().sentences(text))
    pieces = forms.plain([(char, at, at + 1) for at, char in enumerate(spoken)])
    return "".join(char for char, _, _ in pieces if char.isalnum())


def errors(said: str, heard: str) -> tuple[int, int]:
    """Wrong characters (inserted, lost or changed), and how many were said."""
    return Levenshtein.distance(common(said), common(heard)), len(common(said))


class Terms:
    """Counts the farm terms that are still there."""

    def __init__(self, words: Words) -> None:
        self._normaliser = Normaliser(words)
        self._finder = EntityFinder(words)
        self._standards = lru_cache(maxsize=65_536)(self._found)

    def found(self, terms: tuple[str, ...], heard: str) -> int:
        """How many of `terms` are in `heard`: word for word, or another name of the same thing."""
        return sum(common(term) in common(heard) or self._same(term, heard) for term in terms)

    def _same(self, term: str, heard: str) -> bool:
        wanted = self._standards(term)
        return bool(wanted) and bool(wanted & self._standards(heard))

    def _found(self, text: str) -> frozenset[str]:
        return frozenset(entity.standard for entity in self._finder.find(self._normaliser.normalise(text)))
