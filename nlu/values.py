"""Dates, quantities and places of a sentence, read by rule, as entities beside the lexicon's."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from nlu.text.gazetteer import Gazetteer
from nlu.text.places import PlaceFinder
from nlu.text.quantities import Quantity, QuantityFinder
from nlu.text.when import DateFinder
from nlu.understanding import Entity
from nlu.wordfile import Region
from nlu.words import Words


class ValueFinder:
    """Finds what has a value; holds no state, safe to share. `clock` tells what 明天 is."""

    def __init__(
        self, dates: DateFinder, quantities: QuantityFinder, places: PlaceFinder, clock: Callable[[], datetime]
    ) -> None:
        self._dates = dates
        self._quantities = quantities
        self._places = places
        self._clock = clock

    @classmethod
    def load(cls, words: Words, gazetteer: Gazetteer, clock: Callable[[], datetime], *folders: Path) -> "ValueFinder":
        """With our own data and the counties' `units/*.yaml`. Raises `MeasuresBroken`."""
        units = [path for folder in folders for path in sorted((folder / "units").glob("*.yaml"))]
        return cls(DateFinder(), QuantityFinder.load(words, *units), PlaceFinder(gazetteer, words), clock)

    def by(self, clock: Callable[[], datetime]) -> "ValueFinder":
        """The same by another clock."""
        return ValueFinder(self._dates, self._quantities, self._places, clock)

    @property
    def quantities(self) -> QuantityFinder:
        """Finds the quantities of a sentence, with all that they may mean."""
        return self._quantities

    def find(self, text: str, region: Region | None = None, near: str | None = None) -> tuple[Entity, ...]:
        """Values in the order of the text, none overlapping another. `near` is the speaker's administrative code.

        Standard forms: ISO 8601 for a `date`, the full name for a `place`, and for a quantity (its kind is its own:
        `area`, `weight`, `money`, ...) the number or the range in its unit: `3.5亩`, `3-5天`.
        """
        found = [
            Entity("date", when.text, when.iso, when.start, when.end) for when in self._dates.find(text, self._clock())
        ]
        found += [
            Entity("place", place.text, place.full_name, place.start, place.end)
            for place in self._places.find(text, near)
            if _is_free(place.start, place.end, found)
        ]
        found += [
            Entity(quantity.kind, quantity.text, _standard(quantity), quantity.start, quantity.end)
            for quantity in self._quantities.find(text, region)
            if _is_free(quantity.start, quantity.end, found)
        ]
        return tuple(sorted(found, key=lambda entity: entity.start))


def without_contradiction(named: tuple[Entity, ...], values: tuple[Entity, ...]) -> tuple[Entity, ...]:
    """The lexicon's entities and the values that stand beside them.

    A word within a date (麦 in 麦收后) names nothing, and a date within a name (清明 in 清明茶) is none; of places the
    gazetteer knows more than the lexicon.
    """
    words = [
        entity
        for entity in named
        if entity.kind != "place" and not any(value.kind == "date" and _holds(value, entity) for value in values)
    ]
    kept = [value for value in values if _is_free(value.start, value.end, words) or value.kind == "place"]
    return tuple(sorted((*words, *kept), key=lambda entity: (entity.start, -entity.end)))


def _holds(outer: Entity, inner: Entity) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end and outer.end - outer.start > inner.end - inner.start


def _is_free(start: int, end: int, taken: "list[Entity]") -> bool:
    return not any(start < entity.end and entity.start < end for entity in taken)


def _standard(quantity: Quantity) -> str:
    low, high = _number(quantity.low), _number(quantity.high)
    return f"{low}{quantity.unit}" if low == high else f"{low}-{high}{quantity.unit}"


def _number(value: Decimal) -> str:
    return f"{value.normalize():f}"
