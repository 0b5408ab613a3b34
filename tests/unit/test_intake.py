"""What may come in as text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogs.intake import MAX_CHARACTERS, TextRefused, clean


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("", "bad_input.empty"),
        ("  \n\t ", "bad_input.empty"),
        ("\x00\x01\u200b", "bad_input.empty"),
        ("😀👍🌽", "bad_input.no_words"),
        ("？！。。。", "bad_input.no_words"),
        ("玉" * (MAX_CHARACTERS + 1), "bad_input.too_long"),
        ("玉米" * 5000, "bad_input.too_long"),
    ],
)
def test_refused_with_its_sentence(text: str, reply: str) -> None:
    with pytest.raises(TextRefused) as refusal:
        clean(text)
    assert refusal.value.reply == reply


def test_control_characters_are_dropped_and_markup_stays_text() -> None:
    assert clean(" 玉\x00米\u202e<b>叶</b>\n长虫 ") == "玉米<b>叶</b>\n长虫"


@given(st.text(max_size=1200))
def test_never_anything_but_a_refusal_or_a_clean_text(text: str) -> None:
    try:
        kept = clean(text)
    except TextRefused:
        return
    assert kept
    assert clean(kept) == kept
