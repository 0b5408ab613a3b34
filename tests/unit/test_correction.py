"""Mishearings mended by sound."""

import random

import pytest

from bot.understanding import sentences
from knowledge_base.entry import read_content
from nlu.speech.correction import SPOKEN, TYPED, Change, Corrector
from nlu.text.change import fixed
from nlu.text.pinyin import fold, fold_syllable
from nlu.text.segmenter import Segmenter
from nlu.training_data import read_training_data
from nlu.wordfile import REGIONS
from nlu.words import Words


@pytest.fixture(scope="module")
def corrector(words: Words, segmenter: Segmenter) -> Corrector:
    return Corrector(words, segmenter, sentences(read_content()))


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
        ("倒温病用啥药", "稻瘟病用啥药"),
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
        "卖种子的不认账",
        "先倒水还是水倒药",
        "氟环唑、醚菌酯哪个好",
        "",
    ],
)
def test_what_makes_sense_or_is_uncertain_stays(corrector: Corrector, sentence: str) -> None:
    assert corrector.correct(sentence) == sentence


def test_the_changes_are_reported(corrector: Corrector) -> None:
    mended = corrector.mend("小麦文库病和条修病")
    assert mended.text == "小麦纹枯病和条锈病"
    assert mended.changes == (Change(2, "文库病", "纹枯病"), Change(6, "条修病", "条锈病"))
    assert corrector.mend("玉米发黄").changes == ()


def test_a_change_of_a_negation_is_only_proposed(corrector: Corrector) -> None:
    mended = corrector.mend("小麦吃没病和条修病")
    assert mended.text == "小麦吃没病和条锈病"
    assert mended.doubts == (Change(2, "吃没病", "赤霉病"),)
    assert [other.text for other in mended.others] == ["小麦赤霉病和条锈病"]


def test_the_accent_of_the_region_decides(corrector: Corrector) -> None:
    assert corrector.correct("蓝瓜烂了", "southwest") == "南瓜烂了"
    assert corrector.correct("蓝瓜烂了", "northeast") == "蓝瓜烂了"
    assert corrector.correct("蓝瓜烂了") == "蓝瓜烂了"


def test_typed_words_are_changed_for_the_same_sound_only(corrector: Corrector) -> None:
    assert corrector.mend("倒温病", manner=TYPED).text == "稻瘟病"
    assert corrector.mend("翻茄裂果", manner=TYPED).text == "番茄裂果"
    assert corrector.mend("到飞斯", manner=TYPED).text == "到飞斯"


def test_nothing_that_people_ask_is_changed(words: Words, segmenter: Segmenter) -> None:
    """The known sentences are well-formed: each change would be a mistake. None is judged by having been seen."""
    said = [example.text for example in read_training_data(str)]
    said += [ask for entry in read_content() for ask in entry.asks]
    said = said[::3]
    changed: dict[str, tuple[Change, ...]] = {}
    for turn in (0, 1):
        corrector = Corrector(words, segmenter, said[turn::2])
        for text in said[1 - turn :: 2]:
            for manner in (SPOKEN, TYPED):
                if changes := corrector.mend(text, None, manner).changes:
                    changed[text] = changes
    assert len(changed) <= len(said) / 500, changed


def test_numbers_and_negations_are_never_changed(corrector: Corrector, words: Words) -> None:
    """Whatever is heard: terms, mishearings of them and everyday words, thrown together."""
    rng = random.Random(7)
    pieces = [*words.readings, *(heard.text for term in words.terms for heard in term.sound_alikes)]
    pieces += list("不没无别三四十百半两几的了在和打有是去") * 100
    for _ in range(600):
        text = "".join(rng.choices(pieces, k=rng.randint(1, 6)))
        for manner in (SPOKEN, TYPED):
            mended = corrector.mend(text, rng.choice((None, *REGIONS)), manner)
            assert fixed(mended.text) == fixed(text), mended
            assert mended.source == text
            for other in mended.others:
                assert other.text != mended.text


def test_every_listed_mishearing_becomes_its_term(corrector: Corrector, words: Words) -> None:
    for term in words.terms:
        ways = {term.standard, *(s.text for s in (*term.aliases, *term.narrower))}
        for heard in term.sound_alikes:
            mended = corrector.mend(heard.text)
            assert {mended.text, *(other.text for other in mended.others)} & ways, heard.text
