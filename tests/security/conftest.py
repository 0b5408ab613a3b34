"""One running front for all tests of this folder."""

from collections.abc import Iterator

import pytest

from bot.settings import Settings
from tests.acceptance.stage import free_port
from tests.fakes.postgres import PostgresServer
from tests.security.front import Front, served


@pytest.fixture(scope="session")
def front(
    postgres: PostgresServer, migrated_postgres: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Front]:
    """The front over a database of its own."""
    home = tmp_path_factory.mktemp("front")
    (home / "cache").symlink_to(Settings().home / "cache")
    with served(postgres.new_database(like=migrated_postgres), home, free_port()) as running:
        yield running
