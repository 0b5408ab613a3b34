"""The page on which somebody reads their copy: words for people, nothing left out but marks for the program."""

from typing import Any

from bot.privacy.endpoint import _said

TURN: dict[str, Any] = {
    "replies": [
        {"kind": "answer", "text": "看看心叶。", "spoken": "看看心叶。", "choices": [{"id": "useful", "label": "有用"}]}
    ],
    "heard": None,
    "understanding": {"text": "苞谷有虫", "intent": "agronomy", "confidence": 0.9, "ranking": [["agronomy", 0.9]]},
    "duplicate": False,
}


def test_a_turn_reads_like_a_talk() -> None:
    assert _said({"来回的话": TURN}) == {"来回的话": "我答的：看看心叶。\n您说的：苞谷有虫"}


def test_what_the_page_has_no_word_for_is_shown_as_it_is() -> None:
    shown = _said({"说到哪儿": {"crop": "玉米", "misheard": 0, "form": {"slots": {"phone": "10077"}}}, "录音": True})
    assert shown == {"说到哪儿": "庄稼：玉米\n正在办的事：说到的：phone：10077", "录音": "是"}
