"""Where a warning holds, when quiet hours end, what a danger concerns."""

from datetime import UTC, datetime

import pytest
from shapely.geometry import Point, Polygon

from knowledge_base.warnings.alert import Circle
from knowledge_base.warnings.farm import concerns, endangered
from knowledge_base.warnings.hazards import hazards
from knowledge_base.warnings.quiet import quiet_end
from knowledge_base.warnings.territory import Territory
from nlu.words import Words

SQUARE = ((34.0, 113.0), (34.0, 114.0), (35.0, 114.0), (35.0, 113.0), (34.0, 113.0))
XINZHENG = Circle(34.4, 113.7, 20.0)


@pytest.mark.parametrize(
    ("place", "holds"),
    [
        ("410184001001", True),
        ("410184", True),
        ("4101", False),
        ("410185001001", False),
        (None, False),
        ("", False),
    ],
)
def test_a_code_covers_what_is_below_it(place: str | None, holds: bool) -> None:
    assert Territory(("410184",)).holds_place(place) is holds
    assert not Territory(()).holds_place(place)


@pytest.mark.parametrize(
    ("latitude", "longitude", "inside"),
    [(34.5, 113.5, True), (34.0, 113.0, True), (34.5, 113.0, True), (33.999, 113.5, False), (113.5, 34.5, False)],
)
def test_a_polygon_holds_its_edge(latitude: float, longitude: float, inside: bool) -> None:
    assert Territory((), (SQUARE,)).holds_point(latitude, longitude) is inside


def test_a_circle_is_measured_on_the_globe() -> None:
    territory = Territory((), (), (XINZHENG,))
    assert territory.holds_point(34.4 + 19.9 / 111.195, 113.7)
    assert not territory.holds_point(34.4 + 20.1 / 111.195, 113.7)
    assert territory.holds_point(34.4, 113.7 + 0.217)  # 20 km are more degrees of longitude than of latitude
    assert not territory.holds_point(34.4, 113.7 + 0.219)


def test_the_box_holds_everything_that_the_shapes_hold() -> None:
    territory = Territory((), (SQUARE,), (XINZHENG, Circle(20.0, 110.0, 300.0)))
    box = territory.box
    assert box is not None
    for circle in territory.circles:
        for latitude in range(-90, 91):
            for longitude in range(100, 121):
                point = (circle.latitude + latitude / 30, float(longitude))
                if territory.holds_point(*point):
                    assert box.south <= point[0] <= box.north
                    assert box.west <= point[1] <= box.east
    assert Territory(("41",)).box is None


def test_areas_of_all_kinds_add_up() -> None:
    territory = Territory(("61",), (SQUARE,), (XINZHENG,))
    assert territory.covers("610102", None, None)
    assert territory.covers("410184", 34.5, 113.5)
    assert not territory.covers("410184", None, 113.5)
    assert not Territory(())
    assert Polygon([(lon, lat) for lat, lon in SQUARE]).covers(Point(113.5, 34.5))


@pytest.mark.parametrize(
    ("now", "begin", "end", "until"),
    [
        ("2026-07-20T14:00+00:00", 1320, 360, "2026-07-20T22:00+00:00"),  # 22:00 in Shanghai
        ("2026-07-20T13:59+00:00", 1320, 360, None),
        ("2026-07-20T21:59+00:00", 1320, 360, "2026-07-20T22:00+00:00"),
        ("2026-07-20T22:00+00:00", 1320, 360, None),
        ("2026-07-20T17:30:59+00:00", 1320, 360, "2026-07-20T22:00+00:00"),
        ("2026-07-20T05:00+00:00", 720, 840, "2026-07-20T06:00+00:00"),  # a rest at noon
        ("2026-07-20T05:00+00:00", 600, 600, None),
    ],
)
def test_quiet_hours_end_in_the_morning_of_shanghai(now: str, begin: int, end: int, until: str | None) -> None:
    moment = quiet_end(datetime.fromisoformat(now), begin, end)
    assert (moment.astimezone(UTC).isoformat() if moment else None) == (
        datetime.fromisoformat(until).isoformat() if until else None
    )


def test_a_danger_concerns_what_the_table_says_and_an_unknown_one_everything(words: Words) -> None:
    assert endangered("dry_hot_wind", ["小麦"], [])
    assert not endangered("dry_hot_wind", ["苹果"], ["猪"])
    assert endangered("frost", ["苹果"], [])
    assert not endangered("frost", [], ["猪"])
    assert endangered("rainstorm", [], ["猪"])
    assert endangered(None, ["苹果"], [])


def test_the_table_names_dangers_and_crops_that_there_are(words: Words) -> None:
    known = {text for text, _ in words.surfaces()}
    assert set(concerns()) <= set(hazards())
    for concern in concerns().values():
        for named in (concern.crops, concern.animals):
            assert named == "all" or named <= known
