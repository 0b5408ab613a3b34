"""How a text sounds to an ear that keeps few sounds apart: toneless pinyin with the confusions of the dialects folded."""

import re
from functools import lru_cache

from pypinyin import Style, lazy_pinyin

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


@lru_cache(maxsize=4096)
def fold_syllable(syllable: str) -> str:
    """Fold one toneless syllable (`ü` written v): zh/z ch/c sh/s, n/l/r, f/h, an/ang en/eng in/ing."""
    for pattern, folded in _FOLDS:
        syllable = pattern.sub(folded, syllable)
    return syllable


@lru_cache(maxsize=4096)
def fold(text: str) -> tuple[str, ...]:
    """One folded syllable for each Han character of `text`, read in its context; other characters are left out."""
    return tuple(
        fold_syllable(syllable)
        for run in _HAN.findall(text)
        for syllable in lazy_pinyin(run, style=Style.NORMAL, v_to_u=False)
    )
