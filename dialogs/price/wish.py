"""What somebody wants about prices, read from their words by the patterns of wish.yaml."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict

from dialogs.price.money import JIN
from knowledge_base.markets.goods import Goods, Named, shipped_goods
from knowledge_base.markets.models import Rule
from nlu.text.quantities import Quantity
from nlu.understanding import Understanding

DATA = Path(__file__).with_name("wish.yaml")
KINDS = ("product", "crop", "livestock", "fertiliser", "feed", "input")
"""Entities that may have a price, the most telling kind first."""
LONGEST_NAME, LONGEST_REPORT = 8, 30
YUAN = "元"
ELSEWHERE = frozenset({"book_machinery", "book_legal", "my_bookings", "legal", "policy"})
"""Intents whose questions about money are not about what a product costs."""
MONEY = frozenset({"money", "price"})
_BY_TON, _BY_BAG = Decimal(500), Decimal(20)
"""元: of what is sold by the ton or the bag, a price from here on is one of a ton, of a bag; below, of a 斤."""

What = Literal["price", "ratio", "report", "alert", "weekly", "mine", "stop"]


class Patterns(BaseModel):
    """The words, from wish.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    patterns: dict[str, re.Pattern[str]]

    def has(self, pattern: str, text: str) -> bool:
        """Whether one of the patterns is found."""
        return self.patterns[pattern].search(text) is not None


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted. `price` is in 元 for what the product is kept by; `weight` is how many 斤 were asked for."""

    what: What
    product: Named | None = None
    price: Decimal | None = None
    rule: Rule | None = None
    trend: bool = False
    several: bool = False
    weight: Decimal | None = None


@cache
def patterns() -> Patterns:
    """The shipped words."""
    return Patterns.model_validate(yaml.safe_load(DATA.read_text("utf-8")))


class WishReader:
    """Reads wishes; `quantities` finds money and weights in a sentence."""

    def __init__(self, goods: Goods, quantities: Callable[[str], tuple[Quantity, ...]]) -> None:
        self._goods = goods
        self._shipped = Goods(shipped_goods())
        self._quantities = quantities
        self._words = patterns()

    def wish(self, said: Understanding) -> Wish | None:
        """The wish of a sentence; None where it is about something else."""
        has, text = self._words.has, said.normalized
        asks = said.intent in {"price", "subscribe"}
        if has("ratio", text):
            return Wish("ratio")
        if has("mine", text):
            return Wish("mine")
        found = self._quantities(text)
        product = self.product(said)
        if has("stop", text) and has("about", text) and (asks or has("tell", text)) and not has("question", text):
            return Wish("stop", product)
        sum_ = _sum(found)
        if sum_ is None and has("tell", text) and (bare := self._words.patterns["bare"].search(text)):
            sum_ = _sum(self._quantities(f"{bare[1]}{YUAN}"))
        if has("tell", text) and sum_ is not None and (asks or product) and (has("rise", text) or has("fall", text)):
            rule = Rule.BELOW if has("fall", text) else Rule.ABOVE
            return Wish("alert", product, self._kept(sum_, product), rule)
        if has("weekly", text) and has("about", text) and (asks or product):
            return Wish("weekly", product, rule=Rule.WEEKLY)
        if sum_ is not None and product and self._reports(text):
            return Wish("report", product, self._kept(sum_, product))
        if (
            has("not_price", text)
            or said.intent in ELSEWHERE
            or not (said.intent == "price" or (product and has("price", text)))
        ):
            return None
        weight = next((one.low for one in found if one.kind == "weight" and one.unit == "斤" and one.low > 1), None)
        return Wish("price", product, trend=has("trend", text), several=has("several", text), weight=weight)

    def limit(self, said: Understanding, product: Named | None) -> Wish | None:
        """The answer to at what price somebody wants to be told; above it where the words do not say below."""
        text = said.normalized
        bare = self._words.patterns["bare"].search(text)
        sum_ = _sum(self._quantities(text)) or (_sum(self._quantities(f"{bare[1]}{YUAN}")) if bare else None)
        if sum_ is None or product is None or len(text) > LONGEST_REPORT:
            return None
        rule = Rule.BELOW if self._words.has("fall", text) else Rule.ABOVE
        return Wish("alert", product, self._kept(sum_, product), rule)

    def product(self, said: Understanding) -> Named | None:
        """The product that is named, the longest name first: 花生米 before 花生."""
        for text in (said.text, said.normalized):
            for length in range(min(LONGEST_NAME, len(text)), 1, -1):
                for start in range(len(text) - length + 1):
                    named = self._shipped.named(text[start : start + length])
                    if named and not self._words.has("other_thing", text[start + length :]):
                        return named
        for kind in KINDS:
            for entity in said.entities:
                behind = said.normalized[entity.end :] if entity.end > 0 else ""
                named = self._goods.named(entity.standard) if entity.kind == kind else None
                if named and not self._words.has("other_thing", behind):
                    return named
        return None

    def _reports(self, text: str) -> bool:
        has = self._words.has
        plain = len(text) <= LONGEST_REPORT and not has("question", text) and not has("not_price", text)
        return plain and has("paid", text)

    def _kept(self, sum_: Quantity, product: Named | None) -> Decimal:
        """元 for what the product is kept by, from 元 for what people sell it by."""
        if product is None or sum_.unit == "元/斤":
            return sum_.low
        retail = self._goods.retail(product.product)
        if retail not in {"吨", "袋"}:
            return sum_.low / JIN.get(retail, Decimal(1))
        return sum_.low / JIN["吨" if sum_.low >= _BY_TON else "袋" if sum_.low >= _BY_BAG else "斤"]


def _sum(found: tuple[Quantity, ...]) -> Quantity | None:
    return next((one for one in found if one.kind in MONEY and one.unit in {"元", "元/斤"}), None)
