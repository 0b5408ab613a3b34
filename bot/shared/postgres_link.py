"""Connections to PostgreSQL beside the store's: for locks that belong to a connection, and for being called."""

from psycopg import AsyncConnection

from knowledge_base.pulse import Pulse
from knowledge_base.store import NOTICED

CONNECT_SECONDS = 5


async def connect(pulse: Pulse) -> AsyncConnection:
    """A connection of one's own on which every statement is a transaction. Raises `psycopg.Error` and `OSError`."""
    return await pulse.own(
        connect_timeout=CONNECT_SECONDS, application_name="xiangyin-shared", **NOTICED, autocommit=True
    )
