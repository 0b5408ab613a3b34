"""The tables of a database as lines of JSON, out of either kind of database and into either kind.

What stands in them is read and written through the types that the database itself tells of: a database of any revision can be
saved, and none of the program's models is needed.
"""

import base64
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Date,
    DateTime,
    Engine,
    LargeBinary,
    MetaData,
    Numeric,
    Table,
    Text,
    Time,
    bindparam,
    cast,
    create_engine,
    func,
    inspect,
    literal_column,
    make_url,
    select,
    text,
)
from sqlalchemy import table as bare
from sqlalchemy.types import Float

from bot.backup_file import Damaged

ROWS = 2_000
PART_BYTES = 4_000_000
"""A part ends with the row that reaches one of the two."""

FETCHED = 100
"""Rows that come from the database at a time."""
BATCH = 500
BATCH_BYTES = 500_000
"""Rows go into the database when they have reached one of the two."""

DERIVED = ("alembic_version", "entry_search", "entry_terms")
"""Tables that are not saved, and all whose names begin so: the search index is made again from the entries."""

INDEXED = ("entries", "digest")
"""What tells that an entry is indexed as it stands: left empty, so that the next start indexes it."""


def open_engine(url: str) -> Engine:
    """A plain engine on the settings' database; transactions begin when they are told to, on SQLite too."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        return create_engine(address.set(drivername="sqlite"), hide_parameters=True, connect_args={"timeout": 10})
    return create_engine(address, hide_parameters=True)


def snapshot(connection: Connection) -> None:
    """From here on the connection sees the database as it is now, whoever writes meanwhile."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN")
        connection.exec_driver_sql("SELECT count(*) FROM sqlite_master")
    else:
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")


def tables(connection: Connection) -> list[Table]:
    """The tables that are saved, those that others refer to first."""
    metadata = MetaData()
    metadata.reflect(connection, only=_names(connection))
    return metadata.sorted_tables


def _names(connection: Connection) -> list[str]:
    return [name for name in inspect(connection).get_table_names() if not name.startswith((*DERIVED, "sqlite_"))]


def revision(connection: Connection) -> str | None:
    """Which schema it has; None without any."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def filled(connection: Connection) -> str | None:
    """A table that has rows, if any has."""
    for name in _names(connection):
        if connection.execute(select(literal_column("1")).select_from(bare(name)).limit(1)).first():
            return name
    return None


def dump(connection: Connection, table: Table) -> Iterator[tuple[int, bytes]]:
    """The rows of a table in parts: how many, and their lines after a line with the names of the columns."""
    columns = list(table.columns)
    head = _line([column.name for column in columns])
    rows = connection.execution_options(stream_results=True, max_row_buffer=FETCHED).execute(
        select(*map(_read, columns)).order_by(*table.primary_key.columns)
    )
    lines, size = [head], 0
    for row in rows:
        lines.append(_line([_plain(value) for value in row]))
        size += len(lines[-1])
        if size >= PART_BYTES or len(lines) > ROWS:
            yield len(lines) - 1, b"".join(lines)
            lines, size = [head], 0
    if len(lines) > 1:
        yield len(lines) - 1, b"".join(lines)


def load(connection: Connection, table: Table, lines: Iterator[bytes]) -> int:
    """Insert the rows of one part as they come; how many. Raises `Damaged`, and SQLAlchemy's error where a row does not fit."""
    names = json.loads(next(lines, b"[]"))
    if not set(names) <= set(table.columns.keys()):
        raise Damaged
    columns = [table.columns[name] for name in names]
    dialect = connection.dialect.name
    inserted = table.insert().values({column.name: _write(column, dialect) for column in columns})
    loaded = 0
    for batch in _batches(lines):
        rows = [dict(zip(names, map(_of, columns, json.loads(line)), strict=True)) for line in batch]
        if table.name == INDEXED[0] and INDEXED[1] in names:
            for row in rows:
                row[INDEXED[1]] = ""
        connection.execute(inserted, [{f"v_{name}": _fit(one, dialect) for name, one in row.items()} for row in rows])
        loaded += len(rows)
    return loaded


def _batches(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    """As many as go into the database at a time."""
    batch: list[bytes] = []
    size = 0
    for line in lines:
        batch.append(line)
        size += len(line)
        if size >= BATCH_BYTES or len(batch) >= BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def set_sequences(connection: Connection, loaded: Sequence[Table]) -> None:
    """Let PostgreSQL's numbers go on behind the greatest one. SQLite finds that by itself."""
    if connection.dialect.name != "postgresql":
        return
    quote = connection.dialect.identifier_preparer.quote
    for table in loaded:
        for column in table.primary_key.columns:
            asked = select(func.pg_get_serial_sequence(quote(table.name), column.name))
            sequence, highest = connection.scalar(asked), connection.scalar(select(func.max(column)))
            if sequence and highest:
                connection.execute(select(func.setval(sequence, highest)))


def _line(values: Sequence[Any]) -> bytes:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass") + b"\n"


def _read(column: Column[Any]) -> Any:
    """JSON as it is written, so that nothing about it changes, not even `null` that is not NULL."""
    return cast(column, Text).label(column.name) if isinstance(column.type, JSON) else column


def _write(column: Column[Any], dialect: str) -> Any:
    """Where a value goes. SQLite keeps JSON as text, and would make a number of it on a cast."""
    name = f"v_{column.name}"
    if not isinstance(column.type, JSON):
        return bindparam(name, type_=column.type)
    return bindparam(name, type_=Text()) if dialect == "sqlite" else cast(bindparam(name, type_=Text()), JSON)


def _fit(value: Any, dialect: str) -> Any:
    """PostgreSQL keeps no NUL in a text: a sign that stands for the unreadable takes its place."""
    return value.replace("\0", "\ufffd") if isinstance(value, str) and dialect != "sqlite" else value


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
        case date() | time():
            return value.isoformat()
        case bytes() | memoryview():
            return base64.b64encode(value).decode()
        case Decimal():
            return str(value)
        case _:
            return value


def _of(column: Column[Any], value: Any) -> Any:
    if value is None:
        return None
    match column.type:
        case DateTime(timezone=aware):
            moment = datetime.fromisoformat(value)
            return moment if aware else moment.replace(tzinfo=None)
        case Date():
            return date.fromisoformat(value)
        case Time():
            return time.fromisoformat(value)
        case LargeBinary():
            return base64.b64decode(value)
        case Float():
            return float(value)
        case Numeric():
            return Decimal(value)
        case _:
            return value
