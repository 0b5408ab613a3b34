"""The door to forecasts: fresh from the store, else from the source, else the kept one with its age."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from bot.forecasts import REFRESH_EVERY, WeatherSettings, WeatherUnset, forecasts, weather_source
from knowledge_base.store import Store
from knowledge_base.weather.breaker import Breaker
from knowledge_base.weather.forecasts import Forecasts, Known, Reason
from knowledge_base.weather.json_service import Bounds
from knowledge_base.weather.models import ForecastRow
from knowledge_base.weather.open_meteo import OpenMeteo
from knowledge_base.weather.sample import Sample
from knowledge_base.weather.source import SourceDown, SourceFailed, SourceGarbage
from knowledge_base.weather.terms import Forecast
from tests.fakes.weather_server import weather_server

HERE = (36.88, 118.74)
CELL = (36.9, 118.7)


class Clock:
    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def passes(self, **time: float) -> None:
        self.now += timedelta(**time)


class Wayward:
    """A source that does what it is told to; `gate` holds its answers back."""

    name = "wayward"

    def __init__(self, clock: Clock) -> None:
        self._sample = Sample(clock)
        self.failure: SourceFailed | None = None
        self.asked: list[tuple[float, float]] = []
        self.begun = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()
        self.closed = False

    async def fetch(self, latitude: float, longitude: float) -> Forecast:
        self.asked.append((latitude, longitude))
        self.begun.set()
        await self.gate.wait()
        if self.failure:
            raise self.failure
        return replace(await self._sample.fetch(latitude, longitude), source=self.name, sample=False)

    async def close(self) -> None:
        self.closed = True


@pytest.fixture
def clock(now: datetime) -> Clock:
    return Clock(now)


@pytest.fixture
async def source(clock: Clock) -> Wayward:
    return Wayward(clock)


@pytest.fixture
def door(source: Wayward, store: Store, clock: Clock) -> Forecasts:
    return Forecasts(source, store, clock, wall=timedelta(minutes=1))


async def known(door: Forecasts, latitude: float = HERE[0], longitude: float = HERE[1]) -> Known:
    found = await door.at(latitude, longitude)
    assert found is not None
    return found


async def rows(store: Store) -> list[ForecastRow]:
    async with store.session() as session:
        return list((await session.scalars(select(ForecastRow).order_by(ForecastRow.cell))).all())


async def test_a_forecast_is_fetched_once_an_hour_for_its_cell(source: Wayward, any_store: Store, clock: Clock) -> None:
    door = Forecasts(source, any_store, clock)
    first = await known(door)
    assert (first.age, first.stale, first.why) == (timedelta(0), False, None)
    clock.passes(minutes=59)
    again = await known(door, 36.92, 118.66)
    assert again == replace(first, age=timedelta(minutes=59))
    assert source.asked == [CELL]
    clock.passes(minutes=1)
    assert (await known(door)).age == timedelta(0)
    assert source.asked == [CELL, CELL]
    (row,) = await rows(any_store)
    assert (row.cell, row.source, row.fetched_at, row.issued_at) == (
        "36.9,118.7",
        "wayward",
        clock.now,
        first.forecast.issued_at,
    )


@pytest.mark.parametrize(
    ("failure", "why"), [(SourceDown("HTTP 503"), Reason.DOWN), (SourceGarbage("hourly"), Reason.GARBAGE)]
)
async def test_a_failing_source_leaves_the_kept_one_with_its_age_for_three_days(
    door: Forecasts, source: Wayward, clock: Clock, failure: SourceFailed, why: Reason
) -> None:
    fresh = await known(door)
    source.failure = failure
    clock.passes(hours=5)
    assert await known(door) == Known(fresh.forecast, timedelta(hours=5), stale=True, why=why)
    clock.passes(days=3, hours=-5)
    assert (await known(door)).stale
    clock.passes(minutes=1)
    assert await door.at(*HERE) is None


async def test_a_source_that_does_not_answer_is_not_waited_for(
    door: Forecasts, source: Wayward, store: Store, clock: Clock
) -> None:
    await known(door)
    source.gate.clear()
    clock.passes(hours=2)
    stale = await known(Forecasts(source, store, clock, wall=timedelta(seconds=0.1)))
    assert (stale.age, stale.why) == (timedelta(hours=2), Reason.DOWN)
    assert not source.gate.is_set()


async def test_nothing_kept_and_nothing_got_is_nothing(door: Forecasts, source: Wayward) -> None:
    source.failure = SourceDown("gone")
    assert await door.at(*HERE) is None


async def test_many_at_once_ask_once(door: Forecasts, source: Wayward) -> None:
    source.gate.clear()
    asking = [asyncio.create_task(door.at(*HERE)) for _ in range(20)]
    await source.begun.wait()
    asking[0].cancel()
    source.gate.set()
    got = await asyncio.gather(*asking, return_exceptions=True)
    assert isinstance(got[0], asyncio.CancelledError)
    assert all(isinstance(one, Known) and not one.stale for one in got[1:])
    assert source.asked == [CELL]


async def test_after_three_failures_in_a_row_it_rests_for_a_minute(
    door: Forecasts, source: Wayward, clock: Clock
) -> None:
    await known(door)
    clock.passes(hours=1)
    source.failure = SourceDown("gone")
    whys = [(await known(door)).why for _ in range(5)]
    assert whys == [Reason.DOWN] * 3 + [Reason.RESTING] * 2
    clock.passes(seconds=60)
    assert [(await known(door)).why for _ in range(2)] == [Reason.DOWN, Reason.RESTING]
    clock.passes(seconds=60)
    source.failure = None
    assert not (await known(door)).stale
    clock.passes(hours=1)
    source.failure = SourceDown("gone")
    assert [(await known(door)).why for _ in range(3)] == [Reason.DOWN] * 3
    assert len(source.asked) == 9


async def test_refreshing_keeps_what_was_asked_for_lately_and_drops_the_rest(
    source: Wayward, any_store: Store, clock: Clock
) -> None:
    door = Forecasts(source, any_store, clock)
    await known(door)
    await known(door, 30, 110)
    clock.passes(hours=30)
    await known(door)
    clock.passes(hours=30)
    source.asked.clear()
    assert await door.refresh() == 1
    assert source.asked == [CELL]
    assert [(row.cell, clock.now - row.fetched_at) for row in await rows(any_store)] == [
        ("30.0,110.0", timedelta(hours=60)),
        ("36.9,118.7", timedelta(0)),
    ]
    assert await door.refresh() == 0
    clock.passes(hours=13)
    await door.refresh()
    assert [row.cell for row in await rows(any_store)] == ["36.9,118.7"]


async def test_refreshing_gives_up_on_a_source_that_fails(door: Forecasts, source: Wayward, clock: Clock) -> None:
    for number in range(6):
        await known(door, 30 + number, 110)
    clock.passes(hours=2)
    source.asked.clear()
    source.failure = SourceDown("gone")
    assert await door.refresh() == 0
    assert len(source.asked) == 3


async def test_a_row_of_another_program_version_is_asked_for_anew(
    door: Forecasts, source: Wayward, store: Store
) -> None:
    await known(door)
    async with store.session() as session:
        await session.execute(update(ForecastRow).values(forecast={"hours": "?"}))
    assert not (await known(door)).stale
    assert len(source.asked) == 2


async def test_closing_ends_what_is_under_way(door: Forecasts, source: Wayward) -> None:
    source.gate.clear()
    asking = asyncio.create_task(door.at(*HERE))
    await source.begun.wait()
    await door.close()
    assert source.closed
    with pytest.raises(asyncio.CancelledError):
        await asking


async def test_a_source_cut_off_in_the_middle_is_answered_from_the_store_in_time(store: Store, clock: Clock) -> None:
    async with weather_server(clock.now) as server:
        patient, hasty = Bounds(connect=30, read=30, wall=30), Bounds(connect=0.5, read=0.4, wall=0.5)
        well = Forecasts(OpenMeteo(server.url, clock, bounds=patient), store, clock, wall=timedelta(minutes=1))
        door = Forecasts(OpenMeteo(server.url, clock, bounds=hasty), store, clock, breaker=Breaker(clock, failures=100))
        fresh = await known(well)
        clock.passes(hours=2)
        for fault in ("drop", "garbage", "stall", "trickle", "html", "huge", "redirect"):
            server.fault = fault
            async with asyncio.timeout(60):  # a server that stalls does so for ever
                stale = await known(door)
            assert (stale.forecast, stale.age, stale.stale) == (fresh.forecast, timedelta(hours=2), True), fault
        server.now, server.fault = clock.now, ""
        assert not (await known(well)).stale
        await well.close()
        await door.close()


CHOSEN = WeatherSettings("sample", "", "", None, "", "")


async def test_the_settings_choose_the_source(store: Store, clock: Clock) -> None:
    async with forecasts(CHOSEN, store, clock) as door:
        assert (await known(door)).forecast.sample
    assert timedelta(minutes=10) < REFRESH_EVERY < timedelta(hours=1)
    for name in ("open_meteo", "qweather"):
        source = weather_source(replace(CHOSEN, source=name, url="http://127.0.0.1", key="k"), clock)
        assert source.name == name
        await source.close()


@pytest.mark.parametrize(
    "missing",
    [
        replace(CHOSEN, source="open_meteo"),
        replace(CHOSEN, source="qweather", url="http://127.0.0.1"),
    ],
)
def test_a_source_without_what_it_needs_is_said_so(missing: WeatherSettings, clock: Clock) -> None:
    with pytest.raises(WeatherUnset, match="XIANGYIN_WEATHER_"):
        weather_source(missing, clock)


async def test_times_are_kept_as_they_were(door: Forecasts, clock: Clock) -> None:
    first = await known(door)
    clock.passes(minutes=5)
    kept = await known(door)
    assert kept.forecast == first.forecast
    assert kept.forecast.hours[0].at.tzinfo is UTC or kept.forecast.hours[0].at.utcoffset() == timedelta(0)


@pytest.fixture(autouse=True)
async def _opened(source: Wayward) -> AsyncIterator[None]:
    yield
    source.gate.set()
