"""Joins amounts that belong together: 三亩二分 is one area, 一斤两块五 a price, 每亩三十斤 a rate, 两瓶兑一桶水 a mix."""

import re
from collections.abc import Sequence
from dataclasses import replace

from nlu.text.amounts import Amount, Meaning
from nlu.text.measures import Measures, QuantityKind

_PRICED: frozenset[QuantityKind] = frozenset({"weight", "area", "count", "volume"})
_DOSED: frozenset[QuantityKind] = frozenset({"weight", "volume", "count"})
_TOGETHER = ("", "零", "又")
_SHORTEST_FIRST: frozenset[QuantityKind] = frozenset({"area", "weight", "money", "duration", "length"})
_ENDS = frozenset("，。？！；、,?!; ")
_CONTAINERS = frozenset({"桶", "桶水"})
_SOLD_TOGETHER = 10


class Joiner:
    """Joins neighbours, left to right, by what stands between them."""

    def __init__(self, measures: Measures) -> None:
        self._measures = measures

    def join(self, text: str, amounts: Sequence[Amount]) -> tuple[Amount, ...]:
        """The amounts with a unit: single ones, sums, prices, rates and mixes."""
        done: list[Amount] = []
        for amount in _summed(text, amounts):
            last = done[-1] if done else None
            pair = self._pair(text, last, amount) if last else None
            if pair:
                done[-1] = pair
            else:
                done.append(amount)
        return tuple(
            replace(one, loose=one.loose or self._is_about(text, one)) for one in done if one.unit and not one.per
        )

    def _pair(self, text: str, one: Amount, other: Amount) -> Amount | None:
        gap = text[one.end : other.start]
        if len(gap) > 12:
            return None
        return (
            self._price(text, gap, one, other) or self._rate(text, gap, one, other) or self._mix(text, gap, one, other)
        )

    def _price(self, text: str, gap: str, one: Amount, other: Amount) -> Amount | None:
        if one.kind == "money" and gap in ("", "钱"):
            sold = other if other.unit else self._one_of(text, other)
            together = text.endswith("钱", 0, other.start) and other.meanings[0].high <= _SOLD_TOGETHER
            if sold and sold.kind in _PRICED and (_is_one(text, sold) or (together and sold.kind != "area")):
                return _divided("price", one, sold)
        if not one.unit and other.kind in _PRICED and other.unit and not gap and _is_one(text, other):
            return _divided("price", _bare_as(one, "money", "元"), other)
        if one.unit and one.kind in _PRICED and _is_one(text, one) and self._measures.price_gap.fullmatch(gap):
            if other.kind == "money":
                return _divided("price", other, one)
            if not other.unit and one.kind == "area" and (other.end >= len(text) or text[other.end] in _ENDS):
                if text.startswith(self._measures.data.yields, one.start):
                    return _divided("rate", _bare_as(other, "weight", "斤"), one)
                return _divided("price", _bare_as(other, "money", "元"), one)
        return None

    def _one_of(self, text: str, bare: Amount) -> Amount | None:
        """The 一个 of 两块钱一个, which counts nothing elsewhere."""
        if text[bare.start : bare.end] != "一":
            return None
        for end, said, _ in self._measures.forms(text, bare.end):
            units = [unit for unit in self._measures.meanings(said, text, end, None) if unit.kind == "count"]
            if units:
                one = Meaning("count", units[0].unit, units[0].factor, units[0].factor)
                return Amount(bare.start, end, (one,), said)
        return None

    def _rate(self, text: str, gap: str, one: Amount, other: Amount) -> Amount | None:
        """每亩三十斤, 亩产八百公斤, 三十毫升一亩."""
        if (
            one.kind == "area"
            and _unit_area(one)
            and other.unit
            and other.kind in _DOSED
            and self._measures.amount_gap.fullmatch(gap)
        ):
            return _divided("rate", other, one)
        if one.unit and one.kind in _DOSED and other.kind == "area" and not gap and _is_one(text, other):
            return _divided("rate", one, other)
        return None

    def _mix(self, text: str, gap: str, one: Amount, other: Amount) -> Amount | None:
        if not (
            one.unit
            and other.unit
            and one.kind in _DOSED
            and other.kind in _DOSED
            and gap
            and self._measures.mix_gap.fullmatch(gap)
        ):
            return None
        wet = (
            gap.startswith(self._measures.data.water) or _wet(one),
            text.startswith(self._measures.data.water, other.end) or _wet(other),
        )
        if wet[0] == wet[1]:
            wet = (one.unit in _CONTAINERS, other.unit in _CONTAINERS)
            if wet[0] == wet[1]:
                return None
        solute, solvent = (other, one) if wet[0] else (one, other)
        made = _divided("mix", solute, solvent)
        return replace(made, parts=(solute, solvent)) if made else None

    def _is_about(self, text: str, amount: Amount) -> bool:
        data = self._measures.data
        return text.endswith(data.about_before, 0, amount.start) or text.startswith(data.about_after, amount.end)


def _summed(text: str, amounts: Sequence[Amount]) -> list[Amount]:
    """三亩二分, 一斤二两, 一块二毛五; a smaller unit right behind a larger one of its kind."""
    done: list[Amount] = []
    for amount in amounts:
        last = done[-1] if done else None
        if (
            last
            and last.unit
            and not last.per
            and last.kind in _SHORTEST_FIRST
            and text[last.end : amount.start] in _TOGETHER
        ):
            more = next((one for one in amount.meanings if (one.kind, one.unit) == last.key), None)
            if more and not amount.per and more.high < last.measure_factor and last.unit_end == last.end:
                meanings = tuple(
                    replace(one, low=one.low + more.low, high=one.high + more.high)
                    for one in last.meanings
                    if (one.kind, one.unit) == last.key
                )
                done[-1] = replace(
                    last, end=amount.end, unit_end=amount.end, meanings=meanings, loose=last.loose or amount.loose,
                    measure_factor=amount.measure_factor,
                )  # fmt: skip
                continue
        done.append(amount)
    return done


def _divided(kind: QuantityKind, above: Amount, below: Amount) -> Amount | None:
    """So much of one for one of the other, for every meaning of the latter."""
    first, *_ = above.meanings
    if any(one.low <= 0 for one in below.meanings) or below.meanings[0].kind == "money":
        return None
    same = [one for one in below.meanings if one.kind == below.kind]
    meanings = tuple(
        Meaning(kind, f"{first.unit}/{one.unit}", first.low / one.high, first.high / one.low) for one in same
    )
    start, end = min(above.start, below.start), max(above.end, below.end)
    return Amount(start, end, meanings, f"{above.said or first.unit}/{below.said}", loose=above.loose or below.loose)


def _bare_as(bare: Amount, kind: QuantityKind, unit: str) -> Amount:
    first = bare.meanings[0]
    return replace(bare, meanings=(Meaning(kind, unit, first.low, first.high),))


def _is_one(text: str, amount: Amount) -> bool:
    """一斤, 每斤; not 一斤二两."""
    return amount.per or (text[amount.start] in "一1" and amount.meanings[0].low == amount.measure_factor)


def _unit_area(amount: Amount) -> bool:
    return amount.per or (
        not amount.loose and amount.meanings[0].low == amount.meanings[0].high == amount.measure_factor
    )


def _wet(amount: Amount) -> bool:
    return re.search("水$|喷雾器", amount.said) is not None
