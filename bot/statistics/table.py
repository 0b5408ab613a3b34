"""A table of the statistics, the same for the page and the workbook."""

from collections.abc import Sequence
from dataclasses import dataclass

from knowledge_base.statistics.terms import LEAST

Cell = str | int


@dataclass(frozen=True, slots=True)
class Row:
    """A line; `href` is where its first cell leads, on the page only."""

    cells: tuple[Cell, ...]
    href: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """`key` names it in addresses; `bars` are what a chart of it shows: a label and a number each."""

    key: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    note: str = ""
    bars: tuple[tuple[str, int], ...] = ()


def share(part: int, whole: int) -> str:
    """In per cent, "—" of nothing."""
    if not whole:
        return "—"
    return "<1%" if 0 < 200 * part < whole else f"{round(100 * part / whole)}%"


def apart(counts: Sequence[tuple[str, int]]) -> tuple[list[str], list[str]]:
    """The keys that may be told apart, and those that are put together because too little was counted of them."""
    enough = [key for key, count in counts if count >= LEAST]
    return enough, [key for key, count in counts if 0 < count < LEAST]
