"""The rows of an .xlsx file, as they stand: which cell holds what, and what cannot be read."""

import threading
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Protocol, cast

from openpyxl import load_workbook
from openpyxl.cell.read_only import EMPTY_CELL, EmptyCell, ReadOnlyCell
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._read_only import ReadOnlyWorksheet

from knowledge_base.curation.workbook.columns import Column, WorkbookRefused, folded, wording
from knowledge_base.curation.workbook.parcel import MAX_ROW, inspect

MAX_ROWS = 5_000
MAX_COLUMNS = 100
MERGES_TOLD = 200

_ONE_AT_A_TIME = threading.Lock()
"""openpyxl warns of oddities, and what is done with warnings is the process's own; it also bounds the memory."""

Cells = Sequence[ReadOnlyCell | EmptyCell]
Value = str | int | float | bool | date
"""What a cell can hold that is worked on; a moment of a day is its day."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in a cell, for the person who is to mend it; `column` is the header above it, where there is one."""

    sheet: str
    cell: str
    text: str
    column: str = ""

    def __str__(self) -> str:
        return f"{' '.join(filter(None, (f'{self.sheet}!{self.cell}', self.column)))}: {self.text}"


@dataclass(frozen=True, slots=True)
class Row:
    """A row that is not empty: values by column name, and the cells of columns that hold something unreadable."""

    number: int
    values: Mapping[str, Value]
    unreadable: frozenset[str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The sheet with the entries: letters of the columns by name, rows, and what is wrong with it as a sheet."""

    name: str
    letters: Mapping[str, str]
    rows: Sequence[Row]
    problems: Sequence[Problem]

    def cell(self, column: str, row: int) -> str:
        """The address of a cell; that of the key where the sheet does not have the column."""
        return f"{self.letters.get(column, self.letters['key'])}{row}"


def read_sheet(path: Path, name: str = "") -> Sheet:
    """Read a file of at most 10 MB and 5,000 rows. Raises `WorkbookRefused`, and OSError where it cannot be read."""
    parcel = inspect(path, name)
    # A file and not its name: openpyxl would judge the name first.
    with _ONE_AT_A_TIME, warnings.catch_warnings(), path.open("rb") as file:
        warnings.simplefilter("ignore")
        try:
            book = load_workbook(file, read_only=True, keep_links=False)
            return _read(book.worksheets, parcel.merged)
        except WorkbookRefused:
            raise
        # openpyxl answers crafted files with any error there is; none of them may reach a page.
        except Exception:  # noqa: BLE001
            raise WorkbookRefused("damaged") from None


class _Grid(Protocol):
    """A sheet as openpyxl reads it; its type stubs do not tell of all this."""

    title: str
    _worksheet_path: str

    def iter_rows(self, *, min_row: int, max_row: int, max_col: int) -> Iterator[Cells]: ...


def _read(sheets: Sequence[object], merged: Mapping[str, Sequence[str]]) -> Sheet:
    readable = [cast("_Grid", sheet) for sheet in sheets if isinstance(sheet, ReadOnlyWorksheet)]
    # Ours first, else in the file's order.
    for sheet in sorted(readable, key=lambda sheet: sheet.title != wording().sheet):
        rows = _rows(sheet)
        header = next(rows, (1, ()))[1]
        by_header = wording().by_header
        found = [by_header.get(folded(_header(cell))) for cell in header]
        if any(column and column.name == "key" for column in found):
            part = sheet._worksheet_path  # noqa: SLF001 - nothing public says which part a sheet is read from
            return _Reading(sheet.title, header, found).read(rows, merged.get(part.lstrip("/"), ()))
    raise WorkbookRefused("wrong_sheet")


def _rows(sheet: _Grid) -> Iterator[tuple[int, Cells]]:
    """Rows with their numbers, whatever the file says of its own dimensions."""
    yield from enumerate(sheet.iter_rows(min_row=1, max_row=MAX_ROW, max_col=MAX_COLUMNS), start=1)


def _header(cell: ReadOnlyCell | EmptyCell) -> str:
    return cell.value if isinstance(cell.value, str) else ""


class _Reading:
    """One sheet while it is read."""

    def __init__(self, sheet: str, header: Cells, columns: Sequence[Column | None]) -> None:
        self._sheet = sheet
        self._columns = columns
        self._problems: list[Problem] = []
        self._letters: dict[str, str] = {}
        for number, (cell, column) in enumerate(zip(header, columns, strict=True), start=1):
            letter = get_column_letter(number)
            if column is None:
                if cell.value not in (None, ""):
                    self._wrong(f"{letter}1", "unknown_column", header=str(cell.value)[:40])
            elif column.name in self._letters:
                first = f"{self._letters[column.name]}1"
                raise WorkbookRefused("columns_twice", header=column.header, first=first, second=f"{letter}1")
            else:
                self._letters[column.name] = letter
        self._headless = [n for n, cell in enumerate(header) if columns[n] is None and cell.value in (None, "")]

    def read(self, rows: Iterator[tuple[int, Cells]], merged: Sequence[str]) -> Sheet:
        for ref in merged[:MERGES_TOLD]:
            self._wrong(ref.partition(":")[0], "merged", ref=ref)
        found: list[Row] = []
        for number, cells in rows:
            if all(cell is EMPTY_CELL or cell.value in (None, "") for cell in cells):
                continue
            if len(found) == MAX_ROWS:
                raise WorkbookRefused("too_many_rows", limit=MAX_ROWS)
            found.append(self._row(number, cells))
        if not found:
            raise WorkbookRefused("no_rows")
        return Sheet(self._sheet, self._letters, found, self._problems)

    def _row(self, number: int, cells: Cells) -> Row:
        values: dict[str, Value] = {}
        unreadable = set()
        for at in self._headless:
            if cells[at].value not in (None, ""):
                self._wrong(f"{get_column_letter(at + 1)}{number}", "unheaded")
        for cell, column in zip(cells, self._columns, strict=True):
            if column is None or cell.value is None:
                continue
            if cell.data_type in {"f", "e"}:
                self._wrong_in(column, number, "formula" if cell.data_type == "f" else "error")
                unreadable.add(column.name)
            elif isinstance(cell.value, datetime):
                values[column.name] = cell.value.date()
            elif isinstance(cell.value, str | int | float | bool | date):
                values[column.name] = cell.value
            else:  # a time of day, a length of time
                self._wrong_in(column, number, "error")
                unreadable.add(column.name)
        return Row(number, values, frozenset(unreadable))

    def _wrong_in(self, column: Column, row: int, code: str) -> None:
        cell = f"{self._letters[column.name]}{row}"
        self._problems.append(Problem(self._sheet, cell, wording().wrong_text(code), column.header))

    def _wrong(self, cell: str, code: str, **values: object) -> None:
        self._problems.append(Problem(self._sheet, cell, wording().wrong_text(code, **values)))
