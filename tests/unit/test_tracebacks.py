"""What is logged of a failure: its kind and its place, and nothing that its message quotes."""

import asyncio
import json
import sqlite3
import traceback
from collections.abc import AsyncIterator

import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from bot.log import set_up_logging
from bot.tracebacks import described, telling
from knowledge_base.store import Store
from tests.fakes.postgres import PostgresServer

PHONE = "13912345678"


@pytest.fixture
async def people(postgres: PostgresServer) -> AsyncIterator[Store]:
    """A table that refuses a second row with the same phone, and one without a name."""
    store = Store(postgres.new_database())
    async with store.session() as session:
        await session.execute(text("CREATE TABLE callers (phone text PRIMARY KEY, name text NOT NULL)"))
        await session.execute(text("INSERT INTO callers VALUES (:phone, 'wang')"), {"phone": PHONE})
    yield store
    await store.close()


@pytest.mark.parametrize(
    ("statement", "names"),
    [
        ("INSERT INTO callers VALUES (:phone, 'li')", ["23505", "callers", "callers_pkey"]),
        ("INSERT INTO callers VALUES (:phone, NULL)", ["23502", "callers", "name"]),
    ],
    ids=["twice", "nameless"],
)
async def test_what_postgresql_refuses_is_told_without_its_row(
    people: Store, statement: str, names: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    set_up_logging("INFO")
    try:
        async with people.session() as session:
            await session.execute(text(statement), {"phone": PHONE})
    except SQLAlchemyError:
        quoted = traceback.format_exc()
        structlog.get_logger("test").exception("turn failed")
    assert PHONE in quoted, "or there would be nothing to hide"
    logged = capsys.readouterr().err
    first, *_ = json.loads(logged)["exception"]
    assert first["exc_type"] == "IntegrityError"
    assert first["exc_value"].split() == names
    assert any(__file__ in frame for frame in first["frames"])
    assert PHONE not in logged


@pytest.mark.parametrize("terminal", [True, False])
@pytest.mark.parametrize("texts", [True, False])
def test_other_messages_are_told_under_the_switch_for_debugging_only(
    terminal: bool, texts: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal, raising=False)
    set_up_logging("INFO", texts=texts)
    try:
        try:
            int(f"俺的电话{PHONE}")
        except ValueError as inner:
            raise ExceptionGroup(f"of {PHONE}", [KeyError(PHONE)]) from inner
    except ExceptionGroup:
        structlog.get_logger("test").exception("turn failed")
    logged = capsys.readouterr().err
    assert all(kind in logged for kind in ("ExceptionGroup", "KeyError", "ValueError"))
    assert (PHONE in logged) == texts


async def test_a_task_that_nobody_waits_for_tells_no_words(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging("INFO")

    async def fails() -> None:
        int(f"俺的电话{PHONE}")

    task = asyncio.create_task(fails())
    await asyncio.wait([task])
    del task  # the last one that knew of it
    logged = capsys.readouterr().err
    assert "Task exception was never retrieved" in logged
    assert "ValueError" in logged
    assert PHONE not in logged


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OSError(28, "No space left on device", f"/recordings/{PHONE}"), "No space left on device"),
        (sqlite3.OperationalError("database is locked"), "database is locked"),
        (sqlite3.OperationalError(f'fts5: syntax error near "{PHONE}"'), ""),
        (sqlite3.OperationalError("no such column: 俺的电话"), ""),
    ],
    ids=["disk", "locked", "search", "column"],
)
def test_what_an_operator_needs_is_told(error: Exception, told: str) -> None:
    assert telling(error) == told


def test_failures_that_lead_to_each_other_come_to_an_end() -> None:
    one, two = ValueError("1"), ValueError("2")
    one.__cause__, two.__cause__ = two, one
    assert [about["exc_type"] for about in described(one, telling)] == ["ValueError", "ValueError"]
