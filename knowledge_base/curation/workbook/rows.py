"""The values of a row as the fields of an entry, and what is wrong with each."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from openpyxl.utils.datetime import from_excel

from knowledge_base.curation.workbook.cells import BARS, lines, plain, split_line
from knowledge_base.curation.workbook.columns import Column, wording
from knowledge_base.curation.workbook.reader import Value

STEPS = ("recognise", "do_now", "avoid", "ask_person")

_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:\s+0{1,2}:00(?::00)?)?")
_CODES = re.compile(r"[\s、，,;；]+")
_SHOWN = 40
_LIKELY_DAYS = range(20_000, 80_000)
"""Excel's numbers of the days from 1954 to 2119."""
_SOURCE_PARTS = ("title", "publisher", "date", "article", "url")


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong in one cell of a row: a code of `workbook.yaml` and what is filled into its sentence."""

    column: str
    code: str
    values: Mapping[str, Any] = field(default_factory=dict)


class _Unreadable(Exception):
    """A value does not fit its column."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


def read_row(values: Mapping[str, Value], unreadable: frozenset[str]) -> tuple[dict[str, Any], list[Wrong]]:
    """The fields of an entry, as far as they can be read, and what is wrong. `values` are by column name."""
    fields: dict[str, Any] = {}
    wrong: list[Wrong] = []
    for column in wording().columns:
        if column.shown_only:
            continue
        try:
            fields[column.name] = _FORMS[column.form](column, values.get(column.name, ""))
        except _Unreadable as fault:
            wrong.append(Wrong(column.name, fault.code, fault.values))
            fields[column.name] = None
            continue
        if column.must and fields[column.name] in (None, (), "") and column.name not in unreadable:
            wrong.append(Wrong(column.name, "missing", {"about": column.about}))
    answer = {step: fields.pop(step) for step in STEPS}
    return {**fields, "answer": answer}, wrong


def _as_text(value: Value) -> str:
    if isinstance(value, bool):
        raise _Unreadable("became_flag")
    if isinstance(value, date):
        raise _Unreadable("became_date", date=value.isoformat())
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return plain(str(value).replace("_x000D_", ""))


def _text(column: Column, value: Value) -> str | None:
    text = _as_text(value)
    if column.name == "key":
        text = unicodedata.normalize("NFKC", text)
    return text or None


def _lines(_column: Column, value: Value) -> tuple[str, ...]:
    return tuple(item for line in lines(_as_text(value)) for item in split_line(line) if item)


def _codes(column: Column, value: Value) -> tuple[str | int, ...]:
    text = unicodedata.normalize("NFKC", _as_text(value))
    return tuple(_code(column, n, code) for n, code in enumerate(filter(None, _CODES.split(text)), start=1))


def _code(column: Column, n: int, code: str) -> str | int:
    if column.name == "months":
        number = code.removesuffix("月")
        if not (number.isascii() and number.isdecimal() and len(number) <= 2 and 1 <= int(number) <= 12):
            raise _Unreadable("bad_month", n=n, value=code[:_SHOWN])
        return int(number)
    if column.name == "regions" and not re.fullmatch(r"[0-9]{2}", code):
        raise _Unreadable("bad_region", n=n, value=code[:_SHOWN])
    return code


def _date(_column: Column, value: Value) -> date | None:
    if isinstance(value, date):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise _number_for_date(value)
    text = _as_text(value)
    return _day(text, "bad_date") if text else None


def _number_for_date(value: float) -> _Unreadable:
    if int(value) in _LIKELY_DAYS:
        day = from_excel(int(value))
        return _Unreadable("number_like_date", value=f"{value:g}", date=f"{day:%Y-%m-%d}")
    return _Unreadable("number_not_date", value=f"{value:g}")


def _day(text: str, code: str, **values: object) -> date:
    found = _DATE.fullmatch(unicodedata.normalize("NFKC", text))
    try:
        if found:
            return date(*map(int, found.groups()))
    except ValueError:
        pass
    raise _Unreadable(code, value=text[:_SHOWN], **values)


def _flag(_column: Column, value: Value) -> bool | None:
    if isinstance(value, bool):
        return value
    text = unicodedata.normalize("NFKC", _as_text(value)).casefold()
    if text in wording().says_yes:
        return True
    if text in wording().says_no:
        return False
    if not text:
        return None
    raise _Unreadable("bad_flag", value=text[:_SHOWN])


def _kind(_column: Column, value: Value) -> str | None:
    text = unicodedata.normalize("NFKC", _as_text(value))
    kinds = wording().kinds
    if not text:
        return None
    named = next((kind for kind, label in kinds.items() if text.casefold() in {kind, label}), None)
    if named is None:
        raise _Unreadable("bad_kind", value=text[:_SHOWN], kinds="、".join(kinds.values()))
    return named


def _sources(_column: Column, value: Value) -> tuple[dict[str, object], ...]:
    return tuple(_source(n, line) for n, line in enumerate(lines(_as_text(value)), start=1))


def _source(n: int, line: str) -> dict[str, object]:
    parts = split_line(line, BARS)
    if not 3 <= len(parts) <= len(_SOURCE_PARTS) or not all(parts[:3]):
        raise _Unreadable("source_parts", n=n)
    source: dict[str, object] = {name: part or None for name, part in zip(_SOURCE_PARTS, parts, strict=False)}
    return {**source, "date": _day(parts[2], "bad_line_date", n=n)}


_FORMS: Mapping[str, Callable[[Column, Value], object]] = {
    "text": _text,
    "lines": _lines,
    "codes": _codes,
    "date": _date,
    "flag": _flag,
    "kind": _kind,
    "sources": _sources,
}


def key_of(values: Mapping[str, Value]) -> str:
    """The key of a row as it is looked up; empty where there is none that can be read."""
    key = values.get("key")
    return unicodedata.normalize("NFKC", plain(key)) if isinstance(key, str) else ""


def texts_of(fields: Mapping[str, Any], column: str) -> Sequence[str]:
    """The texts that a column has put into the fields of an entry, a list item each."""
    value = fields["answer"][column] if column in STEPS else fields[column]
    return (value,) if isinstance(value, str) else tuple(value or ())
