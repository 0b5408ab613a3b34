"""Long text in pieces that a channel takes: cut at sentence ends, measured as that channel counts."""

import re
import unicodedata
from collections.abc import Callable
from itertools import accumulate

PARAGRAPH = re.compile(r"\n\s*\n")
SENTENCE = re.compile(r"[。！？!?；;…]+[”\u2019」』）)】》\"']*|\.(?=\s)|\n")
PAUSE = re.compile(r"[，、：]|\s")
WIDEST = "\U0001f33e"
JOINER = "\u200d"
CLOSERS = 8
"""Closing quotes and brackets looked at beyond the limit, so that none begins the next piece."""


def units(text: str) -> int:
    """Length in UTF-16 code units, as Telegram counts."""
    return len(text) + sum(char > "\uffff" for char in text)


def octets(text: str) -> int:
    """Length in bytes of UTF-8, as WeChat counts."""
    return len(text.encode("utf-8", "replace"))


def split(text: str, limit: int, size: Callable[[str], int] = units) -> list[str]:
    """Pieces of at most `limit` by `size` that hold all of `text` but the white space around the cuts.

    Cuts at the end of a paragraph, else of a sentence, else at a pause, else between two characters; never inside one
    that is written as several code points, nor inside a number or between it and its unit. Blank text gives no piece.
    `limit` is at least the largest size of one character.
    """
    if limit < size(WIDEST):
        raise ValueError(f"limit must be at least {size(WIDEST)}, the size of one character")
    rest = _mended(text).strip()
    pieces = []
    while size(rest) > limit:
        cut = _cut(rest, limit, size)
        pieces.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*pieces, rest] if rest else pieces


def _mended(text: str) -> str:
    """Lone surrogates cannot be sent at all; they become the replacement character."""
    return "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in text)


def _cut(text: str, limit: int, size: Callable[[str], int]) -> int:
    sizes = accumulate(size(char) for char in text)
    most = next(index for index, size in enumerate(sizes) if size > limit)
    for boundary in (PARAGRAPH, SENTENCE, PAUSE):
        ends = [m.end() for m in boundary.finditer(text, 0, most + CLOSERS) if m.end() <= most]
        if ends and ends[-1] >= most // 3:
            return ends[-1]
    return _between_characters(text, most)


def _between_characters(text: str, most: int) -> int:
    cut = most
    while cut > most // 2 and _joined(text[cut - 1], text[cut]):
        cut -= 1
    return cut if cut > most // 2 else most


def _joined(before: str, after: str) -> bool:
    modifier = unicodedata.category(after) in {"Mn", "Me", "Mc"} or "\U0001f3fb" <= after <= "\U0001f3ff"
    number = before.isascii() and (before.isalnum() or (before == "." and after.isdigit()))
    return modifier or number or JOINER in (before, after)
