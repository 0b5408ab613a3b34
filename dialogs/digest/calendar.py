"""What the season asks for, by solar term, zone and crop, from calendar.yaml."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from knowledge_base.weather.work import RuleSource
from knowledge_base.weather.zones import Zone
from nlu.text.when.almanac import TERMS, term

DATA = Path(__file__).with_name("calendar.yaml")
MOST = 3
"""Lines of one digest."""
EVERYBODY: Literal["any"] = "any"


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Line(_Data):
    """What is done. `of`: a crop, a group of crops, or `any`; without zones it holds everywhere."""

    of: str
    zones: frozenset[Zone] = frozenset()
    say: str = Field(min_length=4, max_length=40)
    source: str


class Calendar(_Data):
    """The file."""

    sources: dict[str, RuleSource]
    groups: dict[str, frozenset[str]]
    terms: dict[str, tuple[Line, ...]]

    @model_validator(mode="after")
    def _whole(self) -> "Calendar":
        if list(self.terms) != TERMS:
            raise ValueError("the 24 terms in their order")
        named = {line.source for lines in self.terms.values() for line in lines}
        if named != set(self.sources):
            raise ValueError(f"sources without a use or without an entry: {sorted(named ^ set(self.sources))}")
        return self


@dataclass(frozen=True, slots=True)
class Season:
    """The solar term that holds, since `since`, and what it asks for."""

    name: str
    since: date
    lines: tuple[str, ...]


@cache
def calendar() -> Calendar:
    """The shipped calendar."""
    return Calendar.model_validate(yaml.safe_load(DATA.read_text("utf-8")))


def season(today: date, zone: Zone | None, crops: Iterable[str]) -> Season:
    """What the term asks for of these crops (terms of the lexicon) in a zone, the crops' own lines first."""
    begun = [
        (day, name) for year in (today.year - 1, today.year) for name in TERMS if (day := term(year, name)) <= today
    ]
    since, name = max(begun)
    lines, grown = calendar().terms[name], list(crops)
    own = [line.say for line in lines if _holds(line, zone) and any(_is(line.of, crop) for crop in grown)]
    general = [line.say for line in lines if line.of == EVERYBODY]
    return Season(name, since, tuple(dict.fromkeys([*own, *general]))[:MOST])


def _holds(line: Line, zone: Zone | None) -> bool:
    return not line.zones or zone in line.zones


def _is(of: str, crop: str) -> bool:
    return of == crop or crop in calendar().groups.get(of, ())
