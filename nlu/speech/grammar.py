"""What the second ear listens for: the words of the field, and how farmers ask, in words that the model knows."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from nlu.speech.merge import UNKNOWN, Word
from nlu.speech.vocabulary import Vocabulary

Cut = Callable[[str], Sequence[str]]
"""Cuts a sentence into words, with the lexicon's words whole."""

_HAN = re.compile(r"[\u3400-\u9fff]+")
_MOST_PIECES = 8


@dataclass(frozen=True, slots=True)
class Domain:
    """What a grammar is grown from: `terms` are the lexicon's written forms, `cut` keeps them whole.

    `phrases` are asked for whenever the grammar is grown: sentences in farmers' own words.
    """

    terms: frozenset[str]
    cut: Cut
    phrases: Callable[[], Iterable[str]]


@dataclass(frozen=True)
class Grammar:
    """Entries for Vosk, which estimates a small language model from them, and the way back to the lexicon's writing."""

    entries: tuple[str, ...]
    terms: frozenset[str] = frozenset()
    _joins: Mapping[tuple[str, ...], str] = field(default_factory=dict, repr=False)

    @classmethod
    def grown(cls, domain: Domain, vocabulary: Vocabulary) -> "Grammar":
        """Every term once, then every phrase as it is said. Takes a second or two; what cannot be spelled is left out.

        Measured: terms alone hear the names but not the sentence, phrases alone miss the names that they lack; putting
        each term into the phrases of its kind made neither better.
        """
        joins: dict[tuple[str, ...], str] = {}
        entries: dict[str, int] = {}
        for term in sorted(domain.terms):
            spelling = vocabulary.spell(term) if len(term) > 1 and _HAN.fullmatch(term) else None
            if spelling:
                entries[" ".join(spelling.pieces)] = 1
                if len(spelling.pieces) > 1:
                    joins.setdefault(spelling.pieces, term)
        said = [entry for phrase in domain.phrases() for entry in _spelled(phrase, domain.cut, vocabulary)]
        return cls((*entries, *said), domain.terms, joins)

    @classmethod
    def limited(cls, phrases: Iterable[str], vocabulary: Vocabulary) -> "Grammar":
        """Only these phrases, one or several in a row."""
        spelled = [(phrase, vocabulary.spell(phrase)) for phrase in dict.fromkeys(phrases)]
        ways = {spelling.pieces: phrase for phrase, spelling in reversed(spelled) if spelling}
        return cls(tuple(" ".join(way) for way in ways), frozenset(ways.values()), ways)

    @property
    def json(self) -> str:
        """What a Vosk recogniser is made with."""
        return json.dumps([*self.entries, UNKNOWN], ensure_ascii=False)

    def joined(self, words: Sequence[Word]) -> Iterator[Word]:
        """The same words, with terms that were heard in pieces or by their sound written as the lexicon has them."""
        at = 0
        while at < len(words):
            for end in range(min(len(words), at + _MOST_PIECES), at, -1):
                whole = self._joins.get(tuple(word.text for word in words[at:end]))
                if whole is not None:
                    sure = min(word.confidence for word in words[at:end])
                    yield Word(whole, words[at].start, words[end - 1].end, sure)
                    at = end
                    break
            else:
                yield words[at]
                at += 1


def _spelled(phrase: str, cut: Cut, vocabulary: Vocabulary) -> Iterator[str]:
    """The phrase in words of the vocabulary, an entry for each stretch that can be spelled."""
    for clause in _HAN.findall(phrase):
        stretch: list[str] = []
        for word in cut(clause):
            spelling = vocabulary.spell(word)
            if spelling:
                stretch += spelling.pieces
            elif stretch:
                yield " ".join(stretch)
                stretch = []
        if stretch:
            yield " ".join(stretch)
