"""How a sentence sounds in a broad accent: pinyin without tones, with the sounds folded that dialects do not tell apart."""

import os

os.environ["PYPINYIN_NO_PHRASES"] = "true"  # read at import; the phrase table takes 50 MB and changes no figure here

from pypinyin import Style, pinyin

RETROFLEX = {"zh": "z", "ch": "c", "sh": "s"}
LIQUID = {"n": "l", "r": "l"}
AFTER_F = {"": "u", "i": "ei", "n": "en"}
"""What follows f where it is not what follows hu: 虎/福, 灰/飞, 昏/分; but 花/发, 黄/房."""


def fold(syllable: str) -> str:
    """Fold a toneless pinyin syllable: zh/z ch/c sh/s, n/l/r, hu/f, and final ng/n."""
    syllable = syllable.removesuffix("g") if syllable.endswith("ng") else syllable
    if syllable[:2] in RETROFLEX:
        return RETROFLEX[syllable[:2]] + syllable[2:]
    if syllable[:1] in LIQUID:
        return LIQUID[syllable[0]] + syllable[1:]
    if syllable.startswith("hu"):
        return "f" + AFTER_F.get(syllable[2:], syllable[2:])
    return syllable


def folded_syllables(text: str) -> list[str]:
    """Return one folded syllable for each Chinese character, and each run of anything else as it is, in lower case."""
    return [fold(readings[0]) for readings in pinyin(text.lower(), style=Style.NORMAL, errors="default")]
