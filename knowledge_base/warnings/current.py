"""Which warnings hold now, and where."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from knowledge_base.store import Store
from knowledge_base.warnings.alert import Alert
from knowledge_base.warnings.dispatch import Bulletin
from knowledge_base.warnings.models import VillageRow, WarningRow, WarningState
from knowledge_base.warnings.reading import read_alert
from knowledge_base.warnings.territory import Territory


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a person is: an administrative code of 2 to 12 digits, and degrees WGS 84 where they are known."""

    place: str | None
    latitude: float | None = None
    longitude: float | None = None


class Current:
    """The warnings of one store that are in force."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    async def at(self, spot: Spot) -> Sequence[Bulletin]:
        """The warnings that hold at a spot or somewhere in its place, the gravest first."""
        holds = (WarningRow.public, WarningRow.state == WarningState.IN_FORCE, WarningRow.expires_at > self._clock())
        query = (
            select(WarningRow).where(*holds).order_by(WarningRow.colour.is_(None), WarningRow.colour, WarningRow.sent)
        )
        async with self._store.session() as session:
            village = await session.get(VillageRow, spot.place) if spot.place else None
            rows = (await session.scalars(query)).all()
        if spot.latitude is None and village is not None:
            spot = Spot(spot.place, village.latitude, village.longitude)
        found: list[Bulletin] = []
        for row in rows:
            alert: Alert = read_alert(row.original)
            territory = Territory.of(alert)
            within = spot.place is not None and any(prefix.startswith(spot.place) for prefix in territory.prefixes)
            if within or territory.covers(spot.place, spot.latitude, spot.longitude):
                found.append(Bulletin(row, alert, alert, territory))
        return found
