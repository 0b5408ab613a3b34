"""SQLite keeps few pages for each connection, and more while one writes at very many places."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge_base.store import CACHE_KIBIBYTES, WRITING_KIBIBYTES, Store, many_pages


async def kept(session: AsyncSession) -> int:
    """Kibibytes of pages that the session's connection may keep."""
    return -int((await session.execute(text("PRAGMA cache_size"))).scalar_one())


async def test_only_a_block_that_writes_much_has_many(store: Store) -> None:
    async with store.session() as session:
        assert await kept(session) == CACHE_KIBIBYTES
        async with many_pages(session):
            assert await kept(session) == WRITING_KIBIBYTES
        assert await kept(session) == CACHE_KIBIBYTES


async def test_postgresql_has_no_such_thing(any_store: Store) -> None:
    async with any_store.session() as session, many_pages(session):
        assert (await session.execute(text("SELECT 1"))).scalar_one() == 1
