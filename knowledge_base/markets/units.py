"""From the units that markets publish in to 元 for each 斤, without losing a digit."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

JIN = "斤"
_MONEY: Mapping[str, Decimal] = {
    "": Decimal(1),
    "元": Decimal(1),
    "块": Decimal(1),
    "人民币": Decimal(1),
    "万元": Decimal(10_000),
    "角": Decimal("0.1"),
    "毛": Decimal("0.1"),
    "分": Decimal("0.01"),
}
_WEIGHTS: Mapping[str, Decimal] = {
    "斤": Decimal(1),
    "市斤": Decimal(1),
    "公斤": Decimal(2),
    "千克": Decimal(2),
    "kg": Decimal(2),
    "克": Decimal("0.002"),
    "g": Decimal("0.002"),
    "两": Decimal("0.1"),
    "担": Decimal(100),
    "吨": Decimal(2000),
    "t": Decimal(2000),
}
"""In 斤 of half a kilogram; 1 担 is 100 斤, 1 两 a tenth."""
_COUNTED: Mapping[str, str] = {"头": "头", "只": "只", "羽": "只", "枚": "枚", "个": "枚"}
_TIMES: Mapping[str, Decimal] = {"": Decimal(1), "十": Decimal(10), "百": Decimal(100), "千": Decimal(1000)}
_WRITTEN = re.compile(
    r"(?P<money>万元|元|块|人民币|角|毛|分|)[/每]?(?P<number>\d{1,6}(?:\.\d{1,3})?|[十百千]|)"
    r"(?P<measure>市斤|公斤|千克|kg|斤|克|g|两|担|吨|t|头|只|羽|枚|个)",
    re.ASCII,
)
LONGEST = 16
"""Characters of a unit that is kept as written."""


class UnitUnknown(ValueError):
    """No unit of a price, or one that does not tell how much is meant."""


@dataclass(frozen=True, slots=True)
class Unit:
    """What a figure must be multiplied and divided by to be 元 for one `per`: 斤, or 头, 只, 枚."""

    written: str
    money: Decimal
    amount: Decimal
    per: str

    def price(self, figure: Decimal) -> Decimal:
        """In 元 for each `per`; exact for all units whose amount has no other factors than 2 and 5."""
        return figure * self.money / self.amount


def read_unit(written: str) -> Unit:
    """元/公斤, 元/吨, 元/百斤, 元/担, 元/500克, 元每50公斤, 元/头 and their like. Raises `UnitUnknown`."""
    unit = _parse(written)
    if unit is None:
        raise UnitUnknown(written)
    return unit


@lru_cache(maxsize=1_000)
def _parse(written: str) -> Unit | None:
    text = "".join(unicodedata.normalize("NFKC", written).casefold().split())
    found = _WRITTEN.fullmatch(text)
    if found is None:
        return None
    number = found["number"]
    times = _TIMES[number] if number in _TIMES else Decimal(number)
    measure = found["measure"]
    if times == 0:
        return None
    money = _MONEY[found["money"]]
    if measure in _COUNTED:
        return Unit(written.strip()[:LONGEST], money, times, _COUNTED[measure])
    return Unit(written.strip()[:LONGEST], money, times * _WEIGHTS[measure], JIN)
