"""Weather that spoils a booked day: by forecast and by warning, told once, never by a made-up forecast."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from bot.booking.rain import RainCheck
from dialogs.booking.notices import What
from dialogs.booking.services import catalogue
from dialogs.booking.spoiling import spoiling, spoils
from dialogs.booking.terms import Person
from knowledge_base.warnings.current import Current, Spot
from knowledge_base.warnings.dispatch import Bulletin
from knowledge_base.warnings.models import WarningRow
from knowledge_base.weather.forecasts import Forecasts
from knowledge_base.weather.sample import Sample
from knowledge_base.weather.terms import CHINA, Day, Forecast, Hour, Sky
from tests.fakes.booking import FARMER, NOON, VILLAGE, Yard, day, empty_store, wish

OTHER = Person("web", "other")
MIDNIGHT = datetime(2026, 11, 22, tzinfo=CHINA)


def forecast(*wet: int, on: date | None = None, mm: float = 2.0, sky: Sky = Sky.RAIN) -> Forecast:
    """Five dry days, with rain in these hours of one."""
    hours = []
    for number in range(5 * 24):
        at = MIDNIGHT + timedelta(hours=number)
        rains = at.date() == (on or day(2)) and at.hour in wet
        hours.append(Hour(at, 10, mm if rains else 0, 90 if rains else 5, 2, None, 60, sky if rains else Sky.CLEAR))
    days = tuple(Day(day(n), 5, 15, 0, 5, 3, Sky.CLEAR) for n in range(5))
    return Forecast("test", None, NOON, 34.1, 115.3, tuple(hours), days)


class Told:
    """A source that says what it is told to; counts how often it was asked."""

    name = "told"

    def __init__(self, says: Forecast) -> None:
        self.says = says
        self.asked = count()

    async def fetch(self, latitude: float, longitude: float) -> Forecast:
        next(self.asked)
        return self.says

    async def close(self) -> None:
        return


class Holding(Current):
    """The warnings in force, told by hand."""

    def __init__(self, *warnings: WarningRow) -> None:
        self._warnings = warnings

    async def at(self, spot: Spot) -> list[Bulletin]:
        assert spot == Spot(VILLAGE, 34.1, 115.3)
        return [Bulletin(row, None, None, None) for row in self._warnings]  # type: ignore[arg-type]


@pytest.fixture
async def yard(tmp_path: Path) -> AsyncIterator[Yard]:
    store = await empty_store(tmp_path)
    yield Yard(store)
    await store.close()


def check(yard: Yard, says: Forecast) -> RainCheck:
    forecasts = Forecasts(Told(says), yard.store, lambda: yard.now)
    current = Current(yard.store, lambda: yard.now)
    return RainCheck(yard.store, yard.machinery, lambda: yard.now, forecasts=forecasts, current=current)


async def booked(yard: Yard, first: int = 2) -> Person:
    wang = await yard.provider("wang")
    job = await yard.machinery.order(FARMER, wish(first=first, position=(34.1, 115.3)), yard.key())
    await yard.machinery.accept(wang, job.id, yard.key())
    return wang


async def test_rain_in_working_hours_is_told_to_both_once(yard: Yard) -> None:
    wang = await booked(yard)
    rain = check(yard, forecast(9, 10, 11, 12))
    assert await rain.by_forecast() == 1
    assert await rain.by_forecast() == 0
    for person in (FARMER, wang):
        notice = yard.told.last(person)
        assert (notice.what, notice.why) == (What.SPOILED, "rain")
        assert [quote.day for quote in notice.quotes] == [day(3), day(4), day(5)]


@pytest.mark.parametrize("says", [forecast(), forecast(1, 2, 3, 22, 23), forecast(9, mm=0.4)])
async def test_rain_by_night_or_a_few_drops_spoil_nothing(yard: Yard, says: Forecast) -> None:
    await booked(yard)
    assert await check(yard, says).by_forecast() == 0


async def test_a_made_up_forecast_never_moves_a_booking(yard: Yard) -> None:
    await booked(yard)
    assert await check(yard, replace(forecast(9, 10, 11, 12), sample=True)).by_forecast() == 0
    sample = Sample(lambda: yard.now)
    made_up = await sample.fetch(34.1, 115.3)
    assert all(spoils(made_up, day(number), None, "harvest") is None for number in range(8))


async def test_jobs_under_a_roof_and_days_far_off_are_left_alone(yard: Yard) -> None:
    await booked(yard, first=9)
    source = Told(forecast(9, 10, 11, on=day(9)))
    forecasts = Forecasts(source, yard.store, lambda: yard.now)
    rain = RainCheck(
        yard.store,
        yard.machinery,
        lambda: yard.now,
        forecasts=forecasts,
        current=Current(yard.store, lambda: yard.now),
    )
    assert await rain.by_forecast() == 0
    assert next(source.asked) == 0, "nobody needs that forecast"


@pytest.mark.parametrize(
    ("hazard", "hours", "told"), [("rainstorm", 60, 1), ("rainstorm", 20, 0), ("heat", 60, 0), (None, 60, 0)]
)
async def test_a_warning_that_reaches_into_the_day_spoils_it(yard: Yard, hazard: str, hours: int, told: int) -> None:
    await booked(yard)
    holding = Holding(WarningRow(hazard=hazard, expires_at=NOON + timedelta(hours=hours)))
    rain = RainCheck(yard.store, yard.machinery, lambda: yard.now, forecasts=None, current=holding)
    assert (await rain.by_warning(), await rain.by_warning(), await rain.by_forecast()) == (told, 0, 0)
    assert yard.told.last(FARMER).why == ("warning" if told else "")


def test_each_kind_of_work_has_its_own_limits() -> None:
    shower, wet_day = forecast(9, 10, mm=0.6), forecast(9, 10, 11, 12, 13, mm=2)
    assert [spoils(shower, day(2), None, job) for job in ("spray", "harvest", "plough", "topdress", "dry")] == [
        "rain",
        None,
        None,
        None,
        None,
    ]
    assert [spoils(wet_day, day(2), None, job) for job in ("spray", "harvest", "plough", "topdress", "dry")] == [
        "rain",
        "rain",
        "rain",
        None,
        None,
    ]
    windy = replace(forecast(), hours=tuple(replace(hour, wind=6.0) for hour in forecast().hours))
    assert (spoils(windy, day(2), None, "spray"), spoils(windy, day(2), None, "harvest")) == ("wind", None)
    assert {job for job in spoiling().services if job not in catalogue().jobs} == set()


async def test_rain_moves_only_the_part_of_the_day_that_it_spoils(yard: Yard) -> None:
    wang = await booked(yard)
    job = await yard.machinery.order(OTHER, wish(first=2, part="morning", position=(34.1, 115.3)), yard.key())
    await yard.machinery.accept(wang, job.id, yard.key())
    rain = check(yard, forecast(14, 15, 16, 17))
    assert [await rain.by_forecast() for _ in range(2)] == [1, 0]
    assert What.SPOILED in yard.told.to(FARMER)
    assert What.SPOILED not in yard.told.to(OTHER)


async def test_a_job_of_two_wet_days_is_told_once(yard: Yard) -> None:
    wang = await yard.provider("wang")
    job = await yard.machinery.order(FARMER, wish(first=2, area="18", position=(34.1, 115.3)), yard.key())
    await yard.machinery.accept(wang, job.id, yard.key())
    both = forecast(9, 10, 11, 12)
    third = forecast(9, 10, 11, 12, on=day(3))
    hours = tuple(one if one.precipitation else other for one, other in zip(both.hours, third.hours, strict=True))
    rain = check(yard, replace(both, hours=hours))
    assert [await rain.by_forecast() for _ in range(3)] == [1, 0, 0]


def test_the_part_of_the_day_counts_and_what_falls_is_named() -> None:
    afternoon = forecast(14, 15, 16)
    assert spoils(afternoon, day(2), "afternoon", "harvest") == "rain"
    assert spoils(afternoon, day(2), "morning", "harvest") is None
    assert spoils(forecast(9, 10, 11, mm=9), day(2), None, "harvest") == "heavy_rain"
    assert spoils(forecast(9, 10, 11, sky=Sky.SNOW), day(2), None, "harvest") == "snow"
    far = replace(forecast(), hours=(), days=(Day(day(2), 5, 9, 12, 80, 3, Sky.RAIN),))
    assert spoils(far, day(2), None, "harvest") == "rain"
    assert spoils(far, day(3), None, "harvest") is None
