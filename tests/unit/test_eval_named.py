"""The scorer of golden entities: what counts as the same, and what counts at all."""

from datetime import UTC, datetime

import pytest

from nlu.text.gazetteer import Gazetteer
from nlu.understanding import Entity
from nlu.values import ValueFinder
from nlu.words import Words
from tests.eval.named import Judge, Score


@pytest.fixture(scope="module")
def judge(words: Words) -> Judge:
    return Judge(words, ValueFinder.load(words, Gazetteer.load(), lambda: datetime(2026, 11, 22, 1, tzinfo=UTC)))


def scored(judge: Judge, golden: list[list[str]], *found: tuple[str, str, str], intent: str = "agronomy") -> Score:
    score = Score()
    judge.judge(score, golden, [Entity(*one) for one in found], intent)
    return score


@pytest.mark.parametrize(
    ("golden", "found"),
    [
        (["crop", "玉米"], ("crop", "苞谷", "玉米")),
        (["crop", "苞谷"], ("crop", "玉米", "玉米")),
        (["pest", "蚜虫"], ("problem", "腻虫", "蚜虫")),
        (["livestock", "猪"], ("livestock", "老母猪", "母猪")),
        (["area", "三亩半"], ("area", "三亩半地", "3.5亩")),
        (["place", "盐城大丰"], ("place", "大丰", "江苏省盐城市大丰区")),
        (["machine", "收割机"], ("machine", "割麦机", "割麦机")),
    ],
)
def test_the_same_thing_under_another_name_is_right(
    judge: Judge, golden: list[str], found: tuple[str, str, str]
) -> None:
    score = scored(judge, [golden], found)
    assert (score.right.total(), score.false.total(), score.missed.total()) == (1, 0, 0)


def test_another_value_is_a_false_one_and_a_missed_one(judge: Judge) -> None:
    score = scored(judge, [["area", "三亩"]], ("area", "五亩", "5亩"))
    assert (score.false["area"], score.missed["area"]) == (1, 1)
    assert score.f1("area") == 0


def test_what_golden_lines_leave_unmarked_is_no_mistake(judge: Judge) -> None:
    free = scored(judge, [], ("livestock", "鱼", "鱼"), ("problem", "拉稀", "腹泻"), ("service", "收", "收割"))
    assert free.false.total() == 0
    asked = scored(judge, [], ("service", "收", "收割"), ("problem", "蚜虫", "蚜虫"), intent="book_machinery")
    assert asked.false == {"service": 1, "pest": 1}


def test_nothing_found_has_no_figure(judge: Judge) -> None:
    score = scored(judge, [["crop", "玉米"]])
    assert score.f1("crop") is None
    assert score.count("crop") == 1
