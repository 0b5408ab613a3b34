"""Where an import reads from: a file, or the answer of a service; gone through as often as need be."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from itertools import dropwhile, islice
from pathlib import Path

from knowledge_base.markets.headings import Headings, Options, find_headings, header_words
from knowledge_base.markets.problem import PricesRefused
from knowledge_base.markets.sheet import as_csv
from knowledge_base.markets.table import Line, Table, open_table

HEADER_WITHIN = 10
"""Rows: sheets begin with a title, and with when they were made."""


@dataclass(frozen=True, slots=True)
class Rows:
    """`read` opens them from the beginning; the line of the headers is not among them."""

    name: str
    headings: Headings
    read: Callable[[], AbstractContextManager[Table]]


def header_of_file(path: Path, name: str, options: Options) -> Sequence[str]:
    """The headers of a CSV or Excel file. Raises `PricesRefused` and OSError."""
    with as_csv(path, name) as plain, open_table(plain) as table:
        return _header(list(islice(table.lines, HEADER_WITHIN)), options).cells


@contextmanager
def rows_of_file(path: Path, name: str, options: Options) -> Iterator[Rows]:
    """The rows of a CSV or Excel file for as long as the block lasts. Raises `PricesRefused` and OSError."""
    with as_csv(path, name) as plain:
        with open_table(plain) as table:
            header = _header(list(islice(table.lines, HEADER_WITHIN)), options)

        @contextmanager
        def read() -> Iterator[Table]:
            with open_table(plain) as table:
                below = dropwhile(lambda line: line.number <= header.number, table.lines)
                yield Table(table.size, below)

        yield Rows(name, find_headings(header.cells, options), read)


def rows_in_memory(name: str, headings: Headings, lines: Sequence[Line]) -> Rows:
    """Rows that are all there."""

    @contextmanager
    def read() -> Iterator[Table]:
        yield Table(len(lines), iter(lines))

    return Rows(name, headings, read)


def _header(lines: Sequence[Line], options: Options) -> Line:
    """The line with most headers that we know or were told of, the first of those."""
    said = set(options.columns.values())
    if not lines:
        raise PricesRefused("no_header")
    return max(lines, key=lambda line: header_words(line.cells) + len(said.intersection(line.cells)))
