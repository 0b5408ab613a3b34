"""The database: its engine, its sessions, and its migrations."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, event, make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

if TYPE_CHECKING:
    from knowledge_base.pulse import Pulse

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_SECONDS = 30
"""So long SQLite waits for its one writer: 10 were too few for 5 of 2,339 turns on a machine six times overloaded."""
CONNECT_SECONDS = 10
"""So long a new connection to a database server may take."""
NOTICED = {"keepalives_idle": 4, "keepalives_interval": 2, "keepalives_count": 2, "tcp_user_timeout": 8_000}
"""libpq's options by which one line that was cut without a sign ends after 8 s, not after hours, though the server answers on others."""
CACHE_KIBIBYTES = 4_000
"""Of SQLite's pages, for each of up to fifteen connections; the system's own cache has them all."""
WRITING_KIBIBYTES = 16_000
"""As much for one that writes at very many places: a warning to 100,000 people is written in a sixth less work."""
_FEW_PAGES, _MANY_PAGES = (f"PRAGMA cache_size=-{size}" for size in (CACHE_KIBIBYTES, WRITING_KIBIBYTES))


class Store:
    """One database. `session()` opens a transaction that commits when its block ends well.

    `pulse` says whether a database server answers; SQLite has none.
    """

    def __init__(self, url: str, *, connect_seconds: int = CONNECT_SECONDS) -> None:
        sqlite = url.startswith("sqlite")
        self.pulse = None if sqlite else _pulse(url)
        server = self.pulse and {
            "connect_timeout": connect_seconds,
            "async_creator_fn": self.pulse.connect,
            **NOTICED,
        }
        # Parameters hidden: or errors carry what people said. A connection is tried before it is used: a server that was
        # started anew meanwhile costs nobody their message.
        self.engine: AsyncEngine = create_async_engine(
            url, hide_parameters=True, connect_args=server or {}, pool_pre_ping=not sqlite
        )
        if self.engine.dialect.name == "sqlite":
            if self.engine.url.database:
                Path(self.engine.url.database).parent.mkdir(parents=True, exist_ok=True)
            event.listen(self.engine.sync_engine, "connect", _prepare_sqlite)
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)

    @property
    def shared(self) -> bool:
        """Whether processes on other machines may use it too: not so with SQLite."""
        return self.engine.dialect.name != "sqlite"

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """A transaction: commits at the end of the block, rolls back on an exception."""
        async with self._sessions() as session, session.begin():
            yield session

    async def migrate(self, revision: str = "head") -> None:
        """Bring the schema to `revision`, up or down."""
        async with self.engine.begin() as connection:
            await connection.run_sync(_run_migrations, revision)

    async def ping(self) -> None:
        """Raise SQLAlchemy's error when the database does not answer."""
        async with self.engine.connect() as connection:
            await connection.execute(text("SELECT 1"))

    async def close(self) -> None:
        """Give all connections back."""
        await self.engine.dispose()


@asynccontextmanager
async def many_pages(session: AsyncSession) -> AsyncIterator[None]:
    """Room for what the block writes at very many places of SQLite's file; PostgreSQL needs none."""
    sqlite = session.get_bind().dialect.name == "sqlite"
    if sqlite:
        await session.execute(text(_MANY_PAGES))
    yield
    if sqlite:
        await session.execute(text(_FEW_PAGES))


@asynccontextmanager
async def open_store(url: str) -> AsyncIterator[Store]:
    """A database with the newest schema, closed at the end."""
    store = Store(url)
    try:
        await store.migrate()
        yield store
    finally:
        await store.close()


def _pulse(url: str) -> "Pulse":
    from knowledge_base.pulse import Pulse  # noqa: PLC0415 - without PostgreSQL its driver is not loaded

    return Pulse(make_url(url))


def _prepare_sqlite(connection: Any, _record: object) -> None:
    """Readers and one writer at once, waiting for each other instead of failing.

    A commit is on the disk when it returns, for 1 ms each: a power cut must not lose a warning or a booking that was confirmed.
    """
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute(_FEW_PAGES)
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
    cursor.close()


def _run_migrations(connection: Connection, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    go = command.downgrade if revision == "base" else command.upgrade
    go(config, revision)
