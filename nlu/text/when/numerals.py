"""Small whole numbers as spoken in dates: 十八, 廿三, 3, and pairs such as 三五, 十七八, 3-5."""

import re

ZERO = "\u3007"
"""The round zero of 二〇二六."""

_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {ZERO: 0, "两": 2, "俩": 2}
ONE = r"(?:\d{1,3}|[一二三四五六七八九十廿卅两俩百零〇]{1,5})"
"""Pattern of one number."""
SPAN = rf"{ONE}(?:(?:到|至|-|~|—){ONE})?"
"""Pattern of a number or of two with 到 or a dash between them."""
NOT_INSIDE = r"(?<![\d.一二三四五六七八九十百廿卅零〇])"
"""Before a number: not in the middle of one."""

_JOINT = re.compile(r"到|至|-|~|—")
_WHOLE = re.compile(
    r"(?:([一二三四五六七八九两])百零?)?(?:([一二三四五六七八九]?)十|([廿卅]))?([一二三四五六七八九两俩])?"
)
_PAIR = re.compile(r"([一二三四五六七八九]?十|[廿卅])?([一二三四五六七八九两])([一二三四五六七八九])")


def number(text: str) -> int | None:
    """The number that `text` spells, 0 to 999, or None."""
    if text.isascii():
        return int(text) if text.isdigit() else None
    found = _WHOLE.fullmatch(text)
    if not text or found is None:
        return 0 if text in {"零", ZERO} else None
    hundreds, tens, short, ones = found.groups()
    value = 100 * _DIGITS[hundreds] if hundreds else 0
    if short:
        value += 20 if short == "廿" else 30
    elif tens is not None:
        value += 10 * (_DIGITS[tens] if tens else 1)
    return value + (_DIGITS[ones] if ones else 0)


def span(text: str) -> tuple[int, int] | None:
    """The least and the greatest number meant: (3, 3) for 三, (3, 5) for 三五, 3-5 and 三到五; None if it is neither."""
    parts = _JOINT.split(text)
    if len(parts) == 2:
        left, right = number(parts[0]), number(parts[1])
        return (left, right) if left is not None and right is not None and left < right else None
    single = number(text)
    if single is not None:
        return single, single
    pair = _PAIR.fullmatch(text)
    if pair is None:
        return None
    base = (number(pair[1]) or 0) if pair[1] else 0
    low, high = _DIGITS[pair[2]], _DIGITS[pair[3]]
    return (base + low, base + high) if high - low == 1 or (low, high) == (3, 5) else None


def year(text: str) -> int | None:
    """A year written in four digits, Arabic or Chinese; None if it is none from 1900 to 2100."""
    digits = "".join(char if char.isascii() else str(_DIGITS.get(char, "")) for char in text)
    return int(digits) if len(digits) == 4 and 1900 <= int(digits) <= 2100 else None
