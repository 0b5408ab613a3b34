"""Connections to PostgreSQL beside the store's: for locks that belong to a connection, and for being called."""

from typing import Any

from psycopg import AsyncConnection
from sqlalchemy import URL

CONNECT_SECONDS = 5


async def connect(url: URL) -> AsyncConnection:
    """A connection of one's own on which every statement is a transaction. Raises `psycopg.Error` and `OSError`."""
    given: dict[str, Any] = {
        "connect_timeout": CONNECT_SECONDS,
        "application_name": "xiangyin-shared",
        **url.translate_connect_args(username="user", database="dbname"),
        **{name: value if isinstance(value, str) else ",".join(value) for name, value in url.query.items()},
    }
    return await AsyncConnection.connect(**given, autocommit=True)
