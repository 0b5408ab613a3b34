"""Mishearings mended by sound."""

import pytest
import yaml

from nlu.check import TRAINING
from nlu.speech.correction import Change, Corrector
from nlu.text.pinyin import fold, fold_syllable
from nlu.text.segmenter import Segmenter
from nlu.training_data import MARK
from nlu.words import Words


@pytest.fixture(scope="module")
def corrector(words: Words, segmenter: Segmenter) -> Corrector:
    return Corrector(words, segmenter)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("zhi", "zi"),
        ("chang", "can"),
        ("sheng", "sen"),
        ("nan", "lan"),
        ("fei", "hui"),
        ("ren", "len"),
        ("xing", "xin"),
        ("hua", "fa"),
    ],
)
def test_folded_alike(one: str, other: str) -> None:
    assert fold_syllable(one) == fold_syllable(other)


def test_fold_gives_one_syllable_for_each_han_character() -> None:
    assert fold("吃没病") == fold("赤霉病")
    assert fold("玉米abc3，叶") == ("yu", "mi", "ye")
    assert len(fold("长虫了，重茬咋整")) == 7
    assert fold("") == ()


@pytest.mark.parametrize(
    ("heard", "meant"),
    [
        ("小麦得了吃没病怎么办", "小麦得了赤霉病怎么办"),
        ("遭稻啥时候晒田好", "早稻啥时候晒田好"),
        ("道飞师咋打", "稻飞虱咋打"),
        ("草地谈夜鹅咋防", "草地贪夜蛾咋防"),
        ("红知猪多", "红蜘蛛多"),
        ("成包地被收了", "承包地被收了"),
        ("打比虫林行不行", "打吡虫啉行不行"),
        ("到温病用啥药", "稻瘟病用啥药"),
        ("文库病", "纹枯病"),
        ("水稻文哭病", "水稻纹枯病"),
        ("条修病咋治", "条锈病咋治"),
        ("施复合飞", "施复合肥"),
        ("牙虫多", "蚜虫多"),
        ("海交叶子卷", "海椒叶子卷"),
        ("约个首歌机", "约个收割机"),
        ("非州猪瘟", "非洲猪瘟"),
        ("布鲁氏军病", "布鲁氏菌病"),
        ("最低生火保障", "最低生活保障"),
        ("拖拉鸡 坏 了", "拖拉机 坏 了"),
    ],
)
def test_mended(corrector: Corrector, heard: str, meant: str) -> None:
    assert corrector.correct(heard) == meant


@pytest.mark.parametrize(
    "sentence",
    [
        "走到啥时候晒挺好",
        "小鸡崽啦确实",
        "小黑点就业",
        "我吃没病的猪",
        "没有病不用打药",
        "三亩地打五瓶药",
        "耕地地力保护不贴",
        "包谷叶子黄",
        "今天天气真好",
        "他把手机丢了",
        "记马上去办",
        "hello 123",
        "",
    ],
)
def test_what_makes_sense_or_is_uncertain_stays(corrector: Corrector, sentence: str) -> None:
    assert corrector.correct(sentence) == sentence


def test_the_changes_are_reported(corrector: Corrector) -> None:
    mended = corrector.mend("小麦吃没病和条修病")
    assert mended.text == "小麦赤霉病和条锈病"
    assert mended.changes == (Change(2, "吃没病", "赤霉病"), Change(6, "条修病", "条锈病"))
    assert corrector.mend("玉米发黄").changes == ()


def test_nothing_that_people_ask_is_changed(corrector: Corrector) -> None:
    """All training sentences are well-formed: each change would be a mistake."""
    changed = {}
    for path in sorted(TRAINING.glob("*.yaml")):
        for sentences in yaml.safe_load(path.read_text(encoding="utf-8"))["examples"].values():
            for sentence in sentences:
                plain = MARK.sub(r"\1", sentence)
                if changes := corrector.mend(plain).changes:
                    changed[plain] = changes
    assert changed == {}


def test_numbers_and_negations_are_never_replaced(corrector: Corrector, words: Words) -> None:
    for sound_alike in ("四十八星瓢虫", "二十吧星瓢虫", "布鲁氏不菌病", "无花果"):
        mended = corrector.correct(sound_alike)
        assert [c for c in mended if c in "四二十八不无"] == [
            c for c in sound_alike if c in "四二十八不无"
        ] or mended == sound_alike


def test_every_listed_mishearing_becomes_its_term(corrector: Corrector, words: Words) -> None:
    for term in words.terms:
        ways = {term.standard, *(s.text for s in (*term.aliases, *term.narrower))}
        for heard in term.sound_alikes:
            assert corrector.correct(heard.text) in ways, heard.text
