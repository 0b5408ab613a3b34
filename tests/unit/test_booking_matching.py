"""Who is asked first, for which day, and at what price."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogs.booking.matching import Candidate, Load, days, ranked, rules, spread
from dialogs.booking.nearness import Spot, assumed_kilometres, kilometres, neighbours
from dialogs.booking.terms import Wish
from tests.fakes.booking import COUNTY, NOON, TODAY, TOWN, VILLAGE, day, wish

HERE = (34.0, 115.3)
KM = 1 / 111.195
"""One kilometre to the north, in degrees."""


def machine(name: str = "a", **changes: object) -> Candidate:
    usual = Candidate(
        machine=name,
        provider=f"p{name}",
        provider_name=name,
        base=Spot(VILLAGE),
        capacity=Decimal(10),
        crops=frozenset({"小麦"}),
        areas=frozenset({COUNTY}),
        prices={("harvest", "小麦"): Decimal(60)},
    )
    return replace(usual, **changes)  # type: ignore[arg-type]


def first(*candidates: Candidate, wanted: Wish | None = None) -> str:
    return ranked(candidates, wanted or wish(), NOON)[0].candidate.machine


def load(taken: str = "0", *, offered: str = "0", pooled: int = 0) -> Load:
    return Load(Decimal(10), Decimal(taken), Decimal(offered), pooled)


@pytest.mark.parametrize(
    ("changes", "wanted", "possible"),
    [
        ({}, wish(), True),
        ({}, wish(service="plough"), False),
        ({}, wish(crop="玉米"), False),
        ({"crops": frozenset()}, wish(crop="玉米"), False),  # no price for it
        ({"crops": frozenset(), "prices": {("harvest", ""): Decimal(50)}}, wish(crop="玉米"), True),
        ({"prices": {("harvest", ""): Decimal(50)}}, wish(crop="玉米"), False),  # not good for it
        ({"prices": {("harvest", ""): Decimal(50)}}, wish(crop=None), True),
        ({}, wish(crop=None), False),
        ({"areas": frozenset({TOWN})}, wish(), True),
        ({"areas": frozenset({"4114"})}, wish(), True),
        ({"areas": frozenset({"411425"})}, wish(), False),
        ({"areas": frozenset({TOWN})}, wish(place=COUNTY), False),  # wanted somewhere in the county
        ({"loads": {day(2): load("6.5")}}, wish(), True),
        ({"loads": {day(2): load("6.51")}}, wish(), False),
        ({"loads": {day(2): load("6.51")}}, wish(last=3), True),
        ({"off": frozenset({day(2)})}, wish(), False),
        ({"off": frozenset({day(2)})}, wish(last=3), True),
        ({"capacity": Decimal(3)}, wish(), True),  # two days
        ({"capacity": Decimal(3), "off": frozenset({day(3)})}, wish(), False),
        ({"capacity": Decimal("0.1")}, wish(), False),  # 35 days
        ({}, wish(first=-3, last=-1), False),
        ({}, wish(first=0), True),
        ({}, wish(first=0, part="morning"), False),  # it is noon
    ],
)
def test_who_can_do_it(changes: dict[str, Any], wanted: Wish, possible: bool) -> None:
    assert bool(ranked([machine(**changes)], wanted, NOON)) == possible


def test_the_price_for_the_crop_comes_before_the_price_for_any() -> None:
    prices = {("harvest", ""): Decimal(50), ("harvest", "小麦"): Decimal("60.5")}
    (option,) = ranked([machine(prices=prices)], wish(), NOON)
    assert (option.price, option.total) == (Decimal("60.5"), Decimal("211.75"))


def test_the_cheaper_one_is_asked_first() -> None:
    assert first(machine("a", prices={("harvest", "小麦"): Decimal(65)}), machine("b")) == "b"


def test_the_nearer_one_is_asked_first_by_position_or_else_by_administration() -> None:
    near, far = Spot(COUNTY, (HERE[0] + 3 * KM, HERE[1])), Spot(COUNTY, (HERE[0] + 30 * KM, HERE[1]))
    assert first(machine("a", base=far), machine("b", base=near), wanted=wish(position=HERE)) == "b"
    assert first(machine("a", base=Spot("411425")), machine("b", base=Spot(TOWN))) == "b"
    (option,) = ranked([machine(base=near)], wish(position=HERE), NOON)
    assert option.distance_km == pytest.approx(3, abs=0.01)
    (option,) = ranked([machine()], wish(position=HERE), NOON)
    assert option.distance_km is None


def test_who_had_fewer_jobs_lately_is_asked_first() -> None:
    assert first(machine("a", jobs_lately=3), machine("b", jobs_lately=2)) == "b"


def test_twenty_yuan_outweigh_a_few_kilometres_and_jobs() -> None:
    dear = machine("a", prices={("harvest", "小麦"): Decimal(66)})
    assert first(dear, machine("b", base=Spot(TOWN), jobs_lately=2)) == "b"


def test_a_neighbours_plot_on_the_same_day_decides_the_day_and_the_machine() -> None:
    pooled = {day(4): load("3", pooled=1)}
    option = ranked([machine("a"), machine("b", loads=pooled)], wish(last=6), NOON)[0]
    assert (option.candidate.machine, option.day, option.pooled) == ("b", day(4), 1)


def test_the_earliest_day_is_taken_where_nothing_else_counts() -> None:
    assert ranked([machine()], wish(last=6), NOON)[0].day == day(2)


def test_who_is_asked_for_more_than_the_day_holds_comes_later() -> None:
    crowded = machine("a", loads={day(2): load(offered="8")})
    assert first(crowded, machine("b", jobs_lately=5)) == "b"
    assert first(machine("a", loads={day(2): load(offered="6")}), machine("b", jobs_lately=5)) == "a"


def test_a_big_area_takes_whole_days_one_after_another() -> None:
    assert spread(Decimal(25), Decimal(10), TODAY) == [
        (TODAY, Decimal(10)),
        (day(1), Decimal(10)),
        (day(2), Decimal(5)),
    ]
    assert spread(Decimal(20), Decimal(10), TODAY) == [(TODAY, Decimal(10)), (day(1), Decimal(10))]
    busy = machine(loads={day(3): load("1")})
    (option,) = ranked([busy], wish("25", last=5), NOON)
    assert (option.day, option.last_day) == (day(4), day(6))


@given(
    st.decimals("0.01", "500", places=2),
    st.decimals("0.5", "100", places=2),
)
def test_a_spread_is_the_whole_area_and_no_day_more_than_the_machine_can(area: Decimal, capacity: Decimal) -> None:
    parts = spread(area, capacity, TODAY)
    assert sum(mu for _, mu in parts) == area
    assert all(0 < mu <= capacity for _, mu in parts)
    assert [one for one, _ in parts] == [TODAY + timedelta(days=n) for n in range(len(parts))]


def test_every_free_day_can_be_offered() -> None:
    busy = machine(loads={day(3): load("9")}, off=frozenset({day(5)}))
    assert [option.day for option in days(busy, wish(last=6), NOON)] == [day(2), day(4), day(6)]


def test_near_by_position_or_by_town() -> None:
    plot, other = Spot(VILLAGE, HERE), Spot("411425", (HERE[0] + 4.9 * KM, HERE[1]))
    assert neighbours(plot, other, rules().pool_km)
    assert not neighbours(plot, Spot(VILLAGE, (HERE[0] + 5.1 * KM, HERE[1])), rules().pool_km)
    assert neighbours(Spot(VILLAGE), Spot(TOWN + "999"), rules().pool_km)
    assert not neighbours(Spot(COUNTY), Spot(COUNTY), rules().pool_km), "somewhere in the same county is not near"
    assert kilometres(Spot(VILLAGE), other) is None
    guesses = [assumed_kilometres(Spot(VILLAGE), Spot(code)) for code in (VILLAGE, TOWN, COUNTY, "4114", "41", "50")]
    assert guesses == sorted(guesses)
    assert len(set(guesses)) == len(guesses)
