"""SQLite's files as a power cut may leave them: they open, and everything that was confirmed is there."""

import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from knowledge_base.store import Store

COMMITS = 40


async def confirmed(store: Store, path: Path) -> list[int]:
    """Rows committed one after the other; the length of the log after each."""
    lengths = []
    async with store.session() as session:
        await session.execute(text("CREATE TABLE confirmed (number INTEGER PRIMARY KEY, what TEXT)"))
    for number in range(COMMITS):
        async with store.session() as session:
            what = {"number": number, "what": "收割小麦三亩半" * (1 + number % 400)}
            await session.execute(text("INSERT INTO confirmed VALUES (:number, :what)"), what)
        lengths.append(Path(f"{path}-wal").stat().st_size)
    return lengths


def left(path: Path, folder: Path, length: int, *, torn: bytes = b"") -> list[int]:
    """What is found in a copy whose log ends at that length, with a torn page behind it."""
    copy = folder / "cut.db"
    for part in ("", "-wal", "-shm"):
        Path(f"{copy}{part}").unlink(missing_ok=True)
    shutil.copy(path, copy)
    Path(f"{copy}-wal").write_bytes(Path(f"{path}-wal").read_bytes()[:length] + torn)
    with closing(sqlite3.connect(copy)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return [number for (number,) in database.execute("SELECT number FROM confirmed ORDER BY number")]


@pytest.fixture
def dice() -> random.Random:
    return random.Random(8)


async def test_a_log_that_ends_anywhere_opens_with_all_that_was_confirmed_by_then(
    store: Store, tmp_path: Path, dice: random.Random
) -> None:
    path = tmp_path / "test.db"
    lengths = await confirmed(store, path)
    for number, length in enumerate(lengths):
        assert left(path, tmp_path, length) == list(range(number + 1)), "on the disk when it was confirmed"
    for _ in range(40):
        length = dice.randrange(lengths[0], lengths[-1])
        whole = sum(1 for end in lengths if end <= length)
        torn = dice.randbytes(dice.randrange(5_000))
        assert left(path, tmp_path, length, torn=torn) == list(range(whole))


async def test_a_commit_waits_for_the_disk(store: Store) -> None:
    async with store.engine.connect() as connection:
        full = 2
        assert (await connection.execute(text("PRAGMA synchronous"))).scalar() == full
        assert (await connection.execute(text("PRAGMA journal_mode"))).scalar() == "wal"
