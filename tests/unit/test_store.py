"""The database: migrations, transactions, times."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, select, text
from sqlalchemy.exc import StatementError

import bot.delivery.models  # noqa: F401 - its tables belong to the schema
import dialogs.booking.links
import dialogs.booking.models
import dialogs.consultation.models
import dialogs.models  # noqa: F401
import knowledge_base.curation.models
import knowledge_base.kept_files
import knowledge_base.markets.models
import knowledge_base.notices.models
import knowledge_base.warnings.broadcast_models
import knowledge_base.warnings.calling_models
import knowledge_base.warnings.look_book
import knowledge_base.warnings.models
import knowledge_base.warnings.speaker_models
import knowledge_base.weather.digest_models
import knowledge_base.weather.models  # noqa: F401
from dialogs.models import HandledRow
from knowledge_base.models import Base, EntryRow, QuestionRow
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


async def test_the_migrations_make_exactly_the_models(any_store: Store) -> None:
    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(
            connection, opts={"include_name": lambda name, kind, _: kind != "table" or name in Base.metadata.tables}
        )
        return list(compare_metadata(context, Base.metadata))

    async with any_store.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_down_takes_everything_back_and_up_again(any_store: Store) -> None:
    await any_store.migrate("base")
    async with any_store.engine.connect() as connection:
        left = await connection.run_sync(lambda c: inspect(c).get_table_names())
    assert left == ["alembic_version"]
    await any_store.migrate()
    async with any_store.session() as session:
        assert (await session.execute(select(QuestionRow))).all() == []


async def test_what_the_release_before_kept_is_there_afterwards(any_store: Store) -> None:
    await any_store.migrate("base")
    await any_store.migrate("0002")
    entry = {"key": "a.b", "kind": "legal", "content": "{}", "digest": "d", "at": "2026-01-01 00:00:00+00:00"}
    asked = {"id": "q", "at": "2026-01-01 00:00:00+00:00"}
    async with any_store.session() as session:
        await session.execute(
            text(
                "INSERT INTO entries (key, kind, content, digest, updated_at) VALUES (:key, :kind, :content, :digest, :at)"
            ),
            entry,
        )
        await session.execute(
            text(
                'INSERT INTO questions (id, asked_at, channel, "user", text, normalized, reason, state) '
                "VALUES (:id, :at, 'web', 'u', 't', 't', 'expired', 'waiting')"
            ),
            asked,
        )
    await any_store.migrate()
    async with any_store.session() as session:
        kept = await session.get(EntryRow, "a.b")
        waiting = await session.get(QuestionRow, "q")
    assert kept is not None
    assert (kept.origin, kept.version) == ("shipped", None)
    assert waiting is not None
    assert (waiting.state, waiting.answer_id, waiting.answered_at) == ("waiting", None, None)


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
