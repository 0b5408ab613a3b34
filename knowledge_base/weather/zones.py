"""Farming zones: which broad part of the country an administrative code lies in."""

from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import TypeAdapter

DATA = Path(__file__).with_name("zones.yaml")

Zone = Literal["northeast", "north", "northwest", "yangtze", "southwest", "south"]


def zone_of(code: str) -> Zone | None:
    """The zone of a code of 2 to 12 digits; None for one that is in no province."""
    return _by_province().get(code[:2])


@cache
def _by_province() -> dict[str, Zone]:
    zones = TypeAdapter(dict[Zone, tuple[str, ...]]).validate_python(yaml.safe_load(DATA.read_text("utf-8")))
    return {province: zone for zone, provinces in zones.items() for province in provinces}
