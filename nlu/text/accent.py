"""How alike two syllables sound in the accent of a region: accents.yaml, read and checked."""

import math
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from nlu.wordfile import Region, WordsBroken

DATA = Path(__file__).with_name("accents.yaml")
UNKNOWN = 1.5
"""How much more a fold costs where it is not known from where somebody speaks."""
ABROAD = 2.5
"""The same, in a region whose people do keep these sounds apart."""
_INITIALS = (
    "zh", "ch", "sh", "b", "p", "m", "f", "d", "t", "n", "l", "g", "k", "h", "j", "q", "x", "r", "z", "c", "s", "y", "w",
)  # fmt: skip

Pair = tuple[str, str]


class Fold(BaseModel):
    """Sounds that some regions run together; `cost` is for one syllable, at home."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    regions: tuple[Region, ...]
    cost: float = Field(gt=0, le=1)
    initials: tuple[Pair, ...] = ()
    finals: tuple[Pair, ...] = ()
    syllables: tuple[Pair, ...] = ()

    @field_validator("regions", mode="before")
    @classmethod
    def _spaced(cls, value: Any) -> Any:
        return tuple(value.split()) if isinstance(value, str) else value

    @field_validator("initials", "finals", "syllables", mode="before")
    @classmethod
    def _pairs(cls, value: Any) -> Any:
        return tuple(tuple(pair.split()) for pair in value)

    def price(self, region: Region | None) -> float:
        """What it costs to assume it of somebody from `region`."""
        if region is None:
            return self.cost * UNKNOWN
        return self.cost if region in self.regions else self.cost * ABROAD


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    folds: tuple[Fold, ...]
    readings: dict[str, str] = {}
    syllables: frozenset[str]

    @field_validator("syllables", mode="before")
    @classmethod
    def _spaced(cls, value: Any) -> Any:
        return frozenset(value.split()) if isinstance(value, str) else value


class Accents:
    """The sounds of all regions; holds no state beyond what it has worked out, safe to share."""

    def __init__(self, folds: tuple[Fold, ...], readings: Mapping[str, str], syllables: frozenset[str]) -> None:
        self.folds = folds
        self.readings = readings
        self.syllables = syllables
        self._prices: dict[Region | None, dict[Pair, float]] = {}
        self._class = {syllable: syllable for syllable in syllables}
        for one, other in list(self._worked_out(None)):
            self._join(one, other)

    def key(self, syllable: str) -> str:
        """The same for all syllables that any chain of folds could take for each other."""
        return self._class.get(syllable, syllable)

    def cost(self, one: str, other: str, region: Region | None) -> float:
        """What it costs to take one syllable for the other: 0 for the same, infinite for what nobody mixes up."""
        return 0.0 if one == other else self._worked_out(region).get((one, other), math.inf)

    def _worked_out(self, region: Region | None) -> dict[Pair, float]:
        if region not in self._prices:
            priced: dict[Pair, float] = {}
            for one in self.syllables:
                for other in self._taken_for(one):
                    priced[one, other] = priced[other, one] = self._cheapest(one, other, region)
            self._prices[region] = priced
        return self._prices[region]

    def _taken_for(self, syllable: str) -> Iterator[str]:
        """What it becomes where its initial, its final, both, or all of it is mixed up."""
        initial, final = split(syllable)
        initials, finals = {initial}, {final}
        for fold in self.folds:
            initials.update(_other(fold.initials, initial))
            finals.update(_other(fold.finals, final))
            yield from _other(fold.syllables, syllable)
        for one in initials:
            for two in finals:
                if one + two != syllable and one + two in self.syllables:
                    yield one + two

    def _cheapest(self, one: str, other: str, region: Region | None) -> float:
        whole = self._price("syllables", one, other, region)
        (first, second), (third, fourth) = split(one), split(other)
        parts = self._price("initials", first, third, region) + self._price("finals", second, fourth, region)
        return min(whole, parts)

    def _price(self, part: str, one: str, other: str, region: Region | None) -> float:
        if one == other:
            return 0.0
        return min(
            (fold.price(region) for fold in self.folds if {(one, other), (other, one)} & set(getattr(fold, part))),
            default=math.inf,
        )

    def _join(self, one: str, other: str) -> None:
        kept, gone = sorted((self._class[one], self._class[other]))
        if kept != gone:
            self._class = {syllable: kept if of == gone else of for syllable, of in self._class.items()}


def split(syllable: str) -> Pair:
    """A toneless syllable's initial (y and w count as such) and final."""
    initial = next((initial for initial in _INITIALS if syllable.startswith(initial)), "")
    return initial, syllable[len(initial) :]


def read(path: Path = DATA) -> Accents:
    """The accents of a file. Raises `WordsBroken`."""
    try:
        file = _File.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (ValidationError, yaml.YAMLError) as error:
        raise WordsBroken(f"{path.name}: {error}") from error
    if faults := list(_faults(file)):
        raise WordsBroken(f"{path.name}: {'; '.join(faults)}")
    return Accents(file.folds, file.readings, file.syllables)


@cache
def accents() -> Accents:
    """The shipped accents."""
    return read()


def _faults(file: _File) -> Iterator[str]:
    finals = {split(syllable)[1] for syllable in file.syllables}
    for fold in file.folds:
        known = {"initials": frozenset(_INITIALS), "finals": frozenset(finals), "syllables": file.syllables}
        for part, sounds in known.items():
            for pair in getattr(fold, part):
                yield from (
                    f"{fold.name}: there is no {sound} among the {part}" for sound in pair if sound not in sounds
                )
        if not (fold.initials or fold.finals or fold.syllables):
            yield f"{fold.name} folds nothing"
    yield from (
        f"{char} is read {said}, which is no syllable"
        for char, said in file.readings.items()
        if said not in file.syllables
    )
    names = [fold.name for fold in file.folds]
    yield from (f"{name} stands there twice" for name in sorted({name for name in names if names.count(name) > 1}))


def _other(pairs: tuple[Pair, ...], sound: str) -> Iterator[str]:
    for one, other in pairs:
        if sound == one:
            yield other
        elif sound == other:
            yield one
