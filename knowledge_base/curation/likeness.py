"""Which questions mean the same: by their words, what they name, and their sound."""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from knowledge_base.search.base import Tokens

ALIKE = 0.25
"""From this cosine on two questions are taken for the same.

Measured on wordings of shipped entries that were not in the background (2,433 of 110 subjects, each subject asked in
very different ways): of the pairs put together 73 % belong together; at 0.35 it is 82 %, with a third fewer pairs found.
"""
_WEIGHTS = {"words": 1.0, "characters": 0.5, "syllable_pairs": 0.4}
"""How much each kind of token counts. Sound is there for what was misheard or mistyped."""
_NAMED = 1.5
"""How much it counts that two questions name the same thing, in whatever words."""
_LEARNED_FROM = 1_000
"""So many texts tell well enough how common a word is."""

Features = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Named:
    """What a question names: `crops` (and animals), and `others` in standard terms."""

    crops: frozenset[str]
    others: frozenset[str]


class Reader(Protocol):
    """Reads a question with the search's own eyes."""

    def tokens(self, text: str) -> Tokens:
        """The text as the search index sees it."""
        ...

    def named(self, text: str) -> Named:
        """What it names."""
        ...


class Likeness:
    """Says by what texts are compared. Rare words count more than common ones; `background` tells them apart."""

    def __init__(self, reader: Reader, background: Callable[[], Sequence[str]]) -> None:
        self._reader = reader
        self._background = background
        self._rarity: dict[str, float] = {}
        self._rarest = 0.0

    def features(self, text: str) -> tuple[frozenset[str], Features]:
        """The crops that a text names, and what it is compared by beside them: a vector of length 1, or nothing."""
        if not self._rarity:
            self._learn()
        named = self._reader.named(text)
        weights = {token: kind * self._rarity.get(token, self._rarest) for token, kind in self._cut(text, named)}
        length = math.sqrt(sum(weight * weight for weight in weights.values()))
        return named.crops, {token: weight / length for token, weight in weights.items()} if length else {}

    def _learn(self) -> None:
        texts = self._background()
        some = texts[:: len(texts) // _LEARNED_FROM + 1]
        counts = Counter(token for text in some for token, _ in self._cut(text, self._reader.named(text)))
        self._rarest = math.log(len(some) + 2)
        self._rarity = {"": 0.0, **{token: math.log((len(some) + 2) / (n + 1)) for token, n in counts.items()}}

    def _cut(self, text: str, named: Named) -> Iterator[tuple[str, float]]:
        """The tokens of a text without its crops' own names: all that are compared with each other have them."""
        for other in named.others:
            yield f"named:{other}", _NAMED
        for crop in named.crops:
            text = text.replace(crop, " ")
        tokens = self._reader.tokens(text)
        for kind, weight in _WEIGHTS.items():
            for token in getattr(tokens, kind):
                yield f"{kind}:{token}", weight


class _Column:
    """Where one token occurs: positions and weights, in arrays that grow."""

    def __init__(self) -> None:
        self.where = np.zeros(4, dtype=np.int64)
        self.weights = np.zeros(4, dtype=np.float32)
        self.length = 0

    def append(self, position: int, weight: float) -> None:
        """One more text has the token."""
        if self.length == len(self.where):
            self.where = np.resize(self.where, 2 * self.length)
            self.weights = np.resize(self.weights, 2 * self.length)
        self.where[self.length] = position
        self.weights[self.length] = weight
        self.length += 1


class _Leaders:
    """The texts around which groups form."""

    def __init__(self, count: int) -> None:
        self._columns: defaultdict[str, _Column] = defaultdict(_Column)
        self._likeness = np.zeros(count, dtype=np.float32)

    def add(self, position: int, features: Features) -> None:
        """One more."""
        for token, weight in features.items():
            self._columns[token].append(position, weight)

    def nearest(self, features: Features, alike: float) -> int | None:
        """The leader that a text is most like, of equal ones the first; None where it is like none."""
        self._likeness[:] = 0
        for token, weight in features.items():
            if (column := self._columns.get(token)) is not None:
                self._likeness[column.where[: column.length]] += weight * column.weights[: column.length]
        best = int(self._likeness.argmax())
        return best if self._likeness[best] >= alike else None


def grouped(texts: Sequence[Features], alike: float = ALIKE) -> list[list[int]]:
    """Groups of positions, each led by its most typical text. The same for the same input.

    A text that has much in common with all others leads; the others go to the leader that they are most like. So a
    group holds together around one text, and no chain of small steps joins what has nothing in common.
    """
    common: Counter[str] = Counter()
    for features in texts:
        common.update(features)
    typical = [sum(weight * common[token] for token, weight in features.items()) for features in texts]
    leaders = _Leaders(len(texts))
    groups: dict[int, list[int]] = {}
    followers = []
    for position in sorted(range(len(texts)), key=lambda p: (-round(typical[p], 4), p)):
        if leaders.nearest(texts[position], alike) is None:
            leaders.add(position, texts[position])
            groups[position] = [position]
        else:
            followers.append(position)
    for position in sorted(followers):
        leader = leaders.nearest(texts[position], alike)
        if leader is not None:  # it was like one before, and more have come since
            groups[leader].append(position)
    return [groups[leader] for leader in sorted(groups)]
