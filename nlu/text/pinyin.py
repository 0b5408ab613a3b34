"""How a text sounds to an ear that keeps few sounds apart: toneless pinyin with the confusions of the dialects folded."""

import re
from functools import lru_cache

from pypinyin import Style
from pypinyin.converter import UltimateConverter
from pypinyin.core import Pinyin

_HAN = re.compile(r"[\u3400-\u9fff]+")

_FOLDS = (
    (re.compile(r"^([zcs])h"), r"\1"),
    (re.compile(r"^[nr](?=[a-zv])"), "l"),
    # Before the u-finals of h comes what f has beside it: hua/fa, hui/fei, huan/fan (Hunan, Sichuan, Fujian).
    (re.compile(r"^hui$"), "hei"),
    (re.compile(r"^hu(?=a)"), "h"),
    (re.compile(r"^hun$"), "hen"),
    (re.compile(r"^f"), "h"),
    (re.compile(r"(?<=[aei])ng$"), "n"),
)

_CONVERTER = UltimateConverter(v_to_u=False)
_PINYIN = Pinyin(_CONVERTER)


def toneless(text: str) -> tuple[str, ...]:
    """One toneless syllable for each Han character, read in its context, `ü` written v; other characters are left out.

    The same as pypinyin's `lazy_pinyin`, which looks every word up anew.
    """
    return tuple(syllable for word in _PINYIN.seg(text) for syllable in _word(word))


@lru_cache(maxsize=65_536)
def _word(word: str) -> tuple[str, ...]:
    return tuple(syllable for (syllable,) in _CONVERTER.convert(word, Style.NORMAL, False, "ignore", strict=True))


@lru_cache(maxsize=4096)
def fold_syllable(syllable: str) -> str:
    """Fold one toneless syllable (`ü` written v): zh/z ch/c sh/s, n/l/r, f/h, an/ang en/eng in/ing."""
    for pattern, folded in _FOLDS:
        syllable = pattern.sub(folded, syllable)
    return syllable


@lru_cache(maxsize=4096)
def fold(text: str) -> tuple[str, ...]:
    """One folded syllable for each Han character of `text`, read in its context; other characters are left out."""
    return tuple(fold_syllable(syllable) for run in _HAN.findall(text) for syllable in toneless(run))
