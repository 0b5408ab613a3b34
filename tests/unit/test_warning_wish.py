"""Wishes about warnings in people's words, and what only looks like one."""

import pytest

from dialogs.topics.warning_wish import clocks, wish_in
from knowledge_base.warnings.models import Levels
from nlu.understanding import Entity, Understanding


def wish(text: str, intent: str = "subscribe", *kinds: str) -> object:
    entities = tuple(Entity(kind, "柘城县", "柘城县") for kind in kinds)
    found = wish_in(Understanding(text, text, intent, 1.0, entities))
    return found and (found.levels or found.quiet or found.what)


@pytest.mark.parametrize(
    ("text", "intent", "what"),
    [
        ("有暴雨告诉我", "subscribe", "subscribe"),
        ("别给我发预警了", "subscribe", "unsubscribe"),
        ("只要红色的", "warning", Levels.ORANGE),
        ("黄色的也发给我", "subscribe", Levels.YELLOW),
        ("黄色的不要了", "subscribe", Levels.ORANGE),
        ("蓝色的不要了", "my_bookings", Levels.YELLOW),
        ("什么颜色的都发给我", "subscribe", Levels.BLUE),
        ("晚上十点以后别吵我", "subscribe", (22 * 60, 6 * 60)),
        ("早上七点半以前别发", "subscribe", (22 * 60, 7 * 60 + 30)),
        ("晚上9点到早上5点别发预警", "subscribe", (21 * 60, 5 * 60)),
        ("半夜也可以叫我", "smalltalk", (0, 0)),
        ("收到！", "smalltalk", "ok"),
        ("我需要帮助", "help", "help"),
        ("现在有什么预警", "warning", "now"),
        ("黄色预警是什么意思", "warning", "colours"),
        ("台风预警是什么级别", "warning", "colours"),
        ("刚才大喇叭喊什么警报", "warning", "now"),
        ("山洪预警要不要撤离", "warning", None),
        ("暴雨红色预警下我该不该转移", "warning", None),
        ("玉米涨价了通知我", "subscribe", None),
        ("我知道了，谢谢", "smalltalk", None),
        ("明天会不会下暴雨", "weather", None),
    ],
)
def test_the_wish(text: str, intent: str, what: object) -> None:
    assert wish(text, intent) == what


def test_colours_and_nights_of_the_field_are_none() -> None:
    assert wish("玉米叶子黄色的也要打药吗", "agronomy", "crop") is None
    assert wish("黄色的斑也发黑", "agronomy", "symptom") is None
    assert wish("晚上猪别叫", "livestock", "livestock") is None


def test_a_place_is_where_somebody_is_only_by_itself() -> None:
    assert wish("我搬到柘城县了", "my_bookings", "place") == "move"
    assert wish("我家在柘城县，小麦条锈病怎么治", "agronomy", "place", "crop", "problem") is None
    assert wish("柘城县玉米多少钱", "price", "place", "crop") is None


def test_times_of_day() -> None:
    assert clocks("夜里十二点到凌晨两点半") == [0, 2 * 60 + 30]
    assert clocks("下午三点") == [15 * 60]
    assert clocks("22点") == [22 * 60]
    assert clocks("夜里一点") == [60]
