"""How near two places are: by position where both are known, else by how much of the administrative code they share."""

from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt

EARTH_KM = 6371.0
KM_PER_DEGREE = radians(1) * EARTH_KM
SAME_TOWN = 9
"""Digits of a township's code."""
COUNTY = 6
_VILLAGE = 2
_WIDER = "县市区旗盟州省"
_SHARED_KM = ((12, 1.0), (9, 5.0), (6, 20.0), (4, 60.0), (2, 200.0))
"""What is assumed of places that share so many digits of their codes."""
_FAR_KM = 1000.0


@dataclass(frozen=True, slots=True)
class Spot:
    """A place: its administrative code, and latitude and longitude in degrees where known."""

    code: str
    position: tuple[float, float] | None = None
    name: str = ""
    """As read back: it tells the village where the code does not."""


def kilometres(one: Spot, other: Spot) -> float | None:
    """The distance as the crow flies; None where a position is not known."""
    if one.position is None or other.position is None:
        return None
    (lat_a, lon_a), (lat_b, lon_b) = ([radians(x) for x in spot] for spot in (one.position, other.position))
    half = sin((lat_b - lat_a) / 2) ** 2 + cos(lat_a) * cos(lat_b) * sin((lon_b - lon_a) / 2) ** 2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(half)))


def assumed_kilometres(one: Spot, other: Spot) -> float:
    """The distance, or a guess from the codes where a position is not known."""
    known = kilometres(one, other)
    if known is not None:
        return known
    return next((km for digits, km in _SHARED_KM if _share(one.code, other.code, digits)), _FAR_KM)


def neighbours(one: Spot, other: Spot, within_km: float) -> bool:
    """Whether one visit may serve both: near by position, or in the same town where a position is not known."""
    known = kilometres(one, other)
    if known is not None:
        return known < within_km
    return _share(one.code, other.code, SAME_TOWN) or same_village(one, other)


def same_village(one: Spot, other: Spot) -> bool:
    """Whether two places of a county have the same village's name, of which one may be told with more around it."""
    if not _share(one.code, other.code, COUNTY) or not village_of(one.name):
        return False
    return bool(other.name) and (one.name.endswith(other.name) or other.name.endswith(one.name))


def village_of(name: str) -> str:
    """The end of a place's name by which its village is found; empty where the name ends with a county or more."""
    return "" if len(name) < _VILLAGE or name[-1] in _WIDER else name[-_VILLAGE:]


def _share(one: str, other: str, digits: int) -> bool:
    return len(one) >= digits and one[:digits] == other[:digits]
