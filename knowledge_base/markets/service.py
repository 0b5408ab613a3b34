"""Price services over HTTP, as a county describes them in a file, and their answers as rows."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from knowledge_base.markets.headings import Options
from knowledge_base.markets.table import Line

_Field = Literal["product", "variety", "market", "place", "day", "low", "mid", "high", "unit", "latitude", "longitude"]
_LONGEST = 200
"""Characters of a value."""


class ServicesBroken(Exception):
    """The file of price services does not follow its schema; the message names what is wrong."""


class AnswerBroken(Exception):
    """An answer of a price service is not what its description says."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Paging(_Strict):
    """A parameter of the address that counts pages; asked until one is empty, and no further than `most` pages."""

    parameter: str
    first: int = 1
    most: int = Field(20, ge=1, le=500)


class Service(_Strict):
    """One service. See docs/prices.md.

    `rows` is where its list is in the answer, `fields` where each value is in a row: names with dots in between, numbers
    count from 0. In `address`, {day} is today in the county.
    """

    source: str = Field(min_length=1, max_length=60)
    address: str
    rows: str = ""
    fields: dict[_Field, str]
    paging: Paging | None = None
    headers: dict[str, str] = {}
    unit: str = ""
    market: str = ""
    place: str = ""
    minutes: Annotated[int, Field(ge=5)] = 60

    @field_validator("address")
    @classmethod
    def _a_web_address(cls, address: str) -> str:
        parts = urlsplit(address)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("an address begins with http:// or https://")
        return address

    @property
    def options(self) -> Options:
        """What is to be known of its rows."""
        return Options(self.source, unit=self.unit, market=self.market, place=self.place)

    def fingerprint(self, today: date) -> str:
        """Changes with the question, and with how its answer is read."""
        return sha256(f"{self.asked(today, 0)}\n{self.model_dump_json()}".encode()).hexdigest()

    def asked(self, today: date, page: int) -> tuple[str, Mapping[str, str]]:
        """The address of a page, counted from 0, and its further parameters."""
        address = self.address.replace("{day}", today.isoformat())
        return address, {self.paging.parameter: str(self.paging.first + page)} if self.paging else {}

    def lines(self, body: bytes, first: int) -> Sequence[Line]:
        """The rows of an answer, numbered from `first`. Raises `AnswerBroken`."""
        found = _at(_parsed(body), self.rows)
        if not isinstance(found, list):
            raise AnswerBroken(f"no list at {self.rows or 'the top'}")
        return list(self._lines(found, first))

    def _lines(self, rows: Sequence[object], first: int) -> Iterator[Line]:
        for number, row in enumerate(rows, first):
            if not isinstance(row, dict):
                yield Line(number, (), number, "not_row")
                continue
            cells = [_text(_at(row, path)) for path in self.fields.values()]
            yield Line(number, cells, number)


class _File(_Strict):
    services: tuple[Service, ...]


def read_services(path: Path) -> tuple[Service, ...]:
    """The services of a YAML file. Raises `ServicesBroken` and OSError."""
    try:
        services = _File.model_validate(yaml.safe_load(path.read_text(encoding="utf-8"))).services
    except (yaml.YAMLError, ValidationError, UnicodeDecodeError) as error:
        raise ServicesBroken(f"{path}: {error}") from error
    if len({service.source for service in services}) < len(services):
        raise ServicesBroken(f"{path}: two services have the same source")
    return services


def _parsed(body: bytes) -> object:
    """JSON whose numbers stay as they are written."""
    try:
        return json.loads(body, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError) as error:
        raise AnswerBroken(type(error).__name__) from error


def _at(found: Any, path: str) -> object:
    """What stands at the end of a path; None where it leads nowhere."""
    for part in filter(None, path.split(".")):
        if isinstance(found, dict):
            found = found.get(part)
        elif isinstance(found, list) and part.isascii() and part.isdecimal() and int(part) < len(found):
            found = found[int(part)]
        else:
            return None
    return found


def _text(value: object) -> str:
    return value.strip()[:_LONGEST].replace("\0", "") if isinstance(value, str) else ""
