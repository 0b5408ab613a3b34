"""Quantities with units in a sentence: areas in 亩, weights in 斤, money in 元, and the rest in the units of the data."""

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from nlu.text.amount_reader import AmountReader
from nlu.text.amounts import Amount, Meaning
from nlu.text.joining import Joiner
from nlu.text.measures import Measures, QuantityKind
from nlu.text.numbers import plain_digits
from nlu.text.scanner import Scanner
from nlu.wordfile import ENTITY_KINDS, HAN_NUMERALS, Region
from nlu.words import Words

_AGENTS = frozenset({"pesticide", "fertiliser"})
_NUMERALS = frozenset(HAN_NUMERALS)
_DECIMALS = 6


@dataclass(frozen=True, slots=True)
class Quantity:
    """Between `low` and `high` of `unit` (equal where one value is meant), said from `start` to `end` as `text`.

    `alternatives`: what else the same words may mean. `parts` of a mix: what is dissolved, and in what.
    """

    kind: QuantityKind
    low: Decimal
    high: Decimal
    unit: str
    said_unit: str
    approximate: bool
    text: str
    start: int
    end: int
    alternatives: tuple["Quantity", ...] = ()
    parts: tuple["Quantity", ...] = ()


class QuantityFinder:
    """Reads left to right, never inside a word of the lexicon; holds no state, safe to share."""

    def __init__(self, words: Words, measures: Measures) -> None:
        self._measures = measures
        self._scanner = Scanner(words, ENTITY_KINDS)
        self._keep = re.compile("|".join(measures.keep))
        self._joiner = Joiner(measures)

    @classmethod
    def load(cls, words: Words, *extra: Path) -> "QuantityFinder":
        """With our own measures and those of the files in `extra`. Raises `MeasuresBroken`."""
        return cls(words, Measures.load(*extra))

    def find(self, text: str, region: Region | None = None) -> tuple[Quantity, ...]:
        """Quantities in the order of the text, none overlapping another. `region` decides what a 垧 is."""
        plain = plain_digits(text)
        found = AmountReader(plain, region, self._measures, *self._blocked(plain, region)).amounts()
        return tuple(_quantity(text, amount) for amount in self._joiner.join(plain, found))

    def _blocked(self, text: str, region: Region | None) -> tuple[frozenset[int], frozenset[int]]:
        """The characters that belong to other words, and where a pesticide or a fertiliser starts."""
        taken: set[int] = set()
        agents: set[int] = set()
        for hit in self._scanner.scan(text, region):
            if not text[hit.start : hit.end].isdecimal():
                # 120 is an ambulance, 120斤 a weight; by itself it is no quantity anyway.
                taken.update(range(hit.start, hit.end))
            if any(reading.term.kind in _AGENTS for reading in hit.readings):
                agents.add(hit.start)
        for kept in self._keep.finditer(text):
            if kept[0][0] in HAN_NUMERALS and text[kept.start() - 1 : kept.start()] in _NUMERALS:
                continue  # It is the end of a longer number: 二十一样, not 一样.
            taken.update(range(kept.start(), kept.end()))
        return frozenset(taken), frozenset(agents)


def _quantity(text: str, amount: Amount) -> Quantity:
    made = [_meant(text, amount, one) for one in amount.meanings]
    parts = tuple(_quantity(text, part) for part in amount.parts)
    return replace(made[0], alternatives=tuple(made[1:]), parts=parts)


def _meant(text: str, amount: Amount, one: Meaning) -> Quantity:
    low, high = _decimal(one.low), _decimal(one.high)
    approximate = not one.exact and (amount.loose or low != high)
    return Quantity(
        one.kind,
        low,
        high,
        one.unit,
        amount.said,
        approximate,
        text[amount.start : amount.end],
        amount.start,
        amount.end,
    )


def _decimal(value: Fraction) -> Decimal:
    """Six places at most, no needless zeros."""
    rounded = round(value, _DECIMALS)
    exact = Decimal(rounded.numerator) / Decimal(rounded.denominator)
    whole = exact.quantize(Decimal(1))
    return whole if exact == whole else exact.normalize()
