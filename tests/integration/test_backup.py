"""Backup and restore: every table out of either database into either, as it was at one moment."""

import asyncio
import json
import stat
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, Table, text

import bot.backup
from bot.backup import bring_back, restore, save
from bot.backup_tables import dump, open_engine, revision
from knowledge_base.library import Library
from knowledge_base.safety import pesticide_gate
from knowledge_base.search.base import Query, Tokens
from knowledge_base.search.index import search_index
from knowledge_base.store import MIGRATIONS, Store
from tests.fakes.entries import entry
from tests.fakes.filled import fill
from tests.fakes.postgres import PostgresServer
from tests.fakes.saved import KEY, Rows, migrated, put, seen, settings

OLD = "0009"

New = Callable[[str], str]


@pytest.fixture(scope="module")
def new(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> New:
    def database(kind: str) -> str:
        if kind == "sqlite":
            return f"sqlite+aiosqlite:///{tmp_path_factory.mktemp('db') / 'one.db'}"
        server: PostgresServer = request.getfixturevalue("postgres")
        return server.new_database()

    return database


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def saved(request: pytest.FixtureRequest, new: New, tmp_path_factory: pytest.TempPathFactory) -> tuple[Rows, Path]:
    """What stands in a database of each kind, and its backup; the one of PostgreSQL is sealed."""
    home = tmp_path_factory.mktemp("home")
    (home / "recordings").mkdir()
    (home / "recordings" / "1.ogg").write_bytes(bytes(range(256)))
    (home / "secret").write_text("first")
    (home / "models").mkdir()
    (home / "models" / "big").write_text("fetched again")
    url = migrated(new(request.param))
    put(url, fill)
    save(settings(home, url), home / "one.backup", KEY if request.param == "postgres" else "")
    return seen(url), home / "one.backup"


@pytest.mark.parametrize("target", ["sqlite", "postgres"])
def test_every_row_of_every_table_is_there_again(
    saved: tuple[Rows, Path], target: str, new: New, tmp_path: Path
) -> None:
    before, path = saved
    url = new(target)
    brought = bring_back(settings(tmp_path, url), path, KEY)
    after = seen(url)
    if target == "postgres":  # whose texts hold no NUL
        assert "\0" not in json.dumps(after, default=str)
    assert after == before
    assert len(before) > 60
    assert all(brought.rows[table] == len(rows) for table, rows in before.items())
    assert brought.files == ["recordings/1.ogg", "secret"]
    assert (tmp_path / "recordings" / "1.ogg").read_bytes() == bytes(range(256))
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600

    def next_number(connection: Connection) -> None:
        added = "INSERT INTO audit (at, account, action, subject, detail) VALUES ('2026-01-01', 'w', 'a', 's', '{}') RETURNING id"
        assert connection.execute(text(added)).scalar() == len(before["audit"]) + 1

    put(url, next_number)
    engine = open_engine(url)
    with engine.connect() as connection:
        assert revision(connection) == max(path.name[:4] for path in (MIGRATIONS / "versions").glob("0*.py"))
    engine.dispose()


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_backup_shows_one_moment_whoever_writes_meanwhile(
    kind: str, new: New, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, written = migrated(new(kind), OLD), 0
    put(url, fill)
    before = seen(url)
    other = open_engine(url)

    def written_to(connection: Connection, table: Table) -> Iterator[tuple[int, bytes]]:
        nonlocal written
        with other.begin() as writer:
            notice = {"id": f"n{written}"}
            writer.execute(text("DELETE FROM notice_thanks WHERE notice_id = (SELECT min(id) FROM notices)"))
            writer.execute(text("DELETE FROM notices WHERE id = (SELECT min(id) FROM notices)"))
            writer.execute(
                text("INSERT INTO preferences (channel, \"user\", \"values\") VALUES ('x', :id, '{}')"), notice
            )
        written += 1
        return dump(connection, table)

    monkeypatch.setattr(bot.backup, "dump", written_to)
    save(settings(tmp_path, url), tmp_path / "one.backup")
    other.dispose()
    assert written == len(before)
    assert seen(url) != before
    target = migrated(f"sqlite+aiosqlite:///{tmp_path / 'new.db'}", "base")
    bring_back(settings(tmp_path, target), tmp_path / "one.backup")
    after = seen(target)
    assert {table: after[table] for table in ("notices", "notice_thanks", "preferences", "warnings", "questions")} == {
        table: before[table] for table in ("notices", "notice_thanks", "preferences", "warnings", "questions")
    }


def test_an_older_backup_is_brought_up_to_date(new: New, tmp_path: Path) -> None:
    old = settings(tmp_path / "old", migrated(new("sqlite"), OLD))
    put(old.database, fill)
    before = seen(old.database)
    save(old, tmp_path / "old.backup")
    target = settings(tmp_path / "new")
    assert restore(target, tmp_path / "old.backup") == 0
    after = seen(target.database)
    for table in before:
        assert len(after[table]) == len(before[table]), table
        assert all(row.items() <= now.items() for row, now in zip(before[table], after[table], strict=True)), table
    assert len(after) > len(before)


@pytest.mark.parametrize("target", ["sqlite", "postgres"])
async def test_answers_are_found_again(target: str, new: New, tmp_path: Path) -> None:
    entries = [
        entry(),
        entry(
            key="maize.mould",
            title="玉米穗腐病",
            aliases=[],
            asks=["玉米棒子发霉", "玉米粒长毛", "棒子烂了", "穗子上长毛", "棒子发红发霉"],
        ),
    ]

    def analyze(line: str) -> Tokens:
        letters = frozenset(line)
        return Tokens(
            characters=letters, pairs=frozenset(), words=letters, syllables=frozenset(), syllable_pairs=frozenset()
        )

    def library(store: Store) -> Library:
        return Library(
            store, search_index(store, analyze), pesticide_gate(), lambda: datetime(2026, 11, 22, tzinfo=UTC)
        )

    store = Store(settings(tmp_path / "old").database)
    await store.migrate()
    await library(store).take_in(entries)
    await store.close()
    await asyncio.to_thread(save, settings(tmp_path / "old"), tmp_path / "one.backup")
    made = settings(tmp_path / "new", new(target))
    await asyncio.to_thread(bring_back, made, tmp_path / "one.backup")
    store = Store(made.database)
    again = library(store)
    await again.take_in(entries)
    hits = await again.search(Query("棒子发霉长毛"))
    await store.close()
    assert hits[0].entry.key == entries[1].key
