"""A new database begins as a copy of the one with the shipped answers; one that is there is left alone."""

from pathlib import Path

import pytest
from sqlalchemy import select

from bot.prepared import Prepared
from knowledge_base.models import EntryRow
from knowledge_base.store import Store, open_store


def address(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


async def titles(store: Store) -> list[str]:
    async with store.session() as session:
        return list(await session.scalars(select(EntryRow.key).order_by(EntryRow.key)))


async def test_a_new_database_begins_with_the_answers_that_were_kept(shipped: Path, tmp_path: Path) -> None:
    prepared, target = Prepared(tmp_path / "cache"), address(tmp_path / "home" / "new.db")
    async with open_store(address(shipped)) as full:
        await prepared.keep(full)
        known = await titles(full)

    assert prepared.begin(target)
    async with open_store(target) as store:
        assert await titles(store) == known
        assert len(known) > 300
    assert not prepared.begin(target), "there is one now"


async def test_what_is_there_is_left_alone(shipped: Path, tmp_path: Path) -> None:
    prepared, mine = Prepared(tmp_path / "cache"), tmp_path / "mine.db"
    async with open_store(address(shipped)) as full:
        await prepared.keep(full)
    mine.write_bytes(b"somebody's own")
    assert not prepared.begin(address(mine))
    assert mine.read_bytes() == b"somebody's own"


@pytest.mark.parametrize("url", ["postgresql+psycopg://user@host/xiangyin", "sqlite+aiosqlite://"])
def test_other_databases_begin_empty(url: str, tmp_path: Path) -> None:
    assert not Prepared(tmp_path).begin(url)


async def test_only_the_newest_copy_is_kept(store: Store, tmp_path: Path) -> None:
    (tmp_path / "library-0000000000000000.db").touch()
    prepared = Prepared(tmp_path)
    await prepared.keep(store)
    assert [path.name for path in tmp_path.glob("library-*")] == [prepared.path.name]
