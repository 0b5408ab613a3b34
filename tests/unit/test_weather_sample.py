"""The forecast that is made up: marked, dated, the same each time, and about as warm as it is there."""

from datetime import UTC, date, datetime, timedelta

import pytest

from knowledge_base.weather.plausible import checked
from knowledge_base.weather.sample import Sample

HERE = (36.9, 118.7)


async def test_the_sample_is_marked_dated_and_the_same_each_time(now: datetime) -> None:
    forecast = await Sample(lambda: now).fetch(*HERE)
    assert forecast.sample
    assert checked(forecast, now) is forecast
    assert forecast.issued_at == datetime(2026, 11, 22, 16, tzinfo=UTC)
    assert forecast == await Sample(lambda: now).fetch(*HERE)
    assert (len(forecast.hours), forecast.days[0].date) == (192, date(2026, 11, 22))
    for day in forecast.days:
        hours = [hour for hour in forecast.hours if _date(hour.at) == day.date]
        assert day.precipitation == pytest.approx(sum(hour.precipitation for hour in hours))
        assert (day.low, day.high) == (min(h.temperature for h in hours), max(h.temperature for h in hours))
        assert day.sky in {hour.sky for hour in hours}


@pytest.mark.parametrize(
    ("latitude", "month", "mean"),
    [(45.8, 1, -18), (36.9, 7, 27), (23.1, 1, 14), (30.6, 10, 17)],
    ids=["Harbin", "Shandong", "Guangzhou", "Wuhan"],
)
async def test_the_sample_is_about_as_warm_as_it_is_there(latitude: float, month: int, mean: float) -> None:
    forecast = await Sample(lambda: datetime(2026, month, 15, 4, tzinfo=UTC)).fetch(latitude, 115)
    assert (forecast.days[0].low + forecast.days[0].high) / 2 == pytest.approx(mean, abs=4)


def _date(at: datetime) -> date:
    return (at + timedelta(hours=8)).date()
