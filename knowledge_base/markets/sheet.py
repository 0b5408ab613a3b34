"""An Excel sheet as a CSV file: written out once, then read row by row like any other."""

import csv
import tempfile
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from openpyxl import load_workbook

from knowledge_base.curation.workbook.columns import WorkbookRefused
from knowledge_base.curation.workbook.parcel import inspect
from knowledge_base.markets.problem import PricesRefused
from knowledge_base.markets.table import MAX_COLUMNS

_SIGNS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""Of .xlsx, and of old and of locked workbooks, which the inspection refuses by name."""
_ONE_AT_A_TIME = threading.Lock()
"""openpyxl warns of oddities, and what is done with warnings is the process's own; it also bounds the memory."""


class SheetRefused(PricesRefused):
    """The workbook was refused when it was looked through; its sentence is that reader's own."""

    def __init__(self, refused: WorkbookRefused) -> None:
        Exception.__init__(self, refused.code)
        self.code = refused.code
        self.text = refused.text


@contextmanager
def as_csv(path: Path, name: str = "") -> Iterator[Path]:
    """The file itself where it is text; of a workbook its first sheet that has any rows, with the same row numbers.

    Raises `PricesRefused`, and OSError.
    """
    with path.open("rb") as file:
        start = file.read(4)
    if start not in _SIGNS:
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="xiangyin-prices-") as folder:
        written = Path(folder) / "sheet.csv"
        try:
            _write_out(path, name, written)
        except WorkbookRefused as refused:
            raise SheetRefused(refused) from None
        yield written


def _write_out(path: Path, name: str, written: Path) -> None:
    inspect(path, name)
    # A file and not its name: openpyxl would judge the name first.
    with _ONE_AT_A_TIME, warnings.catch_warnings(), path.open("rb") as file:
        warnings.simplefilter("ignore")
        try:
            book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
            for sheet in book.worksheets:
                if _write_sheet(sheet.iter_rows(min_row=1, max_col=MAX_COLUMNS, values_only=True), written):
                    return
        except OSError:
            raise
        # openpyxl answers crafted files with any error there is; none of them may reach a page.
        except Exception:  # noqa: BLE001
            raise WorkbookRefused("damaged") from None
    raise WorkbookRefused("no_rows")


def _write_sheet(rows: "Iterator[tuple[object, ...]]", written: Path) -> bool:
    """Whether there was anything in it."""
    something = False
    with written.open("w", encoding="utf-8", newline="") as out:
        lines = csv.writer(out)
        for row in rows:
            cells = [_text(value) for value in row]
            something = something or any(cells)
            lines.writerow(cells if any(cells) else ())
    return something


def _text(value: object) -> str:
    """A cell as a person sees it."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, date):  # and moments
        return value.isoformat()
    return str(value)
