"""The kinds of danger that warnings are about: their names, codes, and where the guidance stands."""

import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from knowledge_base.warnings.terms import Category, Colour

DATA = Path(__file__).with_name("hazards.yaml")


class Hazard(BaseModel):
    """One kind. `guidance` are keys of subjects.yaml, the most fitting first; `codes` are national event codes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str
    name: str
    names: tuple[str, ...]
    codes: tuple[str, ...] = ()
    category: Category
    guidance: tuple[str, ...]
    colours: tuple[Colour, ...]


@cache
def hazards() -> dict[str, Hazard]:
    """Every hazard by its key."""
    rows = yaml.safe_load(DATA.read_text(encoding="utf-8"))
    return {key: Hazard.model_validate({**row, "key": key, "colours": _colours(row)}) for key, row in rows.items()}


def hazard_of(codes: Iterable[str], lines: Iterable[str | None]) -> str | None:
    """The hazard of a national event code, or else of the longest name in the first line that holds one."""
    by_code = _by_code()
    for code in codes:
        if code.strip().upper() in by_code:
            return by_code[code.strip().upper()]
    return next((key for line in lines if line and (key := _named(line)) is not None), None)


def _named(line: str) -> str | None:
    text = unicodedata.normalize("NFKC", line).casefold()
    found = [(-len(name), text.index(name), key) for name, key in _by_name().items() if name in text]
    return min(found)[2] if found else None


def _colours(row: dict[str, list[str]]) -> list[Colour]:
    return [Colour[name.upper()] for name in row["colours"]]


@cache
def _by_code() -> dict[str, str]:
    return {code: hazard.key for hazard in hazards().values() for code in hazard.codes}


@cache
def _by_name() -> dict[str, str]:
    every = ((name, hazard.key) for hazard in hazards().values() for name in (hazard.name, *hazard.names))
    return {unicodedata.normalize("NFKC", name).casefold(): key for name, key in every}
