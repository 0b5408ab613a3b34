"""When each source of warnings was last looked at with success, for all processes."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, mapped_column

from knowledge_base.models import Base, Utc
from knowledge_base.store import Store


class SourceLookRow(Base):
    """One source."""

    __tablename__ = "source_looks"

    source: Mapped[str] = mapped_column(String(40), primary_key=True)
    at: Mapped[datetime] = mapped_column(Utc)


class LookBook:
    """The looks of one store; one process writes."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def write(self, looks: Mapping[str, datetime]) -> None:
        """Keep these moments."""
        async with self._store.session() as session:
            for source, at in looks.items():
                await session.merge(SourceLookRow(source=source, at=at))

    async def read(self) -> Mapping[str, datetime]:
        """All that are known."""
        async with self._store.session() as session:
            rows = await session.execute(select(SourceLookRow.source, SourceLookRow.at))
            return {row.source: row.at for row in rows}
