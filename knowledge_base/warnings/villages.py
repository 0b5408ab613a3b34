"""Where villages lie: read from a table that the county keeps, for people who have told their place and no position."""

import csv
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import delete, func, insert, select

from knowledge_base.store import Store
from knowledge_base.warnings.models import VillageRow
from knowledge_base.warnings.territory import around, kilometres

NEAR = 5.0
"""Kilometres from the middle of a village or town within which somebody is taken to belong to it."""
_TOWN = 9
"""Digits of a town's code; the middle of a whole county says nothing of who is near it."""
_AT_ONCE = 1_000


class VillagesBroken(Exception):
    """The table of villages cannot be read."""


class Village(BaseModel):
    """One line. `code` has 2 to 12 digits, the position is in degrees WGS 84."""

    model_config = ConfigDict(frozen=True)

    code: str = Field(pattern=r"^[1-8]\d{1,11}$")
    name: str = Field(min_length=1, max_length=80)
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)


def read_villages(path: Path) -> dict[str, Village]:
    """The villages of a CSV file in UTF-8 with the columns code, name, latitude, longitude. Raises `VillagesBroken`."""
    villages: dict[str, Village] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for line in (lines := csv.DictReader(file)):
                village = Village.model_validate(line)
                if village.code in villages:
                    raise VillagesBroken(f"{path.name}, line {lines.line_num}: {village.code} stands there twice")
                villages[village.code] = village
    except ValidationError as error:
        what = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise VillagesBroken(f"{path.name}, line {lines.line_num}: {what}") from None
    except (OSError, UnicodeError, csv.Error) as error:
        raise VillagesBroken(f"{path.name}: {error}") from error
    return villages


async def take_in_villages(store: Store, villages: dict[str, Village]) -> bool:
    """Make the store hold exactly these; whether anything was different."""
    async with store.session() as session:
        rows = (await session.scalars(select(VillageRow))).all()
        kept = {row.code: (row.name, row.latitude, row.longitude) for row in rows}
        if kept == {code: (one.name, one.latitude, one.longitude) for code, one in villages.items()}:
            return False
        await session.execute(delete(VillageRow))
        lines = [one.model_dump() for one in villages.values()]
        for start in range(0, len(lines), _AT_ONCE):
            await session.execute(insert(VillageRow), lines[start : start + _AT_ONCE])
    return True


async def nearest_village(store: Store, latitude: float, longitude: float) -> str | None:
    """The code of the nearest village or town within `NEAR` of a position in degrees WGS 84; None where none is known."""
    box = around(latitude, longitude, NEAR)
    query = select(VillageRow).where(
        VillageRow.latitude.between(box.south, box.north),
        VillageRow.longitude.between(box.west, box.east),
        func.length(VillageRow.code) >= _TOWN,
    )
    async with store.session() as session:
        rows = (await session.scalars(query)).all()
    far = {row.code: kilometres(latitude, longitude, row.latitude, row.longitude) for row in rows}
    code = min(far, key=lambda code: (far[code], code), default=None)
    return code if code is not None and far[code] <= NEAR else None
