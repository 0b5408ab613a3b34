"""One process at a time prepares a shared database: brings its schema and the shipped answers up to date."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
import structlog
from sqlalchemy import make_url

from knowledge_base.address import connect_arguments

log = structlog.get_logger(__name__)

_KEY = 7_269_413_511
"""Of the advisory lock; any number that nobody else uses."""
PATIENCE = 900
"""Seconds until it is given up to wait for another that prepares; `OSError` then, as for a database that is away."""


@asynccontextmanager
async def alone(url: str) -> AsyncIterator[None]:
    """Within the block no other process of this database is in such a block. On SQLite there is no other process."""
    if url.startswith("sqlite"):
        yield
        return
    try:
        session = await psycopg.AsyncConnection.connect(
            **connect_arguments(make_url(url)),
            autocommit=True,
            connect_timeout=10,
            keepalives_idle=10,
            application_name="xiangyin start",
        )
    except psycopg.Error as error:
        raise ConnectionError(str(error)) from error
    async with session:
        await session.execute(f"SET lock_timeout = {PATIENCE * 1000}".encode())
        try:
            await session.execute("SELECT pg_advisory_lock(%s)", (_KEY,))
        except psycopg.Error as error:
            raise ConnectionError(f"another process has been preparing the database for {PATIENCE} s") from error
        yield
