"""Databases to back up, and what stands in them."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from bot.backup_tables import open_engine
from bot.settings import Settings
from knowledge_base.store import Store
from tests.fakes.filled import everything

KEY = "a passphrase of some length"

Rows = dict[str, list[dict[str, Any]]]


def migrated(url: str, to: str = "head") -> str:
    """The same address, with the schema of a revision."""

    async def migrate() -> None:
        store = Store(url)
        await store.migrate(to)
        await store.close()

    asyncio.run(migrate())
    return url


def seen(url: str) -> Rows:
    """All rows of all tables."""
    engine = open_engine(url)
    with engine.connect() as connection:
        rows = everything(connection)
    engine.dispose()
    for row in rows.get("entries", []):
        del row["digest"]  # is left empty, so that the next start indexes the entry
    return rows


def put(url: str, work: Callable[[Connection], object]) -> None:
    """Do some work in a transaction."""
    engine = open_engine(url)
    with engine.begin() as connection:
        work(connection)
    engine.dispose()


def settings(home: Path, url: str = "") -> Settings:
    """Settings with nothing but these."""
    return Settings(home=home, database_url=url)
