"""Ranking: how probable it is that an entry answers a question, beside the other candidates and beside none of them.

A conditional logit over a few features. Its weights are fitted by `python -m tests.eval.calibrate` on the entries' own
questions (each left out in turn, some as a recogniser might mis-hear them) and on sentences that no entry answers.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from knowledge_base.search.base import Hit, Query, Tokens
from knowledge_base.search.profile import Lines, Profile

WEIGHTS = Path(__file__).parent / "weights.yaml"
NONE = "none"
"""Name of the weight that stands for "no entry answers this"."""
SEASON, REGION = 0.3, 0.5
"""Set by hand, small: an entry out of season or of another region may still be what was asked for."""


NEAR = 3
"""So many lines must resemble a question before it is sure that it was not one of them by chance."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """Likeness of a question with the nearest line of an entry and with the `NEAR` nearest (Dice coefficients), and the
    share of what was asked that any line knows.
    """

    nearest: float
    near: float
    cover: float


class Rarity:
    """How telling a token is: the inverse document frequency over `count` entries, at least one."""

    def __init__(self, frequencies: Mapping[str, int], count: int) -> None:
        self._frequencies = frequencies
        self._count = max(1, count)
        self._unknown = math.log(1 + self._count)
        self._weighed: dict[frozenset[str], tuple[tuple[tuple[str, float], ...], float]] = {}

    def __call__(self, token: str) -> float:
        """Weight of a token; one that no entry has weighs as much as the rarest."""
        frequency = self._frequencies.get(token)
        return math.log(1 + self._count / frequency) if frequency else self._unknown

    def weighed(self, tokens: frozenset[str]) -> tuple[tuple[tuple[str, float], ...], float]:
        """Tokens with their weights, and the sum of these; kept, for every candidate is held against the same tokens."""
        if tokens not in self._weighed:
            pairs = tuple((token, self(token)) for token in tokens)
            self._weighed[tokens] = pairs, sum(weight for _, weight in pairs)
        return self._weighed[tokens]


def features(query: Query, asked: Tokens, entry: Profile, rarity: Rarity) -> dict[str, float]:
    """What speaks for an entry, each between 0 and 1."""
    characters = _overlap(asked.characters, entry.characters, rarity)
    syllables = _overlap(asked.syllables, entry.syllables, rarity)
    syllable_pairs = _overlap(asked.syllable_pairs, entry.syllable_pairs, rarity)
    return {
        "like_characters": characters.nearest,
        "like_syllables": syllables.nearest,
        "like_syllable_pairs": syllable_pairs.nearest,
        "near_characters": characters.near,
        "near_syllables": syllables.near,
        "near_syllable_pairs": syllable_pairs.near,
        "cover_characters": characters.cover,
        "cover_syllable_pairs": syllable_pairs.cover,
        "named": float(any(name in query.text for name in entry.names)),
        "other_problem": float(bool(query.problems) and not any(_deals_with(entry, p) for p in query.problems)),
        "crop": float(bool(entry.entry.crops & query.crops)),
        "general": float(bool(query.crops) and not entry.entry.crops),
        "kind": query.kinds.get(entry.entry.kind, 0.0),
    }


def rank(query: Query, asked: Tokens, entries: Iterable[Profile], rarity: Rarity) -> list[Hit]:
    """Hits for the entries that are not about another crop, best first."""
    judged = [(p, features(query, asked, p, rarity)) for p in entries if not about_another_crop(query, p)]
    weights = _weights()
    scores = [_score(query, p, why, weights) for p, why in judged]
    highest = max([*scores, weights[NONE]])
    total = math.exp(weights[NONE] - highest) + sum(math.exp(score - highest) for score in scores)
    hits = [
        Hit(p.entry, math.exp(score - highest) / total, why) for (p, why), score in zip(judged, scores, strict=True)
    ]
    return sorted(hits, key=lambda hit: (-hit.confidence, hit.entry.key))


def about_another_crop(query: Query, p: Profile) -> bool:
    """A question that names a crop must not get another crop's entry."""
    return bool(query.crops) and bool(p.entry.crops) and not p.entry.crops & query.crops


def _score(query: Query, p: Profile, why: Mapping[str, float], weights: Mapping[str, float]) -> float:
    score = sum(weights[name] * value for name, value in why.items())
    if query.month is not None and p.entry.months and query.month not in p.entry.months:
        score -= SEASON
    if query.region is not None and p.entry.regions and query.region not in p.entry.regions:
        score -= REGION
    return score


def _overlap(asked: frozenset[str], lines: Lines, rarity: Rarity) -> Overlap:
    if not asked:
        return Overlap(0.0, 0.0, 0.0)
    weighed, total = rarity.weighed(asked)
    common = [0.0] * len(lines.sizes)
    known = 0.0
    for token, weight in weighed:
        at = lines.at.get(token)
        if at:
            known += weight
            for number in at:
                common[number] += weight
    # The weight of a line is estimated by its length: its other tokens' frequencies are not looked up.
    mean = total / len(asked)
    likeness = [2 * weight / (total + mean * size) for weight, size in zip(common, lines.sizes, strict=True)]
    nearest = [min(1.0, like) for like in sorted(likeness, reverse=True)[:NEAR]]
    return Overlap(max(nearest, default=0.0), sum(nearest) / NEAR, known / total)


def _deals_with(p: Profile, problem: str) -> bool:
    """Whether the entry deals with a problem, in its names or in anything it is asked by."""
    named: Sequence[str] = (*p.names, p.entry.title)
    return any(problem in name or name in problem for name in named) or any(
        problem in line for line in (*p.entry.asks, *p.entry.symptoms)
    )


@cache
def _weights() -> Mapping[str, float]:
    weights: dict[str, float] = yaml.safe_load(WEIGHTS.read_text("utf-8"))
    return weights
