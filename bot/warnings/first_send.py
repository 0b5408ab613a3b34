"""How long a warning takes from its arrival to its first message."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import func, select

from bot.delivery.models import OutboxRow
from knowledge_base.store import Store
from knowledge_base.warnings.models import WarningRow
from knowledge_base.warnings.terms import Colour

LOOKED_FOR = timedelta(days=1)
"""After that a first message is no measure of speed any more."""


def colour_label(colour: int | None) -> str:
    """A colour as metrics call it."""
    return Colour(colour).name.lower() if colour else "unknown"


class FirstSends:
    """Keeps the moment of the first message with each warning, and tells the metrics."""

    def __init__(self, store: Store, clock: Callable[[], datetime], observe: Callable[[str, float], None]) -> None:
        self._store = store
        self._clock = clock
        self._observe = observe

    async def look(self) -> None:
        """Look at the warnings that have gone out lately."""
        missing = (
            WarningRow.topic.is_not(None),
            WarningRow.first_sent_at.is_(None),
            WarningRow.dispatched_at > self._clock() - LOOKED_FOR,
        )
        first = (
            select(WarningRow.id, func.min(OutboxRow.sent_at).label("at"))
            .join(OutboxRow, OutboxRow.topic == WarningRow.topic)
            .where(*missing, OutboxRow.sent_at.is_not(None))
            .group_by(WarningRow.id)
        )
        async with self._store.session() as session:
            found: dict[str, datetime] = {row.id: row.at for row in await session.execute(first)}
            if not found:
                return  # without taking SQLite's one write lock
            rows = (await session.scalars(select(WarningRow).where(WarningRow.id.in_(found)))).all()
            for row in rows:
                row.first_sent_at = found[row.id]
        for row in rows:
            self._observe(colour_label(row.colour), (found[row.id] - row.arrived_at).total_seconds())
