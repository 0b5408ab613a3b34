"""Rows for every table of a database, whatever its revision: odd values of every type, NULL wherever it may stand."""

import json
import math
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    bindparam,
    cast,
    select,
)
from sqlalchemy.types import TypeEngine

from bot.backup_tables import tables

ROWS = 3
TEXTS = ("三亩半玉米 🌽 \"'\\\n\tعربى", "", "NULL", "𠮷田嬢")
MOMENT = datetime(2026, 2, 28, 23, 59, 59, 999_999, UTC)
VALUES: dict[type[TypeEngine[Any]], tuple[Any, ...]] = {
    JSON: ('{"b": 1, "a": [null, 1.5, "\\u0000", "水稻"]}', "null", "[]", '"text"'),
    Boolean: (True, False),
    Date: (date(2024, 2, 29), date(1999, 12, 31), date(2100, 1, 1)),
    LargeBinary: (bytes(range(256)) * 3_000, b"", b"\x00"),
    BigInteger: (2**62, 4, 5),
    Integer: (3, 4, 5),  # what every check constraint lets through: hours of a day, stars
    Float: (0.1 + 0.2, -0.0, 1e300),
}


def fill(connection: Connection, known: Sequence[Table] | None = None, rows: int = ROWS) -> None:
    """Put rows into each of these tables, all where none is named."""
    for table in tables(connection) if known is None else known:
        values = [_row(connection, table, number) for number in range(rows)]
        insert = table.insert().values({c.name: _bound(c, connection.dialect.name) for c in table.columns})
        connection.execute(insert, [{f"v_{name}": value for name, value in row.items()} for row in values])


def everything(connection: Connection, known: Sequence[Table] | None = None) -> dict[str, list[dict[str, Any]]]:
    """All rows of these tables, of all where none is named: in an order of their own, comparable between databases."""
    found = {}
    for table in tables(connection) if known is None else known:
        columns = [cast(c, Text).label(c.name) if isinstance(c.type, JSON) else c for c in table.columns]
        rows = [{k: _comparable(v) for k, v in row._mapping.items()} for row in connection.execute(select(*columns))]
        found[table.name] = sorted(rows, key=lambda row: json.dumps(row, default=repr, sort_keys=True))
    return found


def _comparable(value: Any) -> Any:
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)
    return bytes(value) if isinstance(value, memoryview) else value


def _bound(column: Column[Any], dialect: str) -> Any:
    name = f"v_{column.name}"
    if not isinstance(column.type, JSON):
        return bindparam(name, type_=column.type)
    return bindparam(name, type_=Text()) if dialect == "sqlite" else cast(bindparam(name, type_=Text()), JSON)


def _row(connection: Connection, table: Table, number: int) -> dict[str, Any]:
    row = {column.name: _value(column, number) for column in table.columns}
    for constraint in table.foreign_key_constraints:
        parent = [element.column for element in constraint.elements]
        there = connection.execute(select(*parent).order_by(*parent).offset(number).limit(1)).one()
        row |= {element.parent.name: value for element, value in zip(constraint.elements, there, strict=True)}
    return row


def _value(column: Column[Any], number: int) -> Any:
    if column.nullable and number == 1:
        return None
    match column.type:
        case DateTime():
            moment = MOMENT + timedelta(days=number * 20, microseconds=number)
            return moment if column.type.timezone else moment.replace(tzinfo=None)
        case String():
            return _text(column, number)
        case Integer() if column.primary_key:
            return number + 1
    values = next((values for kind, values in VALUES.items() if isinstance(column.type, kind)), None)
    assert values, f"{column.table.name}.{column.name}: nothing to try for {column.type!r}"
    return values[number % len(values)]


def _text(column: Column[Any], number: int) -> str:
    """One that no other row has, with odd signs where there is room."""
    length = getattr(column.type, "length", None) or math.inf
    text = f"{number}{column.name}"
    odd = TEXTS[number % len(TEXTS)]
    return text + odd if len(text) + len(odd) <= length else text[: int(min(length, 99))]
