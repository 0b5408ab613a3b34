"""How PostgreSQL searches: by its index, however few the rows, and with nothing changed for what comes after."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from knowledge_base.library import Library
from knowledge_base.safety import pesticide_gate
from knowledge_base.search.base import Query
from knowledge_base.search.index import search_index
from knowledge_base.search.postgres import PostgresShelf
from knowledge_base.store import Store
from tests.fakes.analysis import analyze
from tests.fakes.entries import entry
from tests.fakes.postgres import PostgresServer

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
SCANS = text(
    "SELECT (SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'entry_search'), "
    "(SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = 'ix_entry_search_tokens')"
)
PLANNING = text("SELECT current_setting('enable_seqscan'), current_setting('enable_indexscan')")


@pytest.fixture
async def postgres_store(postgres: PostgresServer, migrated_postgres: str) -> AsyncIterator[Store]:
    store = Store(postgres.new_database(like=migrated_postgres))
    yield store
    await store.close()


async def scans(store: Store) -> tuple[int, int]:
    """How often the rows were read one by one, and the index asked, until now."""
    async with store.session() as session:
        await session.execute(text("SELECT pg_stat_force_next_flush()"))
    async with store.session() as session:
        rows, index = (await session.execute(SCANS)).one()
    return rows, index


async def test_every_term_is_looked_up_in_the_index_and_no_row_is_read_for_it(postgres_store: Store) -> None:
    library = Library(postgres_store, search_index(postgres_store, analyze), pesticide_gate(), lambda: NOW)
    await library.take_in([entry(), *(entry(key=f"made.n{number}") for number in range(60))])
    rows, index = await scans(postgres_store)
    assert await library.search(Query("玉米秆里有虫"))
    after = await scans(postgres_store)
    assert after[0] == rows
    assert after[1] >= index + len("玉米秆里有虫")


async def test_the_transaction_goes_on_as_it_was(postgres_store: Store) -> None:
    async with postgres_store.session() as session:
        before = (await session.execute(PLANNING)).one()
        assert await PostgresShelf().nearest(session, {"玉": 1}, 5) == []
        assert (await session.execute(PLANNING)).one() == before
