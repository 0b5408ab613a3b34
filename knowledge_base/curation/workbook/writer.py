"""Entries to an .xlsx file: one row an entry, and a sheet that explains the columns."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Alignment, Font, NamedStyle, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from knowledge_base.curation.workbook.cells import cells
from knowledge_base.curation.workbook.columns import Column, wording
from knowledge_base.entry import Entry

LONGEST_CELL = 32_767
"""Characters that a cell can hold, by Excel's published limits."""
_STEP = 20
"""Entries between two reports of progress."""
_TEXT = "@"
"""Excel's number format for text: what is typed over a cell stays what was typed."""

Progress = Callable[[int, int], None]
"""Told how many of how many are done."""


class TooLongForCell(Exception):
    """An entry has a field that is longer than a cell can be; the message is its key and the column's header."""


def write_workbook(entries: Sequence[Entry], path: Path, progress: Progress = lambda _done, _of: None) -> None:
    """Write all entries; the file appears whole or not at all. Raises `TooLongForCell` and OSError."""
    words = wording()
    rows = [_values(entry, words.columns) for entry in entries]
    book = Workbook(write_only=True)
    with _closed(book):
        _fill(book, rows, progress)
        unfinished = path.with_name(f"{path.name}.part")
        try:
            book.save(unfinished)
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
    progress(len(entries), len(entries))


@contextmanager
def _closed(book: Workbook) -> Iterator[None]:
    """Leave no sheet begun, as a disk that is full would: its writer complains when it is collected, long afterwards."""
    try:
        yield
    finally:
        for sheet in book.worksheets:
            if not sheet.closed:
                sheet.close()


def _fill(book: Workbook, rows: Sequence[Sequence[str]], progress: Progress) -> None:
    words = wording()
    body = NamedStyle("body", number_format=_TEXT, alignment=Alignment(wrap_text=True, vertical="top"))
    head = NamedStyle(
        "head",
        number_format=_TEXT,
        font=Font(bold=True, color="FFFFFF"),
        fill=PatternFill("solid", fgColor="1E5235"),
        alignment=Alignment(wrap_text=True, vertical="center"),
    )
    book.add_named_style(body)
    book.add_named_style(head)
    sheet = _sheet(book, words.sheet, [column.width for column in words.columns])
    sheet.append(_row(sheet, [column.header for column in words.columns], head.name))
    for number, row in enumerate(rows):
        if number % _STEP == 0:
            progress(number, len(rows))
        sheet.append(_row(sheet, row, body.name))
    about = _sheet(book, words.about_sheet, [16, 16, 8, 90])
    about.append(_row(about, words.about_headers, head.name))
    for column in words.columns:
        must = words.only_shown if column.shown_only else words.must if column.must else words.may
        about.append(_row(about, (column.header, column.name, must, column.about), body.name))
    for note in words.about_notes:
        about.append(_row(about, ("", "", "", note), body.name))


def _sheet(book: Workbook, title: str, widths: Iterable[int]) -> WriteOnlyWorksheet:
    sheet: WriteOnlyWorksheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    for number, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width  # type: ignore[attr-defined]
    return sheet


def _values(entry: Entry, columns: Sequence[Column]) -> list[str]:
    row = cells(entry)
    for column in columns:
        if len(row[column.name]) > LONGEST_CELL:
            raise TooLongForCell(f"{entry.key}: {column.header}")
    return [row[column.name] for column in columns]


def _row(sheet: WriteOnlyWorksheet, values: Iterable[str], style: str) -> list[Cell]:
    return [_text_cell(sheet, value, style) for value in values]


def _text_cell(sheet: WriteOnlyWorksheet, value: str, style: str) -> Cell:
    """A cell that is text whatever it begins with: =1+1 must never be worked out by who opens the file."""
    cell: Cell = WriteOnlyCell(sheet, value or None)
    if value:
        cell.data_type = "s"
    cell.style = style
    cell.quotePrefix = True
    return cell
