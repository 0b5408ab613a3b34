"""Workbooks as people bring them: a row for each entry, with single cells as they should not be."""

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from knowledge_base.curation.workbook.cells import cells
from knowledge_base.curation.workbook.columns import wording
from knowledge_base.entry import Entry

COLUMNS = tuple(column.name for column in wording().columns)
HEADERS = tuple(column.header for column in wording().columns)


def write_rows(
    path: Path,
    entries: Sequence[Entry],
    changes: Mapping[str, Any] | None = None,
    spoil: Callable[[Worksheet], object] = lambda _: None,
) -> Path:
    """A sheet of entries, with `changes` by column name made in the first of them, and then spoilt."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = wording().sheet
    sheet.append(HEADERS)
    for number, entry in enumerate(entries):
        row = {**cells(entry), **((changes or {}) if number == 0 else {})}
        sheet.append([row[name] if row[name] != "" else None for name in COLUMNS])
    spoil(sheet)
    book.save(path)
    return path


def letter(column: str) -> str:
    """The letter of a column in sheets that are as we write them."""
    return chr(ord("A") + COLUMNS.index(column))


def repacked(path: Path, changes: Mapping[str, bytes | None], *, append: Mapping[str, bytes] | None = None) -> bytes:
    """The file with parts replaced, left out (None) or added."""
    target = io.BytesIO()
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for part in source.infolist():
            data = changes.get(part.filename, source.read(part))
            if data is not None:
                packed.writestr(part.filename, data)
        for name, extra in (append or {}).items():
            packed.writestr(name, extra)
    return target.getvalue()
