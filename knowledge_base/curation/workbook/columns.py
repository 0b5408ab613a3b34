"""The columns of the workbook and every word that is written in it or said of it: `workbook.yaml`."""

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

import opencc
import yaml
from pydantic import BaseModel, ConfigDict

from knowledge_base.entry import Kind

DATA = Path(__file__).with_name("workbook.yaml")
_SIMPLIFIED = opencc.OpenCC("t2s")
_MARKS = re.compile(r"[\s*:]+")

Form = Literal["text", "lines", "codes", "date", "flag", "kind", "sources"]
"""What a cell holds: one text, a list of texts, a list of short codes, a day, yes or no, a kind of entry, sources."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Column(_Strict):
    """One column: its name in the program, its header, and what may stand there instead of the header."""

    name: str
    header: str
    also: tuple[str, ...]
    form: Form
    width: int
    about: str
    must: bool = False
    shown_only: bool = False
    """Written out to be read, and not looked at when a sheet comes in."""


class Wording(_Strict):
    """All of `workbook.yaml`."""

    sheet: str
    about_sheet: str
    about_headers: tuple[str, str, str, str]
    about_notes: tuple[str, ...]
    must: str
    may: str
    only_shown: str
    kinds: dict[Kind, str]
    says_yes: tuple[str, ...]
    says_no: tuple[str, ...]
    empty: str
    columns: tuple[Column, ...]
    refused: dict[str, str]
    wrong: dict[str, str]

    @property
    def by_header(self) -> Mapping[str, Column]:
        """Columns by everything that may stand above them, folded by `folded`."""
        return {folded(name): column for column in self.columns for name in (column.name, column.header, *column.also)}

    @property
    def by_name(self) -> Mapping[str, Column]:
        """Columns by their name in the program."""
        return {column.name: column for column in self.columns}

    def wrong_text(self, code: str, **values: Any) -> str:
        """The sentence about a cell. KeyError for a code that workbook.yaml does not have."""
        return self.wrong[code].format(**values)


@cache
def wording() -> Wording:
    """The shipped file."""
    return Wording.model_validate(yaml.safe_load(DATA.read_text("utf-8")))


def folded(header: str) -> str:
    """A header in half-width, simplified, lower-case characters without spaces and stars."""
    return _MARKS.sub("", str(_SIMPLIFIED.convert(unicodedata.normalize("NFKC", header)))).casefold()


class WorkbookRefused(Exception):
    """The whole file is not taken; `text` says why, to the person who brought it."""

    def __init__(self, code: str, **values: Any) -> None:
        super().__init__(code)
        self.code = code
        self.text = wording().refused[code].format(**values)
