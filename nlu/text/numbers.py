"""Numbers as people say and write them: 三亩半, 一千二, 百八十, 三五, 二十多, 五分之一, 3千, 1万5.

Exact values are fractions. What is said loosely has two bounds that enclose what is meant: 来 and 把 reach half a step
of the last place up (十来 is 10 to 15), 多 and 几 a whole one (二十多 is 20 to 30).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

Form = Literal["number", "code", "percent", "fraction", "people"]
"""`code`: digits one by one, 二零二六; `people`: 俩 and 仨, which count by themselves."""

_DIGITS = dict(zip("零〇一二三四五六七八九两壹贰叁肆伍陆柒捌玖", [0, *range(10), 2, *range(1, 10)], strict=True))
_PLACES = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_MYRIADS = {"万": 10**4, "亿": 10**8}
_D = "一二三四五六七八九两壹贰叁肆伍陆柒捌玖"
_PAIR = rf"[{_D}]{{1,2}}"
_SECTION = re.compile(
    rf"(?:(?P<k>{_PAIR})[千仟])?(?:(?P<z1>[零〇])?(?P<h>{_PAIR})[百佰])?"
    rf"(?:(?P<z2>[零〇])?(?P<t>{_PAIR})?(?P<ten>[十拾]))?(?:(?P<z3>[零〇])?(?P<o>{_PAIR}))?"
)
_ARABIC = re.compile(r"(?:\d{1,3}(?:,\d{3})+|\d{1,9})(?![\d])(?:\.\d{1,6})?")
_SPELLED = re.compile(r"[零〇一二三四五六七八九]{3,}")
_DECIMAL = re.compile(r"[点.]([零〇一二三四五六七八九]+|(?<=点)\d+)")
_PART = re.compile(r"(百|千|万|[一二三四五六七八九十两]{1,3}|\d{1,4})分之")
_SLASH = re.compile(r"([1-9]\d?)/([1-9]\d?)(?![\d/])")
_VAGUE = re.compile(r"(?P<head>上|成|过)(?P<place>[百千万])|(?P<few>好几|几|数|十几)(?P<places>[十百千]?万?|亿)")
_ROUND = re.compile(r"(?P<big>[百千万])儿?(?P<small>[八十百千]{1,2})|(?P<alone>[百千万])(?=[来把多余])")
_ROUNDED = {"百八十": (80, 180), "千八百": (800, 1800), "万八千": (8000, 18000), "百十": (100, 120)}
_HALF = re.compile(r"(?P<much>[大多小])?半")
_REST = re.compile(r"[零〇]?(\d{1,4}|[一二三四五六七八九])(?!\d)")
_BELOW = re.compile(r"[千百十]")
_PEOPLE = {"俩": 2, "仨": 3}
_ORDER = {"百": 100, "千": 1000, "万": 10000}
STARTS = frozenset("0123456789半大多小俩仨几好上成过数百千万十拾" + "".join(_DIGITS))


@dataclass(frozen=True, slots=True)
class Number:
    """Characters `start` to `end` are a number between `low` and `high` (equal where it is exact).

    `step`: the worth of its last place. `or_exactly`: what it is if it was meant to the letter (百八十: 180).
    """

    low: Fraction
    high: Fraction
    start: int
    end: int
    step: Fraction = Fraction(1)
    form: Form = "number"
    loose: bool = False
    or_exactly: Fraction | None = None

    @property
    def approximate(self) -> bool:
        return self.loose or self.low != self.high


def plain_digits(text: str) -> str:
    """Full-width digits and signs as half-width ones; the length stays."""
    return text.translate(_HALF_WIDTH)


_HALF_WIDTH = {code: code - 0xFEE0 for code in (*range(0xFF10, 0xFF1A), 0xFF0E, 0xFF05, 0xFF0D, 0xFF1A, 0xFF0F)} | {
    0xFF5E: "~",
    ord("〜"): "~",
    ord("—"): "-",
    ord("–"): "-",
}


def numbers_at(text: str, at: int) -> tuple[Number, ...]:
    """The numbers that may start at `at`, the likeliest first; in plain digits."""
    if at >= len(text) or text[at] not in STARTS:
        return ()
    found = [number for reader in _READERS for number in reader(text, at)]
    return tuple(dict.fromkeys(found))


def read_number(text: str) -> Fraction | None:
    """The exact value of a text that is one number and nothing else."""
    plain = plain_digits(text)
    whole = [one for one in numbers_at(plain, 0) if one.end == len(plain)]
    return whole[0].low if whole and not whole[0].approximate else None


def _fraction(text: str, at: int) -> Iterator[Number]:
    if found := _PART.match(text, at):
        below = Fraction(_ORDER[found[1]]) if found[1] in _ORDER else read_number(found[1])
        above = next((one for one in (*_vague(text, found.end()), *_counted(text, found.end()))), None)
        if below and above:
            form: Form = "percent" if found[1] == "百" else "fraction"
            scale = Fraction(1) if form == "percent" else Fraction(below)
            yield replace(above, low=above.low / scale, high=above.high / scale, start=at, form=form)
        return
    found = _SLASH.match(text, at)
    if found and int(found[1]) < int(found[2]) and (at == 0 or text[at - 1] not in "/0123456789."):
        value = Fraction(int(found[1]), int(found[2]))
        yield Number(value, value, at, found.end(), form="fraction")


def _vague(text: str, at: int) -> Iterator[Number]:
    if found := _VAGUE.match(text, at):
        if found["head"]:
            low = Fraction(_ORDER[found["place"]])
            yield Number(low, low * 2, at, found.end(), low, loose=True)
            return
        scale = Fraction(1)
        for sign in found["places"]:
            scale *= _PLACES.get(sign) or _MYRIADS[sign]
        if found["few"] == "十几":
            yield Number(10 * scale, 20 * scale, at, found.end(), scale, loose=True)
        elif found["few"] == "好几" or found["places"]:
            least = 3 if found["few"] == "好几" else 2
            yield Number(least * scale, 10 * scale, at, found.end(), scale, loose=True)
    if found := _HALF.match(text, at):
        half = Fraction(1, 2)
        bounds = {None: (half, half), "小": (Fraction(1, 4), half)}.get(found["much"], (half, Fraction(1)))
        yield Number(*bounds, at, found.end(), half)


def _rounded(text: str, at: int) -> Iterator[Number]:
    found = _ROUND.match(text, at)
    if found and found["alone"]:
        value = Fraction(_ORDER[found["alone"]])
        yield from _loosened(text, Number(value, value, at, found.end(), value))
    elif found and (bounds := _ROUNDED.get(found["big"] + found["small"])):
        low, high = map(Fraction, bounds)
        exactly = None if found["small"] == "十" else high
        tail = 1 if text.startswith(("来", "多", "余"), found.end()) else 0
        yield Number(low, high, at, found.end() + tail, loose=True, or_exactly=None if tail else exactly)


def _people(text: str, at: int) -> Iterator[Number]:
    if text[at] in _PEOPLE:
        value = Fraction(_PEOPLE[text[at]])
        yield Number(value, value, at, at + 1, form="people")


def _counted(text: str, at: int) -> Iterator[Number]:
    """Digits and Han numerals with their places; then what may be shorter, where the last one belongs to what follows."""
    if text[at : at + 1].isdecimal():
        if found := _ARABIC.match(text, at):
            value = Fraction(found[0].replace(",", ""))
            step = Fraction(1) if "." in found[0] or value % 10 or not value else Fraction(10)
            if not value % 100 and value:
                step = Fraction(100 if value % 1000 else 1000)
            base = Number(value, value, at, found.end(), step)
            yield from _loosened(text, _scaled(text, _decimal(text, base)))
        return
    if found := _SPELLED.match(text, at):
        value = Fraction("".join(str(_DIGITS[sign]) for sign in found[0]))
        yield Number(value, value, at, found.end(), form="code")
        return
    yield from _han(text, at)


def _han(text: str, at: int) -> Iterator[Number]:
    if text.startswith("零点", at) or text.startswith("零.", at):
        zero = Number(Fraction(0), Fraction(0), at, at + 1)
        decimal = _decimal(text, zero)
        if decimal is not zero:
            yield _scaled(text, decimal)
        return
    total: Number | None = None
    low_place = 10**12
    end = at
    while True:
        section = _section(text, end, after=low_place if total else 0)
        if section is None:
            break
        sign = text[section.end : section.end + 1]
        decimal = _decimal(text, section) if total is None else section
        if decimal is not section:
            yield from _loosened(text, _scaled(text, decimal))
            return
        if sign in _MYRIADS and _MYRIADS[sign] < low_place:
            low_place = _MYRIADS[sign]
            section = Number(
                section.low * low_place, section.high * low_place, at, section.end + 1, section.step * low_place
            )
            total, end = _sum(total, section), section.end
            continue
        total, end = _sum(total, section), section.end
        break
    if total is None:
        return
    yield from _loosened(text, replace(total, start=at))
    # 一两, 三两: the 两 may be the ounce.
    if text[total.end - 1] == "两" and total.end - at == 2:
        value = Fraction(_DIGITS[text[at]])
        yield Number(value, value, at, at + 1)


def _section(text: str, at: int, after: int) -> Number | None:
    """Up to 9999, with one pair of neighbouring digits (三四十). `after`: the place before it, for 两万五."""
    found = _SECTION.match(text, at)
    if found is None or found.end() == at:
        return None
    ones = _ones(text, found, alone=not after and found.start("o") == at)
    end = found.end() - len(found["o"] or "") + len(ones)
    if end == at:
        return None
    low = high = 0
    place = 1
    pairs = 0
    for group, worth in (("k", 1000), ("h", 100), ("t", 10), ("o", 1)):
        digits = ones if group == "o" else found[group]
        if group == "t" and found["ten"] and not digits:
            digits = "一"
        if not digits:
            continue
        if group == "o":
            worth = _shorthand(found, place if low else after)  # noqa: PLW2901
        pairs += len(digits) - 1
        if len(digits) == 2 and not _pair(digits):
            return None
        low += _DIGITS[digits[0]] * worth
        high += _DIGITS[digits[-1]] * worth
        place = worth
    if pairs > 1 or not high:
        return None
    low, high = sorted((low, high))
    return Number(Fraction(low), Fraction(high), at, end, Fraction(place))


def _ones(text: str, found: re.Match[str], *, alone: bool) -> str:
    """The last digits that are meant: a pair of neighbours or one; 两 only where nothing comes before it (十两 is ten ounces)."""
    ones = found["o"] or ""
    if len(ones) == 2 and not (_pair(ones) and (alone or ones[1] != "两")):
        ones = ones[0]
    ounce = ones == "两" and not alone and text[found.start("o") + 1 :][:1] not in _MYRIADS
    return "" if ounce else ones


def _shorthand(found: re.Match[str], place: int) -> int:
    """The worth of a last digit: 一百五 is 150, 两万五 is 25000, 一百零五 is 105."""
    return place // 10 if place >= 100 and not found["z3"] else 1


def _pair(digits: str) -> bool:
    one, two = (_DIGITS[sign] for sign in digits)
    return two == one + 1 or digits in ("三五", "三两")


def _sum(total: Number | None, more: Number) -> Number:
    if total is None:
        return more
    return Number(total.low + more.low, total.high + more.high, total.start, more.end, more.step)


def _decimal(text: str, base: Number) -> Number:
    """三点五, 3点5; not the hour in 三点五十."""
    found = _DECIMAL.match(text, base.end) if base.low == base.high else None
    if found is None or text.startswith(("十", "分"), found.end()) or text[base.start : base.end].count("."):
        return base
    digits = "".join(str(_DIGITS.get(sign, sign)) for sign in found[1])
    value = base.low + Fraction(int(digits), 10 ** len(digits))
    return Number(value, value, base.start, found.end(), Fraction(1, 10 ** len(digits)))


def _scaled(text: str, base: Number) -> Number:
    """3千, 1万5, 2.5万."""
    scale, end = 1, base.end
    while text[end : end + 1] in _ORDER or text[end : end + 1] in _MYRIADS:
        scale *= _PLACES.get(text[end]) or _MYRIADS[text[end]]
        end += 1
    if scale == 1:
        return base
    number = Number(base.low * scale, base.high * scale, base.start, end, base.step * scale)
    if base.step < 1:
        return number
    rest = _REST.match(text, end)
    if rest is None:
        return number
    below = _BELOW.match(text, rest.end())
    digits = Fraction(_DIGITS[rest[1]] if rest[1] in _DIGITS else int(rest[1]))
    worth = _PLACES[below[0]] if below else (scale // 10 if len(rest[1]) == 1 and rest[0] == rest[1] else 1)
    if digits * worth >= scale:
        return number
    value = number.low + digits * worth
    return Number(value, value, base.start, rest.end() + bool(below), Fraction(worth))


def _loosened(text: str, number: Number) -> Iterator[Number]:
    """二十多, 十来, 百把, 三百几; only behind a full ten."""
    sign = text[number.end : number.end + 1]
    if sign and number.step >= 10 and sign in "多余来把几":
        reach = number.step if sign in "多余几" else number.step / 2
        end = number.end + (2 if sign == "几" and text[number.end + 1 : number.end + 2] == "十" else 1)
        yield replace(number, high=number.high + reach, end=end, loose=True)
    else:
        yield number


_READERS = (_fraction, _rounded, _vague, _people, _counted)
