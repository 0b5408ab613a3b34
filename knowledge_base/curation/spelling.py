"""What must not stand in a text that is read and read aloud: emoji, code, traditional and full-width characters."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import opencc
import yaml

DATA = Path(__file__).with_name("spelling.yaml")
_SHOWN = 10
_SIMPLIFIED = opencc.OpenCC("t2s")
_EMOJI = re.compile("[\u2600-\u27bf\u2b00-\u2bff\ufe0f\u20e3\U0001f000-\U0001faff]")
_UNSEEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ufffd\ufffe\uffff\ue000-\uf8ff]")
_CODE = re.compile(r"</?[a-z][^<>]{0,200}>|<!--", re.IGNORECASE)
_FULL_WIDTH = re.compile("[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]+")


@dataclass(frozen=True, slots=True)
class Misspelling:
    """What is to be written otherwise: the name of the rule, what was found, and what was meant where that is known."""

    rule: str
    found: str = ""
    meant: str = ""


def unsayable(texts: Sequence[str]) -> Iterator[Misspelling]:
    """What no text may have, not even one for colleagues."""
    joined = "\n".join(texts)
    # Not the marks that join emoji: those are told of with them.
    if emoji := _EMOJI.findall(joined):
        shown = "".join(dict.fromkeys(char for char in emoji if char not in "\ufe0f\u20e3"))
        yield Misspelling("emoji", shown[:_SHOWN])
    elif _UNSEEN.search(joined):
        yield Misspelling("control")


def misspelt(texts: Sequence[str]) -> Iterator[Misspelling]:
    """What is to be written otherwise in texts for farmers, one of each sort."""
    yield from unsayable(texts)
    joined = "\n".join(texts)
    if match := _CODE.search(joined):
        yield Misspelling("code", match.group()[: 2 * _SHOWN])
    if pairs := [pair for char in dict.fromkeys(joined) if (pair := _traditional(char))]:
        found, meant = ("".join(part)[:_SHOWN] for part in zip(*pairs, strict=True))
        yield Misspelling("traditional", found, meant)
    if match := _FULL_WIDTH.search(joined):
        text = match.group()
        yield Misspelling("full_width", text[:_SHOWN], unicodedata.normalize("NFKC", text)[:_SHOWN])


def _traditional(char: str) -> tuple[str, str] | None:
    """A character outside the national set whose simplified form is in it; the table alone would take 薹 and 坏 for such."""
    if _in_national_set(char) or char in _kept():
        return None
    meant = str(_SIMPLIFIED.convert(char))
    return (char, meant) if meant != char and _in_national_set(meant) else None


def _in_national_set(char: str) -> bool:
    try:
        char.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


@cache
def _kept() -> str:
    return str(yaml.safe_load(DATA.read_text("utf-8"))["keep"])
