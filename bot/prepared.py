"""A database with the shipped answers already in it: what a new database on this machine begins as."""

import hashlib
import os
import shutil
from pathlib import Path

from sqlalchemy import make_url, text

from knowledge_base.store import MIGRATIONS, Store


class Prepared:
    """The copy that is kept in the cache, of the schema of this version; it holds nothing that anybody has said.

    Indexing all answers takes half a minute on a small machine: it is done once, not for every new database.
    """

    def __init__(self, cache: Path) -> None:
        schema = hashlib.sha256()
        for path in sorted((MIGRATIONS / "versions").glob("*.py")):
            schema.update(path.read_bytes())
        self.path = cache / f"library-{schema.hexdigest()[:16]}.db"

    def begin(self, url: str) -> bool:
        """Begin a database at `url` as a copy, if it is SQLite's and there is none yet; whether there was none."""
        where = make_url(url)
        if where.get_backend_name() != "sqlite" or not where.database or Path(where.database).exists():
            return False
        if self.path.exists():
            new = Path(where.database).with_name(f"{Path(where.database).name}.new")
            new.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self.path, new)
            new.replace(where.database)
        return True

    async def keep(self, store: Store) -> None:
        """Make the copy from a database to which nobody has said anything yet."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        new = self.path.with_suffix(f".{os.getpid()}")
        new.unlink(missing_ok=True)
        async with store.engine.connect() as connection:
            autocommit = await connection.execution_options(isolation_level="AUTOCOMMIT")
            await autocommit.execute(text("VACUUM INTO :path"), {"path": str(new)})
        for older in self.path.parent.glob("library-*.db"):
            older.unlink(missing_ok=True)
        new.replace(self.path)
