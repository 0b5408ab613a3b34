"""What a person on a channel has chosen about warnings."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from knowledge_base.store import Store
from knowledge_base.warnings.models import QUIET_FROM, QUIET_UNTIL, Levels, PersonRow
from knowledge_base.warnings.villages import nearest_village


@dataclass(frozen=True, slots=True)
class Person:
    """A person's choices; see `PersonRow` for what they mean. The defaults are those of who has chosen nothing."""

    place: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    name: str = ""
    levels: Levels = Levels.ORANGE
    quiet_from: int = QUIET_FROM
    quiet_until: int = QUIET_UNTIL
    opted_out: bool = False


class People:
    """The people of one store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def get(self, channel: str, user: str) -> Person | None:
        """A person's choices; None for who has never told a place nor chosen anything."""
        async with self._store.session() as session:
            row = await session.get(PersonRow, (channel, user))
        if row is None:
            return None
        return Person(
            row.place,
            row.latitude,
            row.longitude,
            row.name,
            Levels(row.levels),
            row.quiet_from,
            row.quiet_until,
            row.opted_out,
        )

    async def change(self, channel: str, user: str, now: datetime, changes: Mapping[str, Any]) -> None:
        """Keep choices, by the names of `PersonRow`'s columns; a person who is not known yet is made.

        Another place makes a position that was told before worthless.
        """
        async with self._store.session() as session:
            row = await session.get(PersonRow, (channel, user), with_for_update=True)
            if row is None:
                row = PersonRow(channel=channel, user=user, crops=[], animals=[])
                session.add(row)
            if "place" in changes and changes["place"] != row.place and "latitude" not in changes:
                row.latitude = row.longitude = None
            for name, value in changes.items():
                setattr(row, name, value)
            row.updated_at = now

    async def note_place(self, channel: str, user: str, place: str, now: datetime) -> None:
        """The place that a channel knows of a person, unless the person has told one."""
        person = await self.get(channel, user)
        if person is None or person.place is None:
            await self.change(channel, user, now, {"place": place})

    async def note_position(self, channel: str, user: str, position: tuple[float, float], now: datetime) -> None:
        """Where a person is, in degrees WGS 84; with the village or town there, if they have told no place."""
        changes: dict[str, Any] = {"latitude": position[0], "longitude": position[1]}
        person = await self.get(channel, user)
        if person is None or person.place is None:
            village = await nearest_village(self._store, *position)
            changes |= {"place": village} if village else {}
        await self.change(channel, user, now, changes)


class ForgetfulPeople(People):
    """Knows nobody and keeps nothing: for trying the assistant out."""

    async def get(self, channel: str, user: str) -> Person | None:  # noqa: ARG002 - nobody is known
        return None

    async def change(self, channel: str, user: str, now: datetime, changes: Mapping[str, Any]) -> None:
        """Nobody said it."""
