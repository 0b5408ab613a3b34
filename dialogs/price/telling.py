"""A price in people's words: how much, where, of which day, against last week and last month, and from whom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from dialogs.places import Places
from dialogs.price.money import JIN, figure, spoken
from dialogs.price.words import price_words
from knowledge_base.markets.goods import Goods
from knowledge_base.markets.models import Kind
from knowledge_base.markets.nearness import Nearness
from knowledge_base.markets.quote import Change, Comparison, Quote

Sums = Mapping[str, Decimal]
"""Sums of money in 元, by the name under which a text has them."""
_SMALL = Decimal("0.005")
"""元 below which a change is none."""


@dataclass(frozen=True, slots=True)
class Told:
    """A text as shown, and as read aloud."""

    text: str
    spoken: str

    def __add__(self, other: "Told") -> "Told":
        return Told(self.text + other.text, self.spoken + other.spoken)


NOTHING = Told("", "")


class Telling:
    """Puts prices into words."""

    def __init__(self, goods: Goods, places: Places) -> None:
        self._goods = goods
        self._places = places
        self._words = price_words()

    def quote(self, quote: Quote, compared: Comparison, weight: Decimal | None = None) -> Told:
        """The whole answer for one price."""
        told = self._caveat(quote) + self._figure(quote)
        if quote.kind is not Kind.REPORTED:
            told += self.change(quote, compared)
        if weight is not None and quote.per == "斤":
            told += self._say("weight", {"total": quote.mid * weight}, weight=f"{weight.normalize():f}")
        if quote.old:
            told += self._say("old", days=str(quote.age))
        elif quote.kind is Kind.OFFICIAL and quote.nearness >= Nearness.PROVINCE:
            told += self._say("far")
        return told + (self._say("source", source=quote.source) if quote.source else NOTHING)

    def line(self, quote: Quote) -> Told:
        """The figure alone: what, where, of which day, how much."""
        return self._figure(replace(quote, low=None, high=None))

    def change(self, quote: Quote, compared: Comparison) -> Told:
        """比上周涨2分，比上个月跌5分。"""
        factor = JIN.get(self.unit(quote.product), Decimal(1))
        told = NOTHING
        for change, when in ((compared.week, "week"), (compared.month, "month")):
            if change is not None:
                told += self._against(change, self._words.say[when], factor)
        if told == NOTHING:
            return self._say("no_before") if quote.kind is Kind.OFFICIAL else NOTHING
        return Told(told.text[:-1] + "。", told.spoken[:-1] + "。")

    def markets(self, quotes: Sequence[Quote]) -> Told:
        """Several markets, one under the other."""
        told = self._say("list_head", product=self.name(quotes[0].product, quotes[0].variety))
        for quote in quotes:
            price, unit = self.price(quote.mid, quote.product)
            told += Told("\n", "") + self._say(
                "list_line", {"price": price}, market=self._market(quote), unit=unit, day=self.day(quote.day)
            )
        return told

    def price(self, mid: Decimal, product: str) -> tuple[Decimal, str]:
        """The price by what people buy and sell it by, and the name of that."""
        unit = self.unit(product)
        return mid * JIN.get(unit, Decimal(1)), unit

    def unit(self, product: str) -> str:
        """斤, 公斤, 吨, 袋, or what is counted."""
        return self._goods.retail(product)

    def place(self, code: str) -> str:
        """The full name of an administrative code."""
        return self._places.full_name(code)

    def per(self, unit: str) -> str:
        """元/斤."""
        return self._words.text("per", unit=unit)

    @property
    def sample_mark(self) -> str:
        """What a picture of made-up figures says first."""
        return self._words.text("sample_mark")

    def name(self, product: str, variety: str) -> str:
        """玉米, 玉米（潮粮）, or a variety that says it all: 花生米."""
        shown = self._goods.shown(product)
        if not variety:
            return shown
        known = self._goods.named(variety)
        return variety if known is not None and known.product == product else f"{shown}（{variety}）"

    def day(self, day: date) -> str:
        """11月20日."""
        return f"{day.month}月{day.day}日"

    def _figure(self, quote: Quote) -> Told:
        price, unit = self.price(quote.mid, quote.product)
        name = self.name(quote.product, quote.variety)
        if quote.kind is Kind.REPORTED:
            place = self._places.full_name(quote.place)
            return self._say(
                "quote_reported", {"price": price}, product=name, place=place, people=str(quote.people), unit=unit
            )
        told = self._say(
            "quote",
            {"price": price},
            {"range": self._range(quote)},
            product=name,
            market=self._market(quote),
            day=self.day(quote.day),
            unit=unit,
        )
        return told + (self._say("per_jin", {"price": quote.mid}) if unit != "斤" and quote.per == "斤" else NOTHING)

    def _range(self, quote: Quote) -> Told:
        if quote.low is None or quote.high is None or quote.high - quote.low < _SMALL:
            return NOTHING
        low, high = (self.price(one, quote.product)[0] for one in (quote.low, quote.high))
        return self._say("range", {"low": low, "high": high})

    def _market(self, quote: Quote) -> str:
        return quote.market or self._places.full_name(quote.place)

    def _caveat(self, quote: Quote) -> Told:
        return self._say("sample") if quote.kind is Kind.SAMPLE else NOTHING

    def _against(self, change: Change, when: str, factor: Decimal) -> Told:
        difference = change.difference * factor
        if abs(difference) < _SMALL:
            return self._say("same", when=when)
        money = spoken(abs(difference))
        return self._say("up" if difference > 0 else "down", when=when, money=money)

    def _say(
        self, key: str, sums: "Sums | None" = None, told: "Mapping[str, Told] | None" = None, /, **values: str
    ) -> Told:
        shown = {name: figure(sum_) for name, sum_ in (sums or {}).items()}
        aloud = {name: spoken(sum_) for name, sum_ in (sums or {}).items()}
        shown |= {name: one.text for name, one in (told or {}).items()}
        aloud |= {name: one.spoken for name, one in (told or {}).items()}
        return Told(self._words.text(key, **values, **shown), self._words.aloud(key, **values, **aloud))

    def say(self, key: str, sums: "Sums | None" = None, /, **values: str) -> Told:
        """A text with sums of money in it."""
        return self._say(key, sums, None, **values)
