"""Entities against golden ones: sets of kind and value, and their F1."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import yaml

from nlu.understanding import Entity
from nlu.values import ValueFinder
from nlu.words import Words

AS_SAID = ("place", "date", "area", "money", "weight")
"""Kinds whose golden value is the text as said: right by the same words or the same value."""
KINDS = ("crop", "pest", "machine", "date", "area", "livestock", "pesticide", "fertiliser", "service", "product",
         "policy", "hazard", "place", "money", "weight")  # fmt: skip
CONVENTIONS = Path(__file__).parent / "conventions.yaml"

Named = tuple[str, frozenset[str]]
"""A kind, and every form in which its value may stand."""


@dataclass(slots=True)
class Score:
    """Hits, false and missed entities by kind."""

    right: Counter[str] = field(default_factory=Counter)
    false: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)

    def f1(self, kind: str) -> float | None:
        """F1 of a kind; None where nothing was found or there was nothing to find."""
        hits, errors = 2 * self.right[kind], self.false[kind] + self.missed[kind]
        return hits / (hits + errors) if self.right[kind] + self.false[kind] and hits + errors else None

    def count(self, kind: str) -> int:
        """How many there were to find."""
        return self.right[kind] + self.missed[kind]


@cache
def _conventions() -> Mapping[str, frozenset[str]]:
    return {name: frozenset(listed) for name, listed in yaml.safe_load(CONVENTIONS.read_text("utf-8")).items()}


class Judge:
    """Compares what was named with what is golden, by the conventions of tests/golden/README.md."""

    def __init__(self, words: Words, values: ValueFinder) -> None:
        self._words = words
        self._values = values
        self._standard = {(term.kind, term.standard) for term in words.terms}
        self._whole = {term.standard: term.of for term in words.terms if term.kind == "livestock" and term.of}

    def judge(self, score: Score, golden: Sequence[Sequence[str]], found: Iterable[Entity], intent: str) -> None:
        """Count one sentence; `intent` as it was read."""
        wanted = {self._golden(kind, value) for kind, value in golden}
        named = {one for entity in found if (one := self._found(entity))}
        for one in list(wanted):
            match = next((other for other in named if _same(one, other)), None)
            (score.missed if match is None else score.right)[one[0]] += 1
            named = {other for other in named if not _same(one, other)}
        for kind, forms in named:
            if not self._unmarked(kind, forms, intent):
                score.false[kind] += 1

    def _golden(self, kind: str, value: str) -> Named:
        if kind in AS_SAID:
            return kind, frozenset({value, *(e.standard for e in self._values.find(value) if e.text == value)})
        return kind, frozenset({self._value("problem" if kind == "pest" else kind, value)})

    def _found(self, entity: Entity) -> Named | None:
        kind = "pest" if entity.kind == "problem" else entity.kind
        if kind not in KINDS:
            return None
        if kind in AS_SAID:
            return kind, frozenset({entity.text, entity.standard})
        return kind, frozenset({self._value(entity.kind, entity.standard)})

    def _value(self, kind: str, value: str) -> str:
        """The standard term that `value` is a name of; young and female animals are their kind."""
        if (kind, value) not in self._standard:
            readings = self._words.readings.get(value, ())
            value = next((r.term.standard for r in readings if r.term.kind == kind), value)
        return self._whole.get(value) or value

    def _unmarked(self, kind: str, forms: frozenset[str], intent: str) -> bool:
        rules = _conventions()
        if kind == "service":
            return intent not in rules["asked_for"]
        return bool(forms & rules["whole_groups"]) or (kind == "pest" and bool(forms & rules["conditions"]))


def _same(one: Named, other: Named) -> bool:
    """Whether the values agree; of a place either may be the fuller name."""
    if one[0] != other[0]:
        return False
    if one[0] == "place":
        return any(a in b or b in a for a in one[1] for b in other[1])
    return bool(one[1] & other[1])
