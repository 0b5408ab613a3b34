"""The door to forecasts: fresh ones from the store, else from the source, else the kept one with its age."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import structlog
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from knowledge_base.store import Store
from knowledge_base.weather.breaker import Breaker
from knowledge_base.weather.models import ForecastRow
from knowledge_base.weather.source import ForecastSource, SourceFailed, SourceGarbage
from knowledge_base.weather.terms import Forecast

log = structlog.get_logger(__name__)

FRESH = timedelta(hours=1)
"""So long a forecast is given without asking again; the sources make new ones every one to six hours."""
KEPT = timedelta(days=3)
"""So long a forecast is given when its source fails."""
IN_USE = timedelta(days=2)
"""So long after somebody asked for a cell, its forecast is kept up to date."""
WALL = timedelta(seconds=2.5)
"""So long a source is waited for, whatever it does."""
_NOTED = timedelta(hours=1)
"""`used_at` may be so much behind: not every question writes."""
_FORECAST = TypeAdapter(Forecast)


class Reason(StrEnum):
    """Why a forecast is not fresh."""

    DOWN = "down"
    """The source does not answer."""
    GARBAGE = "garbage"
    """What the source says cannot be true."""
    RESTING = "resting"
    """The source has failed again and again and is left alone for a minute."""


@dataclass(frozen=True, slots=True)
class Known:
    """A forecast with its `age` since it was fetched. `stale`: older than an hour, because of `why`."""

    forecast: Forecast
    age: timedelta
    stale: bool
    why: Reason | None = None


@dataclass(frozen=True, slots=True)
class _Cell:
    latitude: float
    longitude: float

    @classmethod
    def around(cls, latitude: float, longitude: float) -> "_Cell":
        return cls(round(latitude, 1) + 0.0, round(longitude, 1) + 0.0)

    @classmethod
    def named(cls, key: str) -> "_Cell":
        latitude, longitude = key.split(",")
        return cls(float(latitude), float(longitude))

    @property
    def key(self) -> str:
        return f"{self.latitude:.1f},{self.longitude:.1f}"


class Forecasts:
    """Forecasts of one source. Positions are taken together in cells of 0.1 degrees, about ten kilometres."""

    def __init__(
        self,
        source: ForecastSource,
        store: Store,
        clock: Callable[[], datetime],
        *,
        wall: timedelta = WALL,
        breaker: Breaker | None = None,
    ) -> None:
        self._source = source
        self._store = store
        self._clock = clock
        self._wall = wall
        self._breaker = breaker or Breaker(clock)
        self._under_way: dict[_Cell, asyncio.Task[Known | Reason]] = {}

    async def at(self, latitude: float, longitude: float) -> Known | None:
        """The forecast for a position (degrees WGS 84); None when there is none and none younger than three days is kept.

        Answers in less than three seconds whatever the source does.
        """
        got = await self._shared(_Cell.around(latitude, longitude), used=True)
        return got if isinstance(got, Known) else None

    async def refresh(self) -> int:
        """Ask again for the cells that somebody asked for in the last two days, drop old rows; how many are new now.

        Ends early when the source fails again and again: the next round tries again.
        """
        now = self._clock()
        async with self._store.session() as session:
            await session.execute(delete(ForecastRow).where(ForecastRow.fetched_at < now - KEPT))
            asked = select(ForecastRow.cell).where(
                ForecastRow.source == self._source.name,
                ForecastRow.used_at >= now - IN_USE,
                ForecastRow.fetched_at <= now - FRESH,
            )
            keys = (await session.scalars(asked.order_by(ForecastRow.fetched_at))).all()
        new = 0
        for key in keys:
            got = await self._shared(_Cell.named(key), used=False)
            why = got.why if isinstance(got, Known) else got
            if why is Reason.RESTING:
                break
            new += why is None
        return new

    async def close(self) -> None:
        """End what is under way and give the source's connections back."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._source.close()

    async def _shared(self, cell: _Cell, *, used: bool) -> Known | Reason:
        """Look and fetch once however many wait; who stops waiting does not stop the others."""
        task = self._under_way.get(cell)
        if task is None:
            task = asyncio.create_task(self._known(cell, used=used))
            self._under_way[cell] = task
            task.add_done_callback(lambda _: self._under_way.pop(cell, None))
        return await asyncio.shield(task)

    async def _known(self, cell: _Cell, *, used: bool) -> Known | Reason:
        kept = await self._kept(cell, used=used)
        if kept is not None and self._age(kept) < FRESH:
            return Known(kept, self._age(kept), stale=False)
        got = await self._fetch(cell)
        if isinstance(got, Forecast):
            return Known(got, self._age(got), stale=False)
        if kept is None or self._age(kept) > KEPT:
            return got
        return Known(kept, self._age(kept), stale=True, why=got)

    def _age(self, forecast: Forecast) -> timedelta:
        return max(self._clock() - forecast.fetched_at, timedelta(0))

    async def _kept(self, cell: _Cell, *, used: bool) -> Forecast | None:
        now = self._clock()
        async with self._store.session() as session:
            row = await session.get(ForecastRow, (cell.key, self._source.name))
        if row is None:
            return None
        if used and row.used_at < now - _NOTED:
            this = (ForecastRow.cell == cell.key, ForecastRow.source == self._source.name)
            async with self._store.session() as session:
                await session.execute(update(ForecastRow).where(*this).values(used_at=now))
        try:
            return _FORECAST.validate_python(row.forecast)
        except ValidationError:  # written by another version of the program
            log.warning("kept forecast cannot be read")
            return None

    async def _fetch(self, cell: _Cell) -> Forecast | Reason:
        if not self._breaker.admits():
            return Reason.RESTING
        try:
            async with asyncio.timeout(self._wall.total_seconds()):
                forecast = await self._source.fetch(cell.latitude, cell.longitude)
        except (SourceFailed, TimeoutError) as failure:
            self._breaker.failed()
            log.warning("no forecast", source=self._source.name, why=str(failure) or "too slow")
            return Reason.GARBAGE if isinstance(failure, SourceGarbage) else Reason.DOWN
        self._breaker.succeeded()
        await self._keep(cell, forecast)
        return forecast

    async def _keep(self, cell: _Cell, forecast: Forecast) -> None:
        values = {
            "fetched_at": forecast.fetched_at,
            "issued_at": forecast.issued_at,
            "forecast": _FORECAST.dump_python(forecast, mode="json"),
        }
        insert = postgres_insert if self._store.engine.dialect.name == "postgresql" else sqlite_insert
        row = insert(ForecastRow).values(cell=cell.key, source=self._source.name, used_at=self._clock(), **values)
        async with self._store.session() as session:
            await session.execute(row.on_conflict_do_update(index_elements=["cell", "source"], set_=values))
