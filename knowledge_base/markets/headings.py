"""Which column of a file is which: guessed by its header, or as a person says."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import yaml

from knowledge_base.markets.problem import PricesRefused, sentences
from knowledge_base.markets.units import UnitUnknown, read_unit

DATA = Path(__file__).with_name("columns.yaml")
FIELDS = ("product", "variety", "market", "place", "day", "low", "mid", "high", "unit", "latitude", "longitude")
PRICES = ("low", "mid", "high")
_BRACKETS = re.compile(r"[(\[【]([^)\]】]*)[)\]】]")
_NOISE = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Options:
    """What a person says of a file: who it is from, and what its rows do not tell.

    `columns` names headers by field where the guess does not do. `unit`, `place` (code or name) and `market` are for
    files that have no such column.
    """

    source: str
    columns: Mapping[str, str] = field(default_factory=dict)
    unit: str = ""
    market: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class Headings:
    """The column of each field that the file has, and the unit of its figures where a header or the options tell it."""

    at: Mapping[str, int]
    unit: str

    @property
    def fields(self) -> tuple[str, ...]:
        """What the file has, in the order of `FIELDS`."""
        return tuple(name for name in FIELDS if name in self.at)


def find_headings(header: Sequence[str], options: Options) -> Headings:
    """The columns of a file. Raises `PricesRefused` where one is missing that must be there."""
    at = find_columns(header, options)
    _check_whole(at, options)
    return Headings(at, _checked_unit(at, _header_unit(header, at) or options.unit))


def find_columns(header: Sequence[str], options: Options) -> dict[str, int]:
    """The column of each field, whether all that must be there are or not.

    Raises `PricesRefused` where the options name a header or a field that is not there.
    """
    at = _said(header, options.columns)
    for name, column in _guessed(header).items():
        if name not in at and column not in at.values():
            at[name] = column
    return at


def told_headings(fields: Sequence[str], options: Options) -> Headings:
    """Columns whose fields are told, in their order. Raises `PricesRefused` as `find_headings` does."""
    at = {name: column for column, name in enumerate(fields)}
    _check_whole(at, options)
    return Headings(at, _checked_unit(at, options.unit))


def _checked_unit(at: Mapping[str, int], unit: str) -> str:
    if "unit" not in at and not unit:
        raise PricesRefused("no_unit")
    if unit:
        try:
            read_unit(unit)
        except UnitUnknown:
            raise PricesRefused("unit_unknown", unit=unit) from None
    return unit


def header_words(cells: Sequence[str]) -> int:
    """How many cells of a line are headers that we know."""
    return len(_guessed(cells))


def _check_whole(at: Mapping[str, int], options: Options) -> None:
    if not at:
        raise PricesRefused("no_header")
    for name in ("product", "day"):
        if name not in at:
            raise PricesRefused("missing", column=sentences().fields[name])
    if not any(name in at for name in PRICES):
        raise PricesRefused("no_price")
    if not {"market", "place"} & set(at) and not (options.market and options.place):
        raise PricesRefused("no_market")


def _said(header: Sequence[str], columns: Mapping[str, str]) -> dict[str, int]:
    plain = [_plain(cell) for cell in header]
    at: dict[str, int] = {}
    for name, wanted in columns.items():
        if name not in FIELDS:
            raise PricesRefused("no_such_field", field=name, fields="、".join(FIELDS))
        exact = [column for column, cell in enumerate(header) if cell.strip() == wanted.strip()]
        alike = [column for column, cell in enumerate(plain) if cell and cell == _plain(wanted)]
        if not exact + alike:
            raise PricesRefused("no_such_header", header=wanted)
        at[name] = (exact + alike)[0]
    return at


def _guessed(header: Sequence[str]) -> dict[str, int]:
    at: dict[str, int] = {}
    for column, cell in enumerate(header):
        name = _synonyms().get(_plain(cell))
        if name is not None:
            at.setdefault(name, column)
    return at


def _header_unit(header: Sequence[str], at: Mapping[str, int]) -> str:
    """The unit in the brackets of a price's header, where there is one that we know."""
    for name in ("mid", "low", "high"):
        if name not in at:
            continue
        for written in _BRACKETS.findall(unicodedata.normalize("NFKC", header[at[name]])):
            try:
                return read_unit(str(written).removeprefix("单位:")).written
            except UnitUnknown:
                continue
    return ""


def _plain(cell: str) -> str:
    text = unicodedata.normalize("NFKC", cell).casefold()
    return _NOISE.sub("", _BRACKETS.sub("", text))


@cache
def _synonyms() -> dict[str, str]:
    rows: dict[str, list[str]] = yaml.safe_load(DATA.read_text(encoding="utf-8"))
    return {_plain(written): name for name, all_written in rows.items() for written in (name, *all_written)}
