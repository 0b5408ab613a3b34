"""Units of prices: every one that markets publish in, exactly."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.markets.units import UnitUnknown, read_unit

figures = st.decimals(min_value="0.01", max_value=100_000, places=2)


@pytest.mark.parametrize(
    ("unit", "figure", "yuan", "per"),
    [
        ("元/斤", "1.05", "1.05", "斤"),
        ("元/公斤", "2.36", "1.18", "斤"),
        ("元\uff0f千克", "2.36", "1.18", "斤"),
        ("元/kg", "2.36", "1.18", "斤"),
        ("元/KG", "2.36", "1.18", "斤"),
        ("公斤", "2.36", "1.18", "斤"),
        ("元/吨", "2360", "1.18", "斤"),
        ("元/t", "2365", "1.1825", "斤"),
        ("万元/吨", "1.5", "7.5", "斤"),
        ("元/百斤", "118", "1.18", "斤"),
        ("元/100斤", "118", "1.18", "斤"),
        ("元/担", "118", "1.18", "斤"),
        ("元/500克", "1.18", "1.18", "斤"),
        ("元/500g", "1.18", "1.18", "斤"),
        ("元/50公斤", "92", "0.92", "斤"),
        ("元 每 50 kg", "92", "0.92", "斤"),
        ("角/斤", "11.8", "1.18", "斤"),
        ("元/头", "1200", "1200", "头"),
        ("元/羽", "3.2", "3.2", "只"),
        ("元/枚", "0.5", "0.5", "枚"),
    ],
)
def test_each_unit(unit: str, figure: str, yuan: str, per: str) -> None:
    read = read_unit(unit)
    assert (read.price(Decimal(figure)), read.per) == (Decimal(yuan), per)


@pytest.mark.parametrize(
    "unit", ["", "元", "元/袋", "元/筐", "元/亩", "美元/吨", "元/0斤", "斤/元", "元/公斤/天", "元//斤"]
)
def test_what_does_not_tell_how_much_is_meant(unit: str) -> None:
    with pytest.raises(UnitUnknown):
        read_unit(unit)


@given(figures)
def test_the_same_price_in_any_unit_is_the_same(figure: Decimal) -> None:
    """As the same money for the same weight; all of it without rounding."""
    jin = read_unit("元/斤").price(figure)
    assert read_unit("元/公斤").price(figure * 2) == jin
    assert read_unit("元/吨").price(figure * 2000) == jin
    assert read_unit("元/百斤").price(figure * 100) == jin
    assert read_unit("元/担").price(figure * 100) == jin
    assert read_unit("元/500克").price(figure) == jin
    assert read_unit("元/50公斤").price(figure * 100) == jin
    assert read_unit("元/吨").price(figure) * 2000 == figure


@given(st.text(max_size=30))
def test_any_text_is_a_unit_or_is_none(text: str) -> None:
    try:
        unit = read_unit(text)
    except UnitUnknown:
        return
    assert unit.amount > 0
    assert unit.price(Decimal(1)) > 0
