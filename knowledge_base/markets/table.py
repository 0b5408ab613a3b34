"""The rows of a CSV file as text, one after the other: a long file is never in memory as a whole."""

import codecs
import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path

from knowledge_base.markets.problem import PricesRefused

MAX_COLUMNS = 60
_CHUNK = 1 << 20
_SAMPLE = 4096
"""Characters that the delimiter is found by."""
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_DELIMITERS = ",\t;"
_REPLACED = "\ufffd"


@dataclass(frozen=True, slots=True)
class Line:
    """A row of cells without blanks around them.

    `broken` is the code of what makes it unreadable, empty where nothing does. `position` is how many bytes of the file
    have been read, of `Table.size`.
    """

    number: int
    cells: Sequence[str]
    position: int
    broken: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A file that is being read. Rows that are empty are left out of its lines."""

    size: int
    lines: Iterator[Line]


@contextmanager
def open_table(path: Path) -> Iterator[Table]:
    """The rows of a CSV file: UTF-8, UTF-16 or GB18030, with commas, tabs or semicolons. Raises OSError.

    Raises `PricesRefused` for an empty file.
    """
    size = path.stat().st_size
    if not size:
        raise PricesRefused("empty")
    encoding = _encoding(path)
    with path.open("rb") as raw, TextIOWrapper(raw, encoding, errors="replace", newline="") as text:
        delimiter = _delimiter(text.read(_SAMPLE))
        text.seek(0)
        yield Table(size, _lines(text, delimiter, raw.tell))


def _lines(text: TextIOWrapper, delimiter: str, position: Callable[[], int]) -> Iterator[Line]:
    rows = csv.reader(text, delimiter=delimiter)
    number = 0
    while True:
        number += 1
        try:
            cells = [cell.strip() for cell in next(rows)]
        except StopIteration:
            return
        except csv.Error:  # a cell without end, as a quotation mark that is never closed makes
            yield Line(number, (), position(), "too_long")
            continue
        if len(cells) > MAX_COLUMNS and any(cells[MAX_COLUMNS:]):
            yield Line(number, (), position(), "too_long")
        elif any(cells):
            broken = "bad_bytes" if any(_REPLACED in cell for cell in cells) else ""
            yield Line(number, cells[:MAX_COLUMNS], position(), broken)


def _delimiter(sample: str) -> str:
    """What stands most often in the first line that has any."""
    for line in sample.splitlines():
        counts = {delimiter: line.count(delimiter) for delimiter in _DELIMITERS}
        if any(counts.values()):
            return max(counts, key=lambda delimiter: counts[delimiter])
    return ","


def _encoding(path: Path) -> str:
    """UTF-8 where the whole file is, UTF-16 where it says so, else what Excel writes in China."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        if file.read(2) in _UTF16:
            return "utf-16"
        file.seek(0)
        try:
            while chunk := file.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "gb18030"
    return "utf-8-sig"
