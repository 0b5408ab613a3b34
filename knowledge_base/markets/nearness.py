"""How far a market is from a person: on the map where both are known there, else by their administrative codes."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

Position = tuple[float, float]
"""Latitude and longitude in degrees."""
Where = Callable[[str], Position | None]
"""The position of a place by its code, where it is known."""

EARTH = 6371.0088
"""Mean radius in kilometres (IUGG)."""


class Nearness(IntEnum):
    """What both have in common."""

    TOWN = 0
    COUNTY = 1
    PREFECTURE = 2
    PROVINCE = 3
    ELSEWHERE = 4


_DIGITS = {Nearness.TOWN: 9, Nearness.COUNTY: 6, Nearness.PREFECTURE: 4, Nearness.PROVINCE: 2}
_USUAL = {
    Nearness.TOWN: 5.0,
    Nearness.COUNTY: 20.0,
    Nearness.PREFECTURE: 70.0,
    Nearness.PROVINCE: 250.0,
    Nearness.ELSEWHERE: 1000.0,
}
"""Kilometres to a market that is not on the map: what is usual, so that it can be put between those that are."""


@dataclass(frozen=True, slots=True)
class Distance:
    """`kilometres` is None where one of both is not on the map; `reach` is what markets are put in order by."""

    nearness: Nearness
    kilometres: float | None

    @property
    def reach(self) -> float:
        """Kilometres, or what is usual."""
        return _USUAL[self.nearness] if self.kilometres is None else self.kilometres


@dataclass(frozen=True, slots=True)
class Person:
    """Where somebody is, as far as it is known: `place` by its code without the zeros at the end."""

    place: str | None
    position: Position | None

    def to(self, place: str, position: Position | None) -> Distance:
        """How far a market is."""
        known = self.position is not None and position is not None
        kilometres = _kilometres(self.position, position) if known else None  # type: ignore[arg-type]
        return Distance(nearness(self.place, place), kilometres)


def nearness(one: str | None, other: str) -> Nearness:
    """What two codes, both without the zeros at their end, have in common."""
    if not one:
        return Nearness.ELSEWHERE
    shared = (level for level, digits in _DIGITS.items() if _share(one, other, digits))
    return next(shared, Nearness.ELSEWHERE)


def _share(one: str, other: str, digits: int) -> bool:
    return len(one) >= digits and one[:digits] == other[:digits]


def _kilometres(one: Position, other: Position) -> float:
    """The distance on the globe by the haversine formula."""
    here, there = math.radians(one[0]), math.radians(other[0])
    east = math.radians(other[1] - one[1]) / 2
    half = math.sin((there - here) / 2) ** 2 + math.cos(here) * math.cos(there) * math.sin(east) ** 2
    return 2 * EARTH * math.asin(math.sqrt(min(1.0, half)))
