"""Reads the amounts of one sentence: numbers with their units, units without a number, bare numbers."""

import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from fractions import Fraction

from nlu.text.amounts import Amount, Meaning
from nlu.text.measures import Measures
from nlu.text.numbers import Number, numbers_at
from nlu.wordfile import Region

_RATIO = re.compile(r"(?<![\d.:])(\d{1,4}|一)(?::|比)(\d{1,5}|[一二三四五六七八九十百千零]{1,6})(?![\d:.])")
_RANGE = re.compile(r"(?:-|~|到|至|—)(?!-)")
_CHAIN = re.compile(r"\d-\d+-\d")
_TAIL = re.compile(r"(零?)(一二|二三|三四|四五|五六|六七|七八|八九|[一二三四五六七八九]|\d(?!\d))")
_NEGATIVE = ("零下", "负", "-")
_ORDINAL = ("第", "初", "星期", "礼拜", "周", "腊月", "正月", "编号", "电话")
_OURS = tuple("们咱俺你他她爷娘哥姐妻婆口弟妹友父")
_SOLD = ("area", "weight")
_NOT_BEHIND_TENTHS = tuple("点月号日.:等级组队种类件样成比百千万十")
_DILUTION = ("倍", "兑", "配", "稀释", "比例", "水")


@dataclass(frozen=True, slots=True)
class _Tail:
    low: Fraction
    high: Fraction
    end: int
    after_zero: bool


class AmountReader:
    """One sentence being read. `taken`: characters of other words; `agents`: where a pesticide or a fertiliser starts."""

    def __init__(
        self, text: str, region: Region | None, measures: Measures, taken: AbstractSet[int], agents: AbstractSet[int]
    ) -> None:
        self._text, self._region, self._measures = text, region, measures
        self._taken, self._agents = taken, agents
        self._has_lone = "半" in text or "把" in text

    def amounts(self) -> list[Amount]:
        """Every number with its unit, every unit that goes without a number, and every bare number."""
        found: list[Amount] = []
        at = 0
        while at < len(self._text):
            amount = None if at in self._taken else self._at(at)
            if amount and not self._is_free(amount):
                amount = None
            if amount:
                found.append(amount)
                at = amount.end
            else:
                at = self._after_number(at)
        return found

    def _is_free(self, amount: Amount) -> bool:
        return not any(at in self._taken for at in range(amount.start, amount.end))

    def _after_number(self, at: int) -> int:
        """Past a number that counts nothing, so that its end is not taken for another."""
        if at in self._taken or not self._text[at].isdecimal():
            return at + 1
        return at + len(re.match(r"[\d.,:]*", self._text[at:])[0])  # type: ignore[index]

    def _at(self, at: int) -> Amount | None:
        return self._idiom(at) or self._per(at) or self._ratio(at) or self._counted(at) or self._lone(at)

    def _idiom(self, at: int) -> Amount | None:
        for length in (6, 5, 4, 3, 2):
            idiom = self._measures.idioms.get(self._text[at : at + length])
            if idiom and at + length <= len(self._text):
                meaning = Meaning(idiom.kind, idiom.unit, idiom.low, idiom.high)
                return Amount(at, at + length, (meaning,), idiom.unit)
        return None

    def _per(self, at: int) -> Amount | None:
        """每亩, 亩产, /斤."""
        for word, unit in self._measures.per:
            if self._text.startswith(word, at) and not self._text[at - 1 : at].isdecimal():
                return self._each(at, at + len(word), unit)
        for word in self._measures.data.each:
            if self._text.startswith(word, at):
                for end, said, half in self._measures.forms(self._text, at + len(word)):
                    amount = None if half else self._each(at, end, said)
                    if amount and self._is_free(amount):
                        return amount
        return None

    def _each(self, start: int, end: int, said: str) -> Amount | None:
        units = self._measures.meanings(said, self._text, end, self._region)
        meanings = tuple(Meaning(unit.kind, unit.unit, unit.factor, unit.factor) for unit in units)
        return Amount(start, end, meanings, said, per=True) if meanings else None

    def _ratio(self, at: int) -> Amount | None:
        """1:800, 一比八百; 10:30 is a time."""
        found = _RATIO.match(self._text, at)
        if found is None:
            return None
        one, other = (next((n.low for n in numbers_at(part, 0) if n.end == len(part)), None) for part in found.groups())
        if not one or not other:
            return None
        around = self._text[max(0, at - 6) : at] + self._text[found.end() : found.end() + 6]
        colon = ":" in found[0]
        if colon and other < 60 and not any(word in around for word in _DILUTION):
            return None
        end = found.end() + (self._text.startswith("倍", found.end()))
        end += self._text.startswith("液", end) if end > found.end() else 0
        return Amount(at, end, (Meaning("ratio", "倍", other / one, other / one),), "倍")

    def _counted(self, at: int) -> Amount | None:
        text = self._text
        before = text[max(0, at - 2) : at]
        digits = text[at].isdecimal()
        if before.endswith(_ORDINAL) or (digits and before[-1:].isascii() and before[-1:].isalnum()):
            return None
        start_of_range = max(0, at - 6)
        if any(
            found.start() + start_of_range <= at < found.end() + start_of_range
            for found in _CHAIN.finditer(text[start_of_range : at + 8])
        ):
            return None
        numbers = numbers_at(text, at)
        for number in numbers:
            if number.form == "people" and before.endswith(_OURS):
                return None
            amount = self._range(number) or self._measured(number)
            if amount:
                return self._refined(amount)
        first = next((one for one in numbers if one.form != "people"), None)
        if first and not before.endswith(tuple("0123456789.:")):
            bare = Meaning("count", "", first.low, first.high)
            return Amount(at, first.end, (bare,), "", loose=first.approximate)
        return None

    def _range(self, low: Number) -> Amount | None:
        """3-5亩, 三到五斤, 两块五到三块."""
        if low.form == "code":
            return None
        lower = self._measured(low)
        lower = self._refined(lower) if lower else None
        link = _RANGE.match(self._text, lower.end if lower else low.end)
        for high in numbers_at(self._text, link.end()) if link else ():
            upper = self._measured(high)
            if upper is None:
                continue
            if lower:
                bounds = [one.low for one in lower.meanings if (one.kind, one.unit) == upper.key]
                start = lower.start
            else:
                scale = high.step if low.low < 10 and high.step >= 100 else 1
                bounds, start = [low.low * scale * upper.measure_factor], low.start
            if bounds and bounds[0] <= upper.meanings[0].high:
                share = bounds[0] / upper.meanings[0].high
                meanings = tuple(replace(one, low=one.high * share) for one in upper.meanings)
                return replace(upper, start=start, meanings=meanings, ranged=True)
        return None

    def _measured(self, number: Number) -> Amount | None:
        if number.form == "percent":
            meaning = Meaning("percentage", "%", number.low, number.high)
            return Amount(number.start, number.end, (meaning,), "%", loose=number.loose)
        text = self._text
        one = text[number.start : number.end] == "一"
        people = number.form == "people" or text[number.start : number.end].endswith("半")
        for end, said, half in self._measures.forms(text, number.end):
            if any(at in self._taken for at in range(number.end, end)):
                continue
            units = self._measures.meanings(said, text, end, self._region, one=one and not half, people=people)
            if not units or (units[0].unit == "年" and (number.form == "code" or number.low >= 1900)):
                continue
            if units[0].kind == "percentage" and self._is_strength(end):
                return None
            more = Fraction(1, 2) if half else Fraction(0)
            meanings = [
                Meaning(unit.kind, unit.unit, (number.low + more) * unit.factor, (number.high + more) * unit.factor)
                for unit in units
            ]
            if text[number.end - 1] == "一" and number.step >= 10 and units[0].kind in _SOLD:
                # 八百一亩: eight hundred for one; nobody says 810亩 so short.
                each = (number.low - number.step) / units[0].factor
                meanings.insert(0, Meaning("price", f"元/{units[0].unit}", each, each, exact=True))
            if number.or_exactly is not None:
                exact = number.or_exactly * units[0].factor
                meanings.append(Meaning(units[0].kind, units[0].unit, exact, exact, exact=True))
            return Amount(
                number.start, end, tuple(meanings), said, loose=number.approximate, unit_end=end,
                measure_factor=units[0].factor, tenths=units[0].tenths and not half, whole=half,
            )  # fmt: skip
        if number.form == "fraction":
            return Amount(number.start, number.end, (Meaning("ratio", "倍", number.low, number.high),), "倍")
        if number.form == "people":
            return Amount(number.start, number.end, (Meaning("count", "个", number.low, number.high),), "个")
        return None

    def _is_strength(self, end: int) -> bool:
        """41%草甘膦: part of a product's name."""
        after = end + self._text.startswith("的", end)
        return after in self._agents or self._text.startswith(self._measures.data.formulations, after)

    def _refined(self, amount: Amount) -> Amount:
        """With what may follow the unit (半, a digit for tenths, 多) and precede the number (零下)."""
        text, end = self._text, amount.unit_end
        factor = amount.measure_factor
        if amount.kind == "temperature":
            sign = next((word for word in _NEGATIVE if text.endswith(word, 0, amount.start)), None)
            if sign:
                meanings = tuple(replace(one, low=-one.high, high=-one.low) for one in amount.meanings)
                amount = replace(amount, start=amount.start - len(sign), meanings=meanings)
        if not end or amount.whole:
            return amount
        if text.startswith("半", end) and not any(True for _ in self._measures.forms(text, end + 1)):
            return self._longer(amount, end + 1, Fraction(1, 2) * factor) if end not in self._taken else amount
        tail = self._tail(end) if amount.tenths else None
        if tail and (amount.kind == "money" or not tail.after_zero):
            return self._longer(amount, tail.end, tail.low * factor, tail.high * factor)
        return self._more(amount, end)

    def _longer(self, amount: Amount, end: int, more: Fraction, most: Fraction | None = None) -> Amount:
        """The amount with what stands behind its unit; of a range it belongs to the upper bound."""
        meanings = tuple(
            replace(one, low=one.low if amount.ranged else one.low + more, high=one.high + (most or more))
            for one in amount.meanings
            if not one.exact
        )
        return replace(amount, end=end, meanings=meanings)

    def _tail(self, end: int) -> "_Tail | None":
        """The digit behind a unit that counts its tenths: 三斤二, 一块二三; in 一块零五 its hundredths."""
        text, found = self._text, _TAIL.match(self._text, end)
        if found is None or found.end() - 1 in self._taken:
            return None
        after = found.end()
        names_unit = any(True for _ in self._measures.forms(text, after))
        if names_unit or text.startswith(_NOT_BEHIND_TENTHS, after):
            return None
        follows_one = text.startswith("一", after) and any(True for _ in self._measures.forms(text, after + 1))
        numbers = numbers_at(text, found.start(2))
        if not follows_one and numbers and numbers[0].end != after:
            return None
        low, high = (next(one.low for one in numbers_at(sign, 0)) for sign in (found[2][0], found[2][-1]))
        worth = Fraction(1, 100 if found[1] else 10)
        return _Tail(low * worth, high * worth, after, after_zero=bool(found[1]))

    def _more(self, amount: Amount, end: int) -> Amount:
        """三亩多, 三亩来地."""
        data, text = self._measures.data, self._text
        if text.startswith("多", end) and not text.startswith(data.not_more, end + 1):
            reach = min(amount.measure_factor, amount.meanings[0].low)
        elif text.startswith("来", end) and text.startswith(data.loose_only_before, end + 1):
            reach = amount.measure_factor / 2
        else:
            return amount
        meanings = tuple(replace(one, high=one.high + reach) for one in amount.meanings if not one.exact)
        return replace(amount, end=end + 1, meanings=meanings, loose=True)

    def _lone(self, at: int) -> Amount | None:
        """斤半, 亩把."""
        if not self._has_lone:
            return None
        if self._text[max(0, at - 1) : at] in tuple("一二三四五六七八九十百千万两半几多来每公平"):
            return None
        for said in self._measures.lone:
            end = at + len(said)
            tail = self._text[end : end + 1]
            if (
                not self._text.startswith(said, at)
                or tail not in ("半", "把")
                or any(True for _ in self._measures.forms(self._text, end + 1) if tail == "半")
            ):
                continue
            units = self._measures.meanings(said, self._text, end, self._region)
            low, high = (Fraction(3, 2), Fraction(3, 2)) if tail == "半" else (Fraction(1), Fraction(2))
            meanings = tuple(Meaning(unit.kind, unit.unit, low * unit.factor, high * unit.factor) for unit in units)
            if meanings:
                return Amount(at, end + 1, meanings, said, loose=tail == "把")
        return None
