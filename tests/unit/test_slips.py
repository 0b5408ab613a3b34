"""What people mistype: pinyin left as letters, wrong characters of the right sound."""

import pytest

from nlu.entities import EntityFinder
from nlu.interpreter import Interpreter
from nlu.slips import Slips
from nlu.text.normalise import Normaliser
from nlu.text.segmenter import Segmenter
from nlu.words import Words
from tests.fakes.house import mending
from tests.fakes.understanders import WordUnderstander


@pytest.fixture(scope="module")
def slips(words: Words, segmenter: Segmenter) -> Slips:
    return mending(words, segmenter).slips


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("yumi zhang chong le", "玉米长虫了"),
        ("玉米zhang虫了", "玉米长虫了"),
        ("shuidao wenkubing", "水稻纹枯病"),
        ("zhong di bu tie zen me ling", "种地补贴怎么领"),
        ("Xiaomai chimeibing", "小麦赤霉病"),
        ("daofeishi用啥药", "稻飞虱用啥药"),
        ("玉米yezi黄了", "玉米叶子黄了"),
        ("laoban不给gongqian", "老板不给工钱"),
        ("wo jia de zhu bu chi shi", "我家的猪不吃食"),
        ("3mu地用几jin种子", "3亩地用几斤种子"),
        ("ｙｕｍｉ长虫", "玉米长虫"),
        ("倒温病咋治", "稻瘟病咋治"),
        ("我家翻茄裂果了", "我家番茄裂果了"),
        ("yumi dabanbing", "玉米大斑病"),
    ],
)
def test_read_as_meant(slips: Slips, typed: str, meant: str) -> None:
    assert slips.mend(typed).text == meant


@pytest.mark.parametrize(
    "typed",
    [
        "10kg化肥兑200ml水",
        "加我QQ",
        "vip会员",
        "下载app用wifi",
        "can you help me",
        "China",
        "banana",
        "name",
        "ok的",
        "NPK复合肥",
        "hello 123",
        "a",
        "卖种子的不认账",
        "我买苗去",
        "",
        "yumi" * 30,
    ],
)
def test_left_alone(slips: Slips, typed: str) -> None:
    mended = slips.mend(typed)
    assert mended.text == typed
    assert mended.changes == ()


def test_the_accent_counts_in_long_words(slips: Slips) -> None:
    assert slips.mend("chimeibin", "southwest").text == "赤霉病"


async def test_what_was_typed_is_kept_for_display(words: Words, slips: Slips) -> None:
    interpreter = Interpreter(Normaliser(words), EntityFinder(words), WordUnderstander(), slips)
    said = await interpreter.interpret("我家yumi得了大搬病，苞谷咋个办")
    assert said.text == "我家yumi得了大搬病，苞谷咋个办"
    assert "玉米" in said.normalized
    named = {entity.standard: entity.text for entity in said.entities}
    assert "玉米" in named
    assert [entity.text for entity in said.entities if entity.standard == "玉米"] == ["yumi", "苞谷"]
