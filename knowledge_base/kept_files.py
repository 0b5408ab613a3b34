"""Files that several machines need: kept in the database, for those that have no folder in common."""

from collections.abc import Callable, Collection
from datetime import datetime

from sqlalchemy import LargeBinary, String, delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from knowledge_base.models import Base, Utc
from knowledge_base.store import Store


class KeptFileRow(Base):
    """One file. What is in it never changes under its name."""

    __tablename__ = "kept_files"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    data: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(Utc)


class KeptFiles:
    """The files of one store. Names should tell the content, such as its SHA-256."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    async def put(self, name: str, data: bytes) -> None:
        """Keep a file; one that is there already stays."""
        async with self._store.session() as session:
            insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
            row = {"name": name, "data": data, "created_at": self._clock()}
            await session.execute(insert(KeptFileRow).values(row).on_conflict_do_nothing(index_elements=["name"]))

    async def get(self, name: str) -> bytes | None:
        """What is in it; None if there is none."""
        async with self._store.session() as session:
            row = await session.get(KeptFileRow, name)
            return row.data if row else None

    async def tidy(self, needed: Collection[str], before: datetime) -> None:
        """Remove what is older and not among these."""
        old = (KeptFileRow.created_at < before, KeptFileRow.name.not_in(needed))
        async with self._store.session() as session:
            await session.execute(delete(KeptFileRow).where(*old))
