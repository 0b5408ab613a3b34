"""The database: migrations, transactions, times."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, select
from sqlalchemy.exc import StatementError

import dialogs.models  # noqa: F401 - its tables belong to the schema
from dialogs.models import HandledRow
from knowledge_base.models import Base, QuestionRow
from knowledge_base.store import Store

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=timezone(timedelta(hours=8)))


def question(asked_at: datetime, id_: str = "q1") -> QuestionRow:
    return QuestionRow(
        id=id_,
        asked_at=asked_at,
        channel="web",
        user="u",
        text="玉米",
        normalized="玉米",
        reason="no_knowledge",
        state="waiting",
    )


async def test_the_migrations_make_exactly_the_models(store: Store) -> None:
    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(
            connection, opts={"include_name": lambda name, kind, _: kind != "table" or name in Base.metadata.tables}
        )
        return list(compare_metadata(context, Base.metadata))

    async with store.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_down_takes_everything_back_and_up_again(store: Store) -> None:
    await store.migrate("base")
    async with store.engine.connect() as connection:
        left = await connection.run_sync(lambda c: inspect(c).get_table_names())
    assert left == ["alembic_version"]
    await store.migrate()
    async with store.session() as session:
        assert (await session.execute(select(QuestionRow))).all() == []


async def test_times_come_back_aware_and_equal(store: Store) -> None:
    async with store.session() as session:
        session.add(question(NOON))
    async with store.session() as session:
        (row,) = (await session.execute(select(QuestionRow))).scalars()
    assert row.asked_at == NOON
    assert row.asked_at.tzinfo is UTC


async def test_a_naive_time_is_refused(store: Store) -> None:
    with pytest.raises(StatementError, match="naive"):
        async with store.session() as session:
            session.add(question(datetime(2026, 11, 22)))  # noqa: DTZ001 - that is the point


async def test_an_exception_undoes_the_whole_transaction(store: Store) -> None:
    async def interrupted() -> None:
        async with store.session() as session:
            session.add(question(NOON))
            await session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await interrupted()
    async with store.session() as session:
        assert (await session.execute(select(QuestionRow))).all() == []


async def test_two_processes_write_at_once(store: Store, tmp_path: Path) -> None:
    other = Store(f"sqlite+aiosqlite:///{tmp_path / 'test.db'}")
    for number in range(20):
        for one in (store, other):
            async with one.session() as session:
                session.add(HandledRow(channel="t", user=str(id(one)), external_id=str(number), turn={}, at=NOON))
    async with other.session() as session:
        assert len((await session.execute(select(HandledRow))).all()) == 40
    await other.close()
