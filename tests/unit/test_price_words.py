"""Sums of money as they are said, and wishes about prices as they are read."""

from decimal import Decimal

import pytest

from dialogs.price.money import figure, spoken
from dialogs.price.wish import Wish, WishReader
from knowledge_base.markets.goods import Goods, Named, shipped_goods
from knowledge_base.markets.models import Rule
from nlu.entities import EntityFinder
from nlu.text.normalise import Normaliser
from nlu.text.quantities import QuantityFinder
from nlu.understanding import Understanding
from nlu.words import Words


@pytest.mark.parametrize(
    ("yuan", "shown", "aloud"),
    [
        ("1.12", "1.12", "1块1毛2"),
        ("1.05", "1.05", "1块零5分"),
        ("0.98", "0.98", "9毛8"),
        ("0.2", "0.2", "两毛"),
        ("2", "2", "两块"),
        ("12.5", "12.5", "12块5毛"),
        ("2.2", "2.2", "两块两毛"),
        ("0.05", "0.05", "5分"),
        ("2149.6", "2150", "2150块"),
        ("100", "100", "100块"),
        ("0.004", "0", "零块"),
        ("1.125", "1.13", "1块1毛3"),
    ],
)
def test_money(yuan: str, shown: str, aloud: str) -> None:
    assert figure(Decimal(yuan)) == shown
    assert spoken(Decimal(yuan)) == aloud


MAIZE, PIG, UREA = Named("玉米", ""), Named("猪", ""), Named("尿素", "")
WISHES = [
    ("苞米多少钱一斤", "price", Wish("price", MAIZE)),
    ("毛猪啥行情", "price", Wish("price", PIG)),
    ("花生米咋卖", "agronomy", Wish("price", Named("花生", "花生米"))),
    ("小麦涨了没", "price", Wish("price", Named("小麦", ""), trend=True)),
    ("哪里玉米贵", "price", Wish("price", MAIZE, several=True)),
    ("一百斤玉米卖几多钱", "price", Wish("price", MAIZE, weight=Decimal(100))),
    ("猪粮比多少了", "price", Wish("ratio")),
    ("今天镇上苞米一块零五", "price", Wish("report", MAIZE, Decimal("1.05"))),
    ("今儿个卖了一车蒜，两块一", "price", Wish("report", Named("大蒜", ""), Decimal("2.1"))),
    ("苞米涨到一块二告诉我", "subscribe", Wish("alert", MAIZE, Decimal("1.2"), Rule.ABOVE)),
    ("尿素降到两千喊我一声", "subscribe", Wish("alert", UREA, Decimal(1), Rule.BELOW)),
    ("尿素跌到九十五一袋通知我", "subscribe", Wish("alert", UREA, Decimal("0.95"), Rule.BELOW)),
    ("玉米跌破九毛八说一声", "price", Wish("alert", MAIZE, Decimal("0.98"), Rule.BELOW)),
    ("每个礼拜给我说说玉米价", "subscribe", Wish("weekly", MAIZE, rule=Rule.WEEKLY)),
    ("我订了哪些价格提醒", "price", Wish("mine")),
    ("玉米价格提醒不要了", "subscribe", Wish("stop", MAIZE)),
    ("行情提醒都退了", "subscribe", Wish("stop")),
    ("价钱咋样", "price", Wish("price")),
]
NOT_WISHES = [
    ("耕地补贴多少钱一亩", "policy"),
    ("收麦子一亩多少钱", "book_machinery"),
    ("小麦最低收购价是多少", "policy"),
    ("玉米叶子发黄咋治", "agronomy"),
    ("玉米长了多少虫", "agronomy"),
    ("麦子涨势好不好", "agronomy"),
    ("农业保险一亩交多少钱", "policy"),
    ("欠我八千块工钱不给", "legal"),
    ("今天镇上下雨没", "weather"),
    ("有暴雨告诉我", "subscribe"),
    ("流转一亩地租金多少", "legal"),
    ("鸡不下蛋咋回事", "livestock"),
    ("后天给我收三亩麦子", "book_machinery"),
    ("苹果啥时候收", "agronomy"),
]


@pytest.fixture(scope="module")
def reading(words: Words) -> tuple[Normaliser, EntityFinder, WishReader]:
    quantities = QuantityFinder.load(words)
    return Normaliser(words), EntityFinder(words), WishReader(Goods(shipped_goods()), quantities.find)


def wish(reading: tuple[Normaliser, EntityFinder, WishReader], text: str, intent: str) -> Wish | None:
    normaliser, finder, reader = reading
    plain = normaliser.normalise(text)
    return reader.wish(Understanding(text, plain, intent, 0.9, finder.find(plain)))


@pytest.mark.parametrize(("text", "intent", "wanted"), WISHES)
def test_wish(reading: tuple[Normaliser, EntityFinder, WishReader], text: str, intent: str, wanted: Wish) -> None:
    assert wish(reading, text, intent) == wanted


@pytest.mark.parametrize(("text", "intent"), NOT_WISHES)
def test_no_wish(reading: tuple[Normaliser, EntityFinder, WishReader], text: str, intent: str) -> None:
    assert wish(reading, text, intent) is None
