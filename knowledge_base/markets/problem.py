"""What is wrong with a file of prices or with a row of it, in words for the person who brought it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict

DATA = Path(__file__).with_name("problems.yaml")
QUOTED = 30
"""Characters of a cell that a sentence repeats."""


class Sentences(BaseModel):
    """All of problems.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    refused: Mapping[str, str]
    wrong: Mapping[str, str]
    fields: Mapping[str, str]
    row: str


class PricesRefused(Exception):
    """The whole file is not taken; `text` says why."""

    def __init__(self, code: str, **values: Any) -> None:
        super().__init__(code)
        self.code = code
        self.text = sentences().refused[code].format(**{key: quoted(value) for key, value in values.items()})


class RowWrong(Exception):
    """A row cannot be read; `code` is one of problems.yaml."""

    def __init__(self, code: str, **values: Any) -> None:
        super().__init__(code)
        self.code = code
        self.text = sentences().wrong[code].format(**{key: quoted(value) for key, value in values.items()})


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a row; the first row under the headers of a file is 2."""

    row: int
    code: str
    text: str

    def __str__(self) -> str:
        return f"{sentences().row.format(row=self.row)}: {self.text}"


def quoted(value: object) -> str:
    """A cell as a sentence repeats it: short, in one line."""
    text = " ".join(str(value).split())
    return text if len(text) <= QUOTED else f"{text[:QUOTED]}…"


@cache
def sentences() -> Sentences:
    """The sentences."""
    return Sentences.model_validate(yaml.safe_load(DATA.read_text(encoding="utf-8")))
