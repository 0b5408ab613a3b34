"""What every test stands on: no network but loopback, a fixed clock, and parts of the machine that may be missing."""

import asyncio
import ctypes
import gc
import logging
import os
import shutil
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from sqlalchemy import make_url

from bot.log import QUIET
from bot.settings import Settings
from bot.understanding import examples
from knowledge_base.entry import read_content
from knowledge_base.store import Store
from nlu.builtin import BuiltinUnderstander
from nlu.speech.assets import assets, status
from nlu.text.normalise import Normaliser
from nlu.text.segmenter import Segmenter
from nlu.words import Words
from tests.fakes.house import House
from tests.fakes.postgres import PostgresServer, postgres_server

REQUIRE_ALL = os.environ.get("XIANGYIN_TEST_REQUIRE_ALL") == "1"
"""Set in CI: a part that is missing is a failure there, not a skip."""

# Language data and models are a million objects that stay; by its defaults the collector goes through them all the time.
gc.set_threshold(100_000, 50, 100)

# The suite tries the same examples every time, so that it fails for the change that broke something; `make fuzz` tries new ones.
# How long an example takes is the machine's affair, not a failure.
_WHEREVER = hypothesis_settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
hypothesis_settings.register_profile("suite", _WHEREVER, derandomize=True)
hypothesis_settings.register_profile("fuzz", _WHEREVER, print_blob=True)
hypothesis_settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))

# The programs that tests start many times keep what they have compiled, though this machine may be set not to.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
_LIBC = ctypes.CDLL(None)
_LOOPBACK = ("127.", "::1", "localhost")
_connect = socket.socket.connect
_connect_ex = socket.socket.connect_ex


class NetworkRefused(BaseException):
    """A test tried to reach beyond this machine. Not an Exception, so that nothing under test can swallow it."""


def _only_loopback(address: object) -> None:
    if isinstance(address, tuple) and not str(address[0]).startswith(_LOOPBACK):
        raise NetworkRefused(f"tests may reach this machine only, not {address[0]}")


@pytest.fixture(autouse=True, scope="session")
def _no_network() -> Iterator[None]:
    """Refuse every address but loopback."""

    def connect(self: socket.socket, address: object) -> None:
        _only_loopback(address)
        return _connect(self, address)  # type: ignore[arg-type]

    def connect_ex(self: socket.socket, address: object) -> int:
        _only_loopback(address)
        return _connect_ex(self, address)  # type: ignore[arg-type]

    socket.socket.connect = connect  # type: ignore[method-assign, assignment]
    socket.socket.connect_ex = connect_ex  # type: ignore[method-assign, assignment]
    yield
    socket.socket.connect = _connect  # type: ignore[method-assign]
    socket.socket.connect_ex = _connect_ex  # type: ignore[method-assign]


@cache
def _missing(part: str) -> str | None:
    """Why a part of the machine cannot be used, with the command that brings it; None when it is there."""
    if part == "chromium":
        return None if shutil.which("chromium") else "no chromium: apt-get install chromium fonts-noto-cjk"
    settings = Settings()
    if part == "rasa":
        return None if settings.rasa_python.exists() else "no understanding service: make setup"
    if part in {"ear", "mouth"}:
        asset = assets()[part]
        return (
            None
            if status(asset, settings.models / asset.folder).state == "ok"
            else "no speech model: .venv/bin/xiangyin models"
        )
    raise ValueError(part)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip by name what this machine cannot run."""
    for item in items:
        for mark in item.iter_markers():
            if mark.name.startswith("needs_"):
                reason = _missing(mark.name.removeprefix("needs_"))
                if reason and not REQUIRE_ALL:
                    item.add_marker(pytest.mark.skip(reason=reason))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """In CI a missing part fails its tests."""
    if REQUIRE_ALL:
        for mark in item.iter_markers():
            if mark.name.startswith("needs_") and (reason := _missing(mark.name.removeprefix("needs_"))):
                pytest.fail(reason)


@pytest.fixture
def unused_tcp_port() -> int:
    """A port that nobody else is given meanwhile."""
    from tests.acceptance.stage import free_port  # brings the browser's driver with it

    return free_port()


@pytest.fixture(autouse=True)
def _same_noise() -> None:
    """Kaldi dithers with C's rand(): the same sound must be heard the same in every run."""
    _LIBC.srand(7)


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """A test that sets logging up, as the command line does, leaves the next one as it was."""
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    levels = {name: logging.getLogger(name).level for name in QUIET}
    yield
    root.setLevel(level)
    root.handlers[:] = handlers
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)
    structlog.reset_defaults()


@pytest.fixture
def now() -> datetime:
    """The moment at which every test plays: 22 November 2026, nine in the morning in Shanghai."""
    return NOW


def _migrate(url: str) -> None:
    """Bring a database to the newest schema, which takes a third of a second; in a thread, for a loop may be running."""

    async def migrate() -> None:
        store = Store(url)
        await store.migrate()
        await store.close()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(migrate())).result()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite database of the newest schema, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "empty.db"
    _migrate(f"sqlite+aiosqlite:///{path}")
    return path


@pytest.fixture
async def store(migrated: Path, tmp_path: Path) -> AsyncIterator[Store]:
    """An empty SQLite database of its own."""
    shutil.copy(migrated, tmp_path / "test.db")
    store = Store(f"sqlite+aiosqlite:///{tmp_path / 'test.db'}")
    yield store
    await store.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server of the tests' own."""
    with postgres_server(quick=True) as server:
        yield server


@pytest.fixture(scope="session")
def migrated_postgres(postgres: PostgresServer) -> str:
    """Name of an empty PostgreSQL database of the newest schema, to be copied."""
    url = postgres.new_database()
    _migrate(url)
    return str(make_url(url).database)


@pytest.fixture(params=["sqlite", "postgres"])
def any_database(request: pytest.FixtureRequest, migrated: Path, tmp_path: Path) -> Iterator[str]:
    """Address of an empty database of its own, of either kind in turn."""
    if request.param == "postgres":
        server: PostgresServer = request.getfixturevalue("postgres")
        url = server.new_database(like=request.getfixturevalue("migrated_postgres"))
        yield url
        server.drop(url)
    else:
        shutil.copy(migrated, tmp_path / "any.db")
        yield f"sqlite+aiosqlite:///{tmp_path / 'any.db'}"


@pytest.fixture
async def any_store(any_database: str) -> AsyncIterator[Store]:
    """An empty database of its own, of either kind in turn."""
    store = Store(any_database)
    yield store
    await store.close()


@pytest.fixture(scope="session")
def shipped(words: Words, segmenter: Segmenter, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the shipped content in it, to be copied."""
    path = tmp_path_factory.mktemp("shipped") / "content.db"

    async def fill() -> None:
        store = Store(f"sqlite+aiosqlite:///{path}")
        await store.migrate()
        await House(store, words, segmenter, NOW).library.take_in(read_content())
        await store.close()

    asyncio.run(fill())
    gc.freeze()  # what was loaded for it stays until the end: nothing to look through again
    return path


@pytest.fixture
async def house(shipped: Path, words: Words, segmenter: Segmenter, tmp_path: Path) -> AsyncIterator[House]:
    """A whole assistant on a copy of the shipped content."""
    shutil.copy(shipped, tmp_path / "house.db")
    store = Store(f"sqlite+aiosqlite:///{tmp_path / 'house.db'}")
    yield House(store, words, segmenter, NOW)
    await store.close()


@pytest.fixture(scope="session")
def words() -> Words:
    """All language data, loaded once."""
    return Words.load()


@pytest.fixture(scope="session")
def segmenter(words: Words) -> Segmenter:
    """jieba with the lexicon, loaded once."""
    return Segmenter([text for text, _ in words.surfaces()], Settings().home / "cache")


@pytest.fixture(scope="session")
def builtin(words: Words) -> BuiltinUnderstander:
    """The understanding that stands in for Rasa, over the real training sentences."""
    return BuiltinUnderstander(lambda: examples(Normaliser(words)), Settings().home / "cache")
