"""Where places lie: villages and towns by the county's table, the rest by the seats of counties, prefectures and provinces."""

import csv
import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sqlalchemy import select

from knowledge_base.store import Store
from knowledge_base.warnings.models import VillageRow

DATA = Path(__file__).with_name("coordinates.csv")
_EARTH = 6371.0
"""Mean radius in kilometres."""
_DEGREE = math.pi / 180 * _EARTH
"""Kilometres of a degree of latitude."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A position in degrees WGS 84, and the `code` of the place that it is of: that asked for or one around it."""

    latitude: float
    longitude: float
    code: str


@dataclass(frozen=True, slots=True)
class Near:
    """The county whose seat is nearest, by its code of 6 digits, and how many `kilometres` away that is."""

    code: str
    kilometres: float


class Coordinates:
    """Positions of places by administrative code. Seats are right to about a kilometre, for forecasts, not for maps."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def of(self, code: str) -> Spot | None:
        """Where a place (6, 9 or 12 digits) lies, or the narrowest place around it whose position is known."""
        wider = _wider(code)
        told = [one for one in wider if len(one) > 6]
        if told:
            async with self._store.session() as session:
                rows = (await session.scalars(select(VillageRow).where(VillageRow.code.in_(told)))).all()
            if rows:
                row = max(rows, key=lambda row: len(row.code))
                return Spot(row.latitude, row.longitude, row.code)
        return next((Spot(*seats()[one], one) for one in wider if one in seats()), None)


def nearest(latitude: float, longitude: float, within: float = 150) -> Near | None:
    """The county whose seat is nearest to a position; None where none is `within` so many kilometres, so outside of China.

    Near a border that may be the neighbouring county.
    """
    found: Near | None = None
    for code, (north, east) in _counties().items():
        if abs(north - latitude) * _DEGREE > within:
            continue
        kilometres = distance(latitude, longitude, north, east)
        if kilometres <= within and (found is None or kilometres < found.kilometres):
            found = Near(code, kilometres)
    return found


@cache
def seats() -> dict[str, tuple[float, float]]:
    """Latitude and longitude of the seats by code of 6 digits."""
    with DATA.open(encoding="utf-8", newline="") as file:
        return {row["code"]: (float(row["latitude"]), float(row["longitude"])) for row in csv.DictReader(file)}


@cache
def _counties() -> dict[str, tuple[float, float]]:
    """The seats of counties, and of the cities that have none."""
    divided = {code[:4] for code in seats() if not code.endswith("00")}
    return {code: seat for code, seat in seats().items() if not code.endswith("00") or _undivided(code, divided)}


def _undivided(code: str, divided: set[str]) -> bool:
    return not code.endswith("0000") and code[:4] not in divided


def _wider(code: str) -> list[str]:
    """A code and those around it, the narrowest first."""
    steps = [code[:12], code[:9], code[:6], f"{code[:4]}00", f"{code[:2]}0000"]
    return [one for one in dict.fromkeys(steps) if len(one) in {6, 9, 12}]


def distance(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Kilometres between two positions, on the globe taken as flat: within 150 km right to a few hundred metres."""
    north = (other_latitude - latitude) * _DEGREE
    middle = math.radians((latitude + other_latitude) / 2)
    return math.hypot(north, (other_longitude - longitude) * _DEGREE * math.cos(middle))
