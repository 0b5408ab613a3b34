"""The area of a warning: its administrative codes, polygons and circles."""

import math
from dataclasses import dataclass
from functools import cached_property

import shapely
from shapely.geometry import Polygon as Shape
from shapely.geometry.base import BaseGeometry

from knowledge_base.warnings.alert import Alert, Circle, Polygon

EARTH = 6371.0088
"""Mean radius in kilometres (IUGG)."""
_DEGREE = math.pi / 180 * EARTH
"""Kilometres of a degree of latitude."""
_PARTS = (6, 9)
"""Digits of a county and of a town."""


@dataclass(frozen=True, slots=True)
class Box:
    """Degrees: everything outside is certainly not in any of the shapes."""

    south: float
    west: float
    north: float
    east: float


@dataclass(frozen=True)
class Territory:
    """Everything inside any of its codes and shapes. `prefixes` are what the codes of its places begin with."""

    prefixes: tuple[str, ...]
    polygons: tuple[Polygon, ...] = ()
    circles: tuple[Circle, ...] = ()

    @classmethod
    def of(cls, alert: Alert) -> "Territory":
        """The area of all parts of a message."""
        prefixes = sorted(alert.area_prefixes)
        widest = (p for p in prefixes if not any(p != other and p.startswith(other) for other in prefixes))
        return cls(tuple(widest), alert.polygons, alert.circles)

    def __bool__(self) -> bool:
        """Whether it is anywhere."""
        return bool(self.prefixes or self.polygons or self.circles)

    @property
    def wider(self) -> tuple[str, ...]:
        """Codes of the counties and towns that the places of its codes are parts of, and that it does not hold as a whole."""
        codes = {prefix[:digits] for prefix in self.prefixes for digits in _PARTS if digits < len(prefix)}
        return tuple(sorted(code for code in codes if not self.holds_place(code)))

    def holds_place(self, code: str | None) -> bool:
        """Whether the whole of a place, given by 2 to 12 digits, lies in one of the codes."""
        return code is not None and code.startswith(self.prefixes)

    def holds_point(self, latitude: float, longitude: float) -> bool:
        """Whether a position lies in, or on the edge of, a polygon or circle."""
        if self.polygons and bool(shapely.intersects_xy(self._shape, longitude, latitude)):
            return True
        return any(kilometres(c.latitude, c.longitude, latitude, longitude) <= c.radius for c in self.circles)

    def covers(self, village: str | None, latitude: float | None, longitude: float | None) -> bool:
        """Whether it holds at a place with that code, which may have a position."""
        if self.holds_place(village):
            return True
        return latitude is not None and longitude is not None and self.holds_point(latitude, longitude)

    @cached_property
    def box(self) -> Box | None:
        """What lies around the shapes; None where there are none."""
        boxes = [around(circle.latitude, circle.longitude, circle.radius) for circle in self.circles]
        if self.polygons:
            west, south, east, north = self._shape.bounds
            boxes.append(Box(south, west, north, east))
        if not boxes:
            return None
        return Box(
            min(b.south for b in boxes),
            min(b.west for b in boxes),
            max(b.north for b in boxes),
            max(b.east for b in boxes),
        )

    @cached_property
    def _shape(self) -> BaseGeometry:
        shape = shapely.union_all([Shape([(point[1], point[0]) for point in polygon]) for polygon in self.polygons])
        shapely.prepare(shape)
        return shape


def around(latitude: float, longitude: float, radius: float) -> Box:
    """What holds every point within `radius` kilometres of a point in degrees."""
    high = radius / _DEGREE
    narrow = math.cos(math.radians(min(89.0, abs(latitude) + high)))
    wide = min(360.0, high / max(narrow, 0.01))
    return Box(latitude - high, longitude - wide, latitude + high, longitude + wide)


def kilometres(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """The distance on the globe by the haversine formula."""
    here, there = math.radians(latitude), math.radians(other_latitude)
    east = math.radians(other_longitude - longitude) / 2
    half = math.sin((there - here) / 2) ** 2 + math.cos(here) * math.cos(there) * math.sin(east) ** 2
    return 2 * EARTH * math.asin(math.sqrt(min(1.0, half)))
