"""Dates, quantities and places as entities."""

from datetime import UTC, datetime

import pytest

from nlu.entities import EntityFinder
from nlu.interpreter import Interpreter
from nlu.text.gazetteer import Gazetteer
from nlu.text.normalise import Normaliser
from nlu.values import ValueFinder
from nlu.words import Words
from tests.fakes.understander import FakeUnderstander

NOW = datetime(2026, 11, 22, 16, 30, tzinfo=UTC)
"""Half past midnight of the 23rd in China."""

SAID = [
    ("俺想约台收割机，明儿后晌收三亩半麦子", {("date", "2026-11-24T13:00/2026-11-24T18:00"), ("area", "3.5亩"), ("crop", "小麦")}),
    ("麦收后种玉米中不中", {("date", "2027-06-10/2027-07-10"), ("crop", "玉米")}),
    ("寿光黄瓜一斤两块五贵不", {("place", "山东省潍坊市寿光市"), ("price", "2.5元/斤"), ("crop", "黄瓜")}),
    ("山东下雨不", {("place", "山东省")}),
    ("五一农场收玉米", {("crop", "玉米")}),
]  # fmt: skip
VALUED = {"date", "area", "price", "place", "crop"}


@pytest.fixture(scope="module")
def interpreter(words: Words) -> Interpreter:
    values = ValueFinder.load(words, Gazetteer.load(), lambda: NOW)
    return Interpreter(Normaliser(words), EntityFinder(words), FakeUnderstander("fake"), values=values)


@pytest.mark.parametrize(("text", "found"), SAID, ids=[text for text, _ in SAID])
async def test_values_stand_beside_what_the_lexicon_names(
    interpreter: Interpreter, text: str, found: set[tuple[str, str]]
) -> None:
    said = await interpreter.interpret(text)
    assert {(entity.kind, entity.standard) for entity in said.entities if entity.kind in VALUED} == found


async def test_a_value_is_shown_as_it_was_said(interpreter: Interpreter) -> None:
    said = await interpreter.interpret("明儿个来二十亩")
    assert [entity.text for entity in said.entities if entity.kind in {"date", "area"}] == ["明儿个", "二十亩"]


async def test_the_region_decides_what_a_measure_is(interpreter: Interpreter) -> None:
    there = await interpreter.interpret("三垧地", "northeast")
    here = await interpreter.interpret("三垧地", "northwest")
    assert (there.standard("area"), here.standard("area")) == ("45亩", "9亩")


async def test_a_namesake_is_the_one_near_by(interpreter: Interpreter) -> None:
    said = await interpreter.interpret("朝阳区下雨不", near="220100")
    assert said.standard("place") == "吉林省长春市朝阳区"
