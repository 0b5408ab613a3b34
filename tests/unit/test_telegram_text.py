"""Telegram text: cutting, rendering, buttons, and the channel's own words."""

import re
import shutil
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.channels.preferences import VoiceMode
from bot.channels.split import split, units
from bot.channels.telegram import keyboard
from bot.channels.telegram.render import MAX_TEXT, render
from bot.channels.telegram.texts import PATH, Texts
from dialogs.messages import Choice, Reply, ReplyKind, Source

TEXTS = Texts.load()
CHINESE = st.text(alphabet="苞米长虫子了咋整。！？，；”\n .a🌽👨‍🌾👍🏽\u0301", max_size=400)
ANYTHING = st.text(max_size=300)


def utf16(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def bare(text: str) -> str:
    return re.sub(r"\s+", "", text)


@given(ANYTHING | CHINESE | st.text(alphabet=st.characters(categories=["Cs", "Lo"])))
def test_units_are_utf16(text: str) -> None:
    assert units(text) == utf16(text)


@given(ANYTHING | CHINESE, st.integers(2, 60))
def test_pieces_fit_and_lose_nothing_but_white_space(text: str, limit: int) -> None:
    pieces = split(text, limit)
    assert all(1 <= utf16(piece) <= limit for piece in pieces)
    assert all(piece == piece.strip() for piece in pieces)
    assert bare("".join(pieces)) == bare(text)


@given(st.text(alphabet="🌽🐛👩", min_size=1, max_size=80), st.integers(2, 9))
def test_no_surrogate_pair_is_cut(text: str, limit: int) -> None:
    for piece in split(text, limit):
        assert piece.encode("utf-16-le").decode("utf-16-le") == piece
        assert set(piece) <= set("🌽🐛👩")


@given(st.text(alphabet="苞米虫\ud83c\udf3d", max_size=40))
def test_lone_surrogates_can_be_sent(text: str) -> None:
    for piece in split(text, 7):
        piece.encode()


@given(
    st.lists(st.text(alphabet="苞米长虫子", min_size=1, max_size=8).map(lambda s: s + "。"), min_size=1, max_size=40)
)
def test_short_sentences_are_never_cut(sentences: list[str]) -> None:
    pieces = split("".join(sentences), 30)
    assert all(piece.endswith("。") for piece in pieces)
    assert all(utf16(a) + utf16(b.split("。")[0]) + 1 > 30 for a, b in pairwise(pieces))


@pytest.mark.parametrize(
    ("text", "limit", "pieces"),
    [
        ("", 10, []),
        (" \n\t", 10, []),
        ("正好十个字的一句话呀", 10, ["正好十个字的一句话呀"]),
        ("头一句。第二句。第三句。", 9, ["头一句。第二句。", "第三句。"]),
        ("他说：“先晒种。”再泡种，最后催芽。", 9, ["他说：“先晒种。”", "再泡种，最后催芽。"]),
        ("第一段。\n\n第二段第一句。第二句。", 13, ["第一段。", "第二段第一句。第二句。"]),
        ("没有句号只有逗号，后面还有一截", 12, ["没有句号只有逗号，", "后面还有一截"]),
        ("一二三四五六七八九十", 4, ["一二三四", "五六七八", "九十"]),
        ("3.5亩地打2.5两药够吗", 8, ["3.5亩地打", "2.5两药够吗"]),
        ("🌽🌽🌽", 3, ["🌽", "🌽", "🌽"]),
        ("好👨‍🌾👨‍🌾", 7, ["好👨‍🌾", "👨‍🌾"]),
        ("好好👍🏽", 4, ["好好", "👍🏽"]),
        ("ae\u0301e\u0301", 4, ["ae\u0301", "e\u0301"]),
    ],
)
def test_where_text_is_cut(text: str, limit: int, pieces: list[str]) -> None:
    assert split(text, limit) == pieces


def test_ten_thousand_characters_are_cut_at_sentence_ends() -> None:
    pieces = split("苞米心叶里有虫就看看头上有没有倒写的歪字。" * 500, MAX_TEXT)
    assert len(pieces) == 3
    assert all(piece.endswith("。") for piece in pieces)


def test_a_limit_that_no_emoji_fits_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 2"):
        split("苞米", 1)


SOURCE = Source("草地贪夜蛾防控技术方案", "农业农村部", date(2026, 3, 1), article="第三条")
LINKED = Source("农药管理条例", "国务院", date(2022, 3, 29), url="https://example.org/a_b*c")


def test_short_answer_first_then_source_then_detail_folded() -> None:
    reply = Reply(ReplyKind.ANSWER, "早晚打心叶。", detail="一、看虫。\n二、打药。", sources=(SOURCE, LINKED))
    (part,) = render(reply, TEXTS, heard="苞米长虫咋整")
    assert part.text.split("\n") == [
        "听到：苞米长虫咋整",
        "",
        "早晚打心叶。",
        "",
        "来源：农业农村部，草地贪夜蛾防控技术方案第三条，2026年3月1日",
        "来源：国务院，农药管理条例，2022年3月29日",
        "https://example.org/a_b*c",
        "",
        TEXTS.detail,
        "一、看虫。",
        "二、打药。",
    ]
    assert part.fold
    units16 = part.text.encode("utf-16-le")
    folded = units16[2 * part.fold.offset : 2 * (part.fold.offset + part.fold.length)].decode("utf-16-le")
    assert folded == reply.detail


@given(CHINESE, CHINESE, st.integers(60, 400))
def test_every_message_fits_and_folds_within_itself(text: str, detail: str, limit: int) -> None:
    offered = (Choice("yes", "是"),)
    parts = render(Reply(ReplyKind.ANSWER, text, detail=detail, choices=offered), TEXTS, limit=limit)
    assert bool(parts) == bool(text.strip() or detail.strip())
    assert bare("".join(part.text for part in parts)).replace(bare(TEXTS.detail), "") == bare(text + detail)
    for part in parts:
        assert utf16(part.text) <= limit
        assert part.fold is None or part.fold.offset + part.fold.length == utf16(part.text)
    assert [part.choices for part in parts if part.choices] == [offered] * bool(parts)


def test_a_long_detail_goes_into_messages_of_its_own() -> None:
    parts = render(Reply(ReplyKind.ANSWER, "短答。", detail="细则一条。" * 1000), TEXTS)
    assert parts[0].text == f"短答。\n\n{TEXTS.detail}"
    assert parts[0].fold is None
    assert len(parts) == 3
    assert all(part.fold and part.fold.offset == 0 for part in parts[1:])


def labels(markup: object) -> list[list[str]]:
    return [[button.text for button in row] for row in markup.inline_keyboard]  # type: ignore[attr-defined]


def test_short_choices_stand_side_by_side_and_long_ones_alone() -> None:
    offered = [
        Choice(str(n), label) for n, label in enumerate(["还没懂", "不对", "有用", "庄稼、果树、蔬菜的事", "天气"])
    ]
    assert labels(keyboard.choices(offered)) == [["还没懂", "不对", "有用"], ["庄稼、果树、蔬菜的事"], ["天气"]]
    assert keyboard.choices([]) is None


def test_the_mode_in_force_is_marked() -> None:
    rows = labels(keyboard.settings(VoiceMode.OFF, TEXTS))
    assert [row[0].startswith("✓") for row in rows] == [False, False, False, True]


def test_own_button_ids_fit() -> None:
    assert all(len((keyboard.VOICE_BUTTON + mode).encode()) <= 64 for mode in VoiceMode)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("heard", "听到"),
        ("source", "来源：{publisher}"),
        ("welcome", ""),
        ("unread", {"picture": "看不了"}),
        ("extra", "多"),
    ],
)
def test_broken_words_are_refused(tmp_path: Path, key: str, value: object) -> None:
    path = tmp_path / "texts.yaml"
    shutil.copy(PATH, path)
    words = yaml.safe_load(path.read_text(encoding="utf-8"))
    path.write_text(yaml.safe_dump({**words, key: value}, allow_unicode=True), encoding="utf-8")
    with pytest.raises(ValidationError):
        Texts.load(path)


def test_all_voice_modes_are_offered() -> None:
    assert set(TEXTS.settings.modes) == set(VoiceMode)
