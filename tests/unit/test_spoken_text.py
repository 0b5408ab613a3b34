"""Written text to speakable sentences."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from nlu.speech.spoken_text import LONGEST, chinese

READ = yaml.safe_load((Path(__file__).parent.parent / "golden" / "spoken_text.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("written", "spoken"), READ.items())
def test_read_aloud(written: str, spoken: str) -> None:
    assert "".join(chinese().sentences(written)) == spoken


def test_lists_are_counted() -> None:
    assert chinese().sentences("1. 先看看叶子背面有没有虫\n2. 再找农技员问一问用药") == [
        "第一，先看看叶子背面有没有虫。",
        "第二，再找农技员问一问用药。",
    ]
    assert chinese().sentences("①先清理园子里的病叶病果；②发病以前喷药保护叶片。") == [
        "第一，先清理园子里的病叶病果；",
        "第二，发病以前喷药保护叶片。",
    ]


def test_sentences_end_where_sentences_end() -> None:
    text = "看看心叶里有没有虫粪。打药要趁早晚凉快的时候！虫子还小的时候最管用，你说是不是？"
    assert chinese().sentences(text) == [
        "看看心叶里有没有虫粪。",
        "打药要趁早晚凉快的时候！",
        "虫子还小的时候最管用，你说是不是？",
    ]


def test_a_short_sentence_is_not_left_alone() -> None:
    assert chinese().sentences("好。我给你说说这个病怎么治。") == ["好。我给你说说这个病怎么治。"]


def test_long_sentences_are_cut_at_commas() -> None:
    pieces = chinese().sentences("先看看叶子的背面有没有白色的霉层，" * 8)
    assert len(pieces) > 2
    assert all(piece.endswith(("，", "。")) for piece in pieces)


@pytest.mark.parametrize("text", ["", "  \n ", "😀🌽", "———", "。。。"])
def test_what_has_no_words_is_not_spoken(text: str) -> None:
    assert chinese().sentences(text) == []


def test_emoji_and_marks_are_left_out() -> None:
    assert chinese().sentences("- **好消息** 🌽：可以收玉米了") == ["好消息 ：可以收玉米了。"]


@settings(max_examples=150)
@given(
    st.text(alphabet=st.sampled_from("今天打药2斤-~/.\uff05%亩℃:0123456789gkmLABz，。！\n ①第月日到 😀"), max_size=120)
)
def test_any_text_gives_short_sentences_without_digits(text: str) -> None:
    for sentence in chinese().sentences(text):
        assert 0 < len(sentence) <= LONGEST + 1
        assert not any(sign.isascii() and sign.isalnum() for sign in sentence)
