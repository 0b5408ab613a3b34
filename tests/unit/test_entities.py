"""Entities of the lexicon in a sentence."""

import pytest

from nlu.entities import EntityFinder
from nlu.words import Words

FINDER = EntityFinder(Words.load())


def found(text: str, region: str | None = None) -> set[tuple[str, str, str]]:
    return {(entity.kind, entity.text, entity.standard) for entity in FINDER.find(text, region)}


@pytest.mark.parametrize(
    ("text", "entities"),
    [
        ("玉米叶子发黄", {("crop", "玉米", "玉米"), ("symptom", "叶子发黄", "叶片发黄")}),
        ("苞谷生虫", {("crop", "苞谷", "玉米"), ("symptom", "生虫", "长虫")}),
        ("红富士套袋", {("crop", "红富士", "苹果"), ("work", "套袋", "套袋")}),
        ("早稻晒田", {("crop", "早稻", "水稻"), ("work", "晒田", "晒田")}),
        ("收三亩小麦", {("crop", "小麦", "小麦")}),
        ("约机子收麦子", {("machine", "机子", "农机"), ("service", "收", "收割"), ("crop", "麦子", "小麦")}),
        ("回收玉米秸秆", {("crop", "玉米", "玉米"), ("work", "秸秆", "秸秆")}),
        ("大豆补贴", {("policy", "大豆补贴", "玉米大豆生产者补贴"), ("crop", "大豆", "大豆")}),
        ("稻瘟病", {("problem", "稻瘟病", "稻瘟病"), ("crop", "稻", "水稻")}),
        ("水稻稻瘟病", {("problem", "稻瘟病", "稻瘟病"), ("crop", "水稻", "水稻")}),
        ("鸡瘟", {("problem", "鸡瘟", "新城疫"), ("livestock", "鸡", "鸡")}),
        ("养猪", {("work", "养", "喂养"), ("livestock", "猪", "猪")}),
        ("尿素和吡虫啉", {("fertiliser", "尿素", "尿素"), ("pesticide", "吡虫啉", "吡虫啉")}),
        ("呋喃丹", {("pesticide", "呋喃丹", "克百威")}),
        ("低保", {("policy", "低保", "最低生活保障")}),
        ("欠工钱", {("legal", "欠工钱", "拖欠工资")}),
        ("黑龙江", {("place", "黑龙江", "黑龙江省")}),
        ("ty病毒", {("problem", "ty病毒", "黄化曲叶病毒病")}),
        ("马上下雨", set()),
        ("麦当劳", set()),
        ("今天干活", set()),
        ("三亩地十斤", set()),
        ("", set()),
    ],
)
def test_found(text: str, entities: set[tuple[str, str, str]]) -> None:
    assert found(text) == entities


def test_spans_point_into_the_text() -> None:
    text = "俺家大豆地里有腻虫"
    for entity in FINDER.find(text):
        assert text[entity.start : entity.end] == entity.text


@pytest.mark.parametrize(
    ("text", "region", "standards"),
    [
        ("谷子", None, {"水稻", "谷子"}),
        ("谷子", "south", {"水稻"}),
        ("谷子", "southwest", {"水稻"}),
        ("谷子", "northeast", {"谷子"}),
        ("谷子插秧", None, {"水稻", "插秧"}),
        ("谷子插秧", "northeast", {"水稻", "插秧"}),
        ("地瓜", None, {"甘薯"}),
        ("地瓜", "southwest", {"豆薯"}),
        ("地豆", None, {"马铃薯", "花生"}),
        ("地豆", "northeast", {"马铃薯"}),
        ("番瓜", "south", {"番木瓜"}),
        ("番瓜", "jiangnan", {"南瓜"}),
        ("棒子", None, set()),
        ("棒子", "north", set()),
        ("掰棒子", None, {"玉米", "收割"}),
        ("水稻有钻心虫", None, {"水稻", "二化螟"}),
        ("玉米有钻心虫", None, {"玉米", "玉米螟"}),
        ("苞谷有钻心虫", None, {"玉米", "玉米螟"}),
        ("养老保险", None, {"城乡居民养老保险"}),
        ("儿子不管，谁来养老", None, {"赡养"}),
        ("养老交多少", None, {"城乡居民养老保险"}),
    ],
)
def test_a_word_with_several_meanings(text: str, region: str | None, standards: set[str]) -> None:
    assert {entity.standard for entity in FINDER.find(text, region)} == standards


def test_an_ambiguous_word_yields_its_meanings_with_one_span() -> None:
    first, second = FINDER.find("谷子")
    assert (first.start, first.end) == (second.start, second.end) == (0, 2)
