"""Measures: what people say for them, how much they are in the unit that the system counts in, and where they differ.

Read from `nlu/text/quantities.yaml`; a county may add `units` in a file of the same schema.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from nlu.datafile import read_data
from nlu.wordfile import Region

QuantityKind = Literal[
    "area", "weight", "money", "price", "volume", "count", "length", "temperature", "ratio", "duration",
    "percentage", "rate", "mix",
]  # fmt: skip

MEASURES = Path(__file__).parent / "quantities.yaml"
_ENDS = frozenset("，。？！；、,?!; ）)")


class MeasuresBroken(Exception):
    """A file of measures does not follow its schema."""


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Measure(_Data):
    """One measure in one meaning."""

    kind: QuantityKind
    unit: str
    """What the system counts in."""
    factor: Fraction = Fraction(1)
    """How many of `unit` it is."""
    said: tuple[str, ...]
    regions: tuple[Region, ...] = ()
    """Where it is so much; elsewhere only if no meaning is at home there."""
    strict: bool = False
    """It means this in `regions` and nowhere else."""
    tenths: bool = False
    """A single digit behind it is tenths of it: 三斤二."""
    lone: bool = False
    """It goes without a number before 半 and 把: 斤半."""
    people: bool = False
    """Only behind 俩, 仨 and 半: 俩月 is two months, 两月 is no quantity."""
    skip_one: bool = False
    """With 一 it counts nothing: 一个办法."""
    before: tuple[str, ...] = ()
    """What must follow; "$" stands for a mark or the end."""
    not_before: tuple[str, ...] = ()
    one_before: tuple[str, ...] = ()
    """What must follow where the number is 一: 一块去 is no money."""

    def fits(self, text: str, end: int, region: Region | None, *, one: bool) -> bool:
        """Whether it may be meant by a form that ends at `end`."""
        if self.strict and region not in self.regions:
            return False
        if self.before and not _followed(text, end, self.before):
            return False
        if one and (self.skip_one or (self.one_before and not _followed(text, end, self.one_before))):
            return False
        return not text.startswith(self.not_before, end)


def _followed(text: str, end: int, words: tuple[str, ...]) -> bool:
    at_end = end >= len(text) or text[end] in _ENDS
    return (at_end and "$" in words) or text.startswith(words, end)


class Idiom(_Data):
    """A quantity that is one word."""

    said: tuple[str, ...]
    kind: QuantityKind
    unit: str
    low: Fraction
    high: Fraction


class MeasureFile(_Data):
    """The measures and the words that join them."""

    units: tuple[Measure, ...] = Field(min_length=1)
    halves: Mapping[str, str]
    idioms: tuple[Idiom, ...]
    each: tuple[str, ...]
    per: Mapping[str, str]
    yields: tuple[str, ...]
    before_price: str
    before_amount: str
    mixing: str
    water: tuple[str, ...]
    about_before: tuple[str, ...]
    about_after: tuple[str, ...]
    not_more: tuple[str, ...]
    loose_only_before: tuple[str, ...]
    formulations: tuple[str, ...]
    keep: tuple[str, ...]


class MoreMeasures(_Data):
    """What a county adds: measures of its own, before ours where they share a form, and words to leave alone."""

    units: tuple[Measure, ...] = ()
    keep: tuple[str, ...] = ()


class Measures:
    """All measures in force, found by what is said."""

    def __init__(self, data: MeasureFile, more: Iterable[MoreMeasures] = ()) -> None:
        extra = tuple(more)
        self.data = data
        self.keep = (*data.keep, *(word for one in extra for word in one.keep))
        units = (*(unit for one in extra for unit in one.units), *data.units)
        self._by_form: dict[str, tuple[Measure, ...]] = {}
        for unit in units:
            for said in dict.fromkeys(unit.said):
                self._by_form[said] = (*self._by_form.get(said, ()), unit)
        self._lengths = _lengths((*self._by_form, *data.halves))
        self.lone = sorted((said for unit in units if unit.lone for said in unit.said), key=len, reverse=True)
        self.idioms = {said: idiom for idiom in data.idioms for said in idiom.said}
        self.per = sorted(data.per.items(), key=lambda word: -len(word[0]))
        self.price_gap = re.compile(data.before_price)
        self.amount_gap = re.compile(data.before_amount)
        self.mix_gap = re.compile(data.mixing)

    @classmethod
    def load(cls, *extra: Path) -> "Measures":
        """Read our own file, then further ones with a county's measures. Raises `MeasuresBroken`."""
        return cls(
            read_data(MEASURES, MeasureFile, MeasuresBroken),
            [read_data(path, MoreMeasures, MeasuresBroken) for path in extra],
        )

    def forms(self, text: str, at: int) -> Iterator[tuple[int, str, bool]]:
        """The measures that may be named at `at`: where each ends, how it is called, and whether a half is in it."""
        for length in self._lengths.get(text[at : at + 1], ()):
            if at + length > len(text):
                continue
            said = text[at : at + length]
            if said in self.data.halves:
                yield at + length, self.data.halves[said], True
            elif said in self._by_form:
                yield at + length, said, False

    def meanings(
        self, said: str, text: str, end: int, region: Region | None, *, one: bool = False, people: bool = False
    ) -> tuple[Measure, ...]:
        """What a form means that ends at `end`, the likeliest first."""
        fitting = tuple(
            unit
            for unit in self._by_form.get(said, ())
            if unit.fits(text, end, region, one=one) and (people or not unit.people)
        )
        at_home = tuple(unit for unit in fitting if region in unit.regions)
        return at_home or fitting


def _lengths(words: Iterable[str]) -> dict[str, tuple[int, ...]]:
    found: dict[str, set[int]] = {}
    for word in words:
        found.setdefault(word[0], set()).add(len(word))
    return {first: tuple(sorted(lengths, reverse=True)) for first, lengths in found.items()}
