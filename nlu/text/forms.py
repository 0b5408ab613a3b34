"""The written form of a message made plain: simplified characters, half-width letters, single punctuation marks."""

import unicodedata
from functools import lru_cache

import opencc

from nlu.wordfile import HAN_NUMERALS

Piece = tuple[str, int, int]
"""A character and the span of the original text that it stands for."""

_MARKS = {
    "?": "？",
    "!": "！",
    ";": "；",
    "…": "。",
    "｡": "。",
    "､": "、",
    "〜": "~",
    "﹖": "？",
    "﹐": "，",
}
_PLAIN_SYMBOLS = frozenset("℃℉°")
_RANKED = "~、：，；。！？"
"""Of a run of these marks the one furthest right here is kept."""
# Character by character: its phrases would make 打坯 of 打坏, which is simplified already.
_SIMPLIFIED = opencc.OpenCC("t2s")


@lru_cache(maxsize=8192)
def _plain(char: str) -> str:
    """What one character becomes: itself, another, a space (it parted what stood beside it), or nothing."""
    if char in _MARKS:
        return _MARKS[char]
    code = ord(char)
    if 0xFF01 <= code <= 0xFF5E and char not in "，？！；：":
        return chr(code - 0xFEE0)
    if 0x2E80 <= code <= 0x2FDF or 0xF900 <= code <= 0xFAFF:
        return unicodedata.normalize("NFKC", char)
    category = unicodedata.category(char)
    if category == "Lo":
        return str(_SIMPLIFIED.convert(char))
    if category[0] in "LNP" or category in {"Sm", "Sc"} or char in _PLAIN_SYMBOLS:
        return char
    return "" if category in {"Mn", "Me", "Mc", "Cf"} else " "


def _is_number(char: str) -> bool:
    return char.isdigit() or char in HAN_NUMERALS


def _joins(before: str, char: str, after: str) -> str:
    """A mark whose form hangs on its neighbours: 3.5, 3,000, 10:30, 3~5 stay as they are."""
    between_digits = before.isdigit() and after.isdigit()
    if char == ",":
        return "," if between_digits else "，"
    if char in ":：":
        return ":" if between_digits else "："
    if char == ".":
        return "." if (before.isascii() and before.isalnum() and after.isascii() and after.isalnum()) else "。"
    if char == "~":
        return "~" if _is_number(before) and _is_number(after) else ""
    return char


def _keeps_space(before: str, after: str) -> bool:
    """A space is dropped unless that would join two numbers or two Latin words."""
    one, other = (char.isascii() and char.isalnum() for char in (before, after))
    return (one or _is_number(before)) and (other or _is_number(after))


def plain(pieces: list[Piece]) -> list[Piece]:
    """Clean and simplify; applied to its own result it changes nothing."""
    chars: list[Piece] = []
    for char, start, end in pieces:
        for new in _plain(char):
            if new == " " and chars and chars[-1][0] == " ":
                continue
            if new in _RANKED and chars and chars[-1][0] in _RANKED:
                chars[-1] = (max(chars[-1][0], new, key=_RANKED.index), chars[-1][1], end)
                continue
            chars.append((new, start, end))
    spaced: list[Piece] = []
    for at, (char, start, end) in enumerate(chars):
        before = chars[at - 1][0] if at else " "
        after = chars[at + 1][0] if at + 1 < len(chars) else " "
        if char == " ":
            if _keeps_space(before, after):
                spaced.append((char, start, end))
            continue
        spaced.extend((new, start, end) for new in _joins(before, char, after))
    return spaced
