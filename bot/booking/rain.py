"""Looks whether forecasts or warnings spoil booked days, and has both sides told."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select

from dialogs.booking import hours
from dialogs.booking.machinery import Machinery
from dialogs.booking.models import BookingDayRow, BookingRow
from dialogs.booking.spoiling import WARNED, spoiling, spoils
from dialogs.booking.supply import spot
from dialogs.booking.terms import State
from knowledge_base.store import Store
from knowledge_base.warnings.current import Current, Spot
from knowledge_base.weather.coordinates import Coordinates
from knowledge_base.weather.forecasts import Forecasts


@dataclass(slots=True)
class _Field:
    """A booked day of a kind of work at a place; the position is that of one plot there, where it is known."""

    place: str
    day: date
    part: str | None
    service: str
    position: tuple[float, float] | None
    bookings: list[str]


class RainCheck:
    """One look at all booked days that are near."""

    def __init__(
        self,
        store: Store,
        machinery: Machinery,
        clock: Callable[[], datetime],
        *,
        forecasts: Forecasts | None,
        current: Current,
    ) -> None:
        self._store = store
        self._machinery = machinery
        self._clock = clock
        self._forecasts = forecasts
        self._current = current
        self._coordinates = Coordinates(store)

    async def by_forecast(self) -> int:
        """How many bookings were found spoiled by a real and fresh forecast."""
        return sum([await self._tell(field, await self._forecast(field)) for field in await self._fields()])

    async def by_warning(self) -> int:
        """How many bookings were found spoiled by a warning in force."""
        return sum([await self._tell(field, await self._warned(field)) for field in await self._fields()])

    async def _tell(self, field: _Field, why: str | None) -> int:
        return await self._machinery.spoiled(field.place, field.day, why, only=field.bookings) if why else 0

    async def _fields(self) -> Sequence[_Field]:
        """The days of accepted bookings, once for each place, part of the day and job; those of which both sides know already are left out."""
        today = hours.today(self._clock())
        query = (
            select(BookingRow, BookingDayRow.day)
            .join(BookingDayRow, BookingDayRow.booking_id == BookingRow.id)
            .where(
                BookingRow.state == State.ACCEPTED,
                BookingRow.service.in_(spoiling().services),
                BookingDayRow.day.between(today, today + timedelta(days=spoiling().ahead)),
                BookingRow.spoiled.is_(None),
            )
            .order_by(BookingDayRow.day, BookingRow.created_at)
        )
        found: dict[tuple[object, ...], _Field] = {}
        async with self._store.session() as session:
            for row, day in await session.execute(query):
                position = spot(row.place, row.latitude, row.longitude).position
                alike = _Field(row.place, day, row.part, row.service, position, [])
                key = (alike.place, alike.day, alike.part, alike.service, position)
                found.setdefault(key, alike).bookings.append(row.id)
        return [field for field in found.values() if hours.still_open(field.day, field.part, self._clock())]

    async def _forecast(self, field: _Field) -> str | None:
        position = field.position
        if position is None and (spot := await self._coordinates.of(field.place)) is not None:
            position = (spot.latitude, spot.longitude)
        if position is None or self._forecasts is None:
            return None
        known = await self._forecasts.at(*position)
        if known is None or known.stale:
            return None
        return spoils(known.forecast, field.day, field.part, field.service)

    async def _warned(self, field: _Field) -> str | None:
        latitude, longitude = field.position or (None, None)
        holding = await self._current.at(Spot(field.place, latitude, longitude))
        last = [one.warning.expires_at for one in holding if one.warning.hazard in spoiling().hazards]
        return WARNED if any(hours.begins(field.day, field.part) < until for until in last) else None
