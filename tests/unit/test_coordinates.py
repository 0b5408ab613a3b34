"""Where places lie: of every county in the gazetteer, inside China, near its prefecture."""

from pathlib import Path

import pytest

from knowledge_base.store import Store
from knowledge_base.warnings.villages import Village, take_in_villages
from knowledge_base.weather.coordinates import Coordinates, Near, Spot, distance, nearest, seats
from nlu.text.gazetteer import Gazetteer

WITHOUT = {"653228", "653229", "659012"}
"""Founded in 2024 and later; the place around them stands for them."""
WIDE = ("15", "51", "54", "62", "63", "65")
"""Provinces in the west, whose prefectures are wider than 400 km."""


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return Gazetteer.load()


def codes(gazetteer: Gazetteer) -> set[str]:
    return {name.place.code for names in gazetteer.names.values() for name in names}


def test_every_place_of_the_gazetteer_has_a_position(gazetteer: Gazetteer) -> None:
    assert codes(gazetteer) - set(seats()) == WITHOUT


def test_no_other_place_has_one(gazetteer: Gazetteer) -> None:
    assert set(seats()) <= codes(gazetteer)


def test_all_lie_inside_china_and_near_the_place_around_them() -> None:
    for code, (latitude, longitude) in seats().items():
        assert 3 < latitude < 54, code
        assert 73 < longitude < 136, code
        around = seats().get(f"{code[:4]}00")
        if around is not None:
            far = distance(latitude, longitude, *around)
            assert far < (600 if code.startswith(WIDE) else 400), code


@pytest.mark.parametrize(
    ("code", "latitude", "longitude"),
    [
        ("110000", 39.90, 116.41),
        ("370783", 36.88, 118.74),
        ("650100", 43.83, 87.62),
        ("460200", 18.25, 109.51),
        ("540600", 31.47, 92.05),
        ("330114", 30.31, 120.49),
    ],
)
def test_known_cities_are_where_they_are(code: str, latitude: float, longitude: float) -> None:
    assert distance(latitude, longitude, *seats()[code]) < 20


async def test_the_countys_table_comes_first_and_wider_places_stand_in(any_store: Store) -> None:
    rows = {
        code: Village(code=code, name="一村", latitude=latitude, longitude=118.8)
        for code, latitude in (("370783101201", 36.81), ("370783101", 36.82))
    }
    await take_in_villages(any_store, rows)
    places = Coordinates(any_store)
    assert await places.of("370783101201") == Spot(36.81, 118.8, "370783101201")
    assert await places.of("370783101202") == Spot(36.82, 118.8, "370783101")
    assert await places.of("370783102") == Spot(*seats()["370783"], "370783")
    assert await places.of("370783") == Spot(*seats()["370783"], "370783")
    assert await places.of("653228") == Spot(*seats()["653200"], "653200")
    assert await places.of("659012") == Spot(*seats()["650000"], "650000")
    assert await places.of("990101") is None


@pytest.mark.parametrize(
    ("latitude", "longitude", "county"),
    [(36.85, 118.80, "370783"), (22.95, 113.75, "441900"), (39.71, 116.10, "110111")],
)
def test_the_nearest_county_is_the_one_whose_seat_is(latitude: float, longitude: float, county: str) -> None:
    found = nearest(latitude, longitude)
    assert found is not None
    assert (found.code, found.kilometres < 40) == (county, True)


@pytest.mark.parametrize(("latitude", "longitude"), [(35.68, 139.77), (28.61, 77.21), (0.0, 0.0)])
def test_abroad_there_is_none(latitude: float, longitude: float) -> None:
    assert nearest(latitude, longitude) is None


def test_at_its_seat_a_county_is_nearest() -> None:
    for code in ("370783", "659009", "469026", "620200"):
        assert nearest(*seats()[code]) == Near(code, 0.0), code


def test_the_table_is_sorted_and_nothing_stands_twice() -> None:
    from knowledge_base.weather.coordinates import DATA

    lines = Path(DATA).read_text(encoding="utf-8").splitlines()[1:]
    read = [line.split(",")[0] for line in lines]
    assert read == sorted(set(read))
