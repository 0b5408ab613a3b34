"""A number with its unit while a sentence is being read: every meaning that it may have, in exact fractions."""

from dataclasses import dataclass
from fractions import Fraction

from nlu.text.measures import QuantityKind


@dataclass(frozen=True, slots=True)
class Meaning:
    """One meaning of an amount; `exact` where the same words were taken to the letter (百八十 as 180)."""

    kind: QuantityKind
    unit: str
    low: Fraction
    high: Fraction
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Amount:
    """Said from `start` to `end`; the likeliest meaning first. No unit: a bare number. `per`: 每亩, of which it is one."""

    start: int
    end: int
    meanings: tuple[Meaning, ...]
    said: str
    loose: bool = False
    per: bool = False
    ranged: bool = False
    unit_end: int = 0
    measure_factor: Fraction = Fraction(1)
    tenths: bool = False
    whole: bool = False
    """Nothing more belongs to it: a half is in it already."""
    parts: tuple["Amount", ...] = ()

    @property
    def kind(self) -> QuantityKind:
        return self.meanings[0].kind

    @property
    def unit(self) -> str:
        return self.meanings[0].unit

    @property
    def key(self) -> tuple[QuantityKind, str]:
        return self.kind, self.unit
