"""What is logged of a failure: what kind it is and where, and of its message only what cannot be anybody's words.

A message may quote what was worked on: `int("俺的电话…")` does, and PostgreSQL names the whole row that it refuses.
"""

import sqlite3
import traceback
from collections.abc import Callable, Iterator
from typing import Any, TextIO

from structlog.typing import ExceptionTransformer, ExcInfo

DEEPEST = 10
"""Causes of causes, and failures within failures; deeper ones are left out."""
Telling = Callable[[BaseException], str]
"""What is shown of a failure's message."""


def telling(error: BaseException) -> str:
    """The message without what may be personal: most often nothing, for the kind and the place say enough."""
    import psycopg  # noqa: PLC0415 - when something has failed is early enough
    from sqlalchemy.exc import DBAPIError  # noqa: PLC0415

    match error:
        case DBAPIError(orig=BaseException() as inner):
            return telling(inner)
        case psycopg.OperationalError():  # the server and the way to it; what it was asked stands in further lines
            return str(error).partition("\n")[0]
        case psycopg.Error():
            named = (error.diag.table_name, error.diag.column_name, error.diag.constraint_name)
            return " ".join(filter(None, (error.sqlstate, *named)))
        case sqlite3.Error():  # names of tables and columns; where the search quotes a question it uses quotation marks
            message = str(error)
            return message if message.isascii() and '"' not in message else ""
        case OSError():
            return error.strerror or ""
    return ""


def described(error: BaseException, told: Telling, depth: int = DEEPEST) -> list[dict[str, Any]]:
    """A failure and what led to it, the last one first, as JSON can hold it."""
    found: list[dict[str, Any]] = []
    for one in _chain(error, depth):
        about: dict[str, Any] = {
            "exc_type": type(one).__name__,
            "exc_value": told(one),
            "frames": [f"{at.filename}:{at.lineno} {at.name}" for at in traceback.extract_tb(one.__traceback__)],
        }
        if isinstance(one, BaseExceptionGroup) and depth > 1:
            about["exceptions"] = [described(inner, told, depth - 1) for inner in one.exceptions[:DEEPEST]]
        found.append(about)
    return found


def _chain(error: BaseException | None, depth: int) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen and len(seen) < depth:
        seen.add(id(error))
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def for_json(told: Telling) -> ExceptionTransformer:
    """For structlog's `ExceptionRenderer`."""

    def write(exc_info: ExcInfo) -> list[dict[str, Any]]:
        return described(exc_info[1], told)

    return write


def for_terminal(told: Telling) -> Callable[[TextIO, ExcInfo], None]:
    """For structlog's `ConsoleRenderer`."""

    def write(to: TextIO, exc_info: ExcInfo) -> None:
        to.write("".join(_lines(described(exc_info[1], told), "")))

    return write


def _lines(failures: list[dict[str, Any]], margin: str) -> Iterator[str]:
    for about in failures:
        yield f"\n{margin}{about['exc_type']}: {about['exc_value']}"
        for frame in about["frames"]:
            yield f"\n{margin}    {frame}"
        for inner in about.get("exceptions", ()):
            yield from _lines(inner, margin + "  | ")
