"""Which sentences are plainly about weather, which never are, and for which time; wishes for the morning digest."""

from datetime import UTC, date, datetime

import pytest

from dialogs.topics.digests import wish_in
from dialogs.topics.weather_phrases import Phrases
from dialogs.topics.weather_time import Asked, asked_in
from dialogs.topics.weather_wish import plain_wish, understood_wish
from knowledge_base.weather.terms import Forecast
from nlu.entities import EntityFinder
from nlu.text.gazetteer import Gazetteer
from nlu.text.normalise import Normaliser
from nlu.understanding import Understanding
from nlu.values import ValueFinder, without_contradiction
from nlu.words import Words

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)

NOT_WEATHER = """
麦子遇雨咋办
霜冻后小麦咋补救
现在有啥预警
有没有暴雨预警
小麦倒伏了还能浇水吗
下雨天能打药不
打完药下雨了要重打不
打药后几个小时下雨不影响
雨后棉花掉铃怎么办
霜打了的白菜还能吃不
冻了的麦苗还能缓过来吗
什么时候浇返青水
玉米什么时候追肥
小麦什么时候打除草剂
赤霉病啥时候打药
大棚里多少度合适
猪舍温度多少合适
育苗棚晚上几度
鸡舍冬天怎么保温
鱼塘水温低鱼不吃食
天旱玉米卷叶咋办
高温天水稻空壳咋回事
麦子灌浆遇干热风怎么防
果树花期霜冻怎么预防
雨多番茄裂果
连阴雨草莓灰霉病
下霜以后还能种什么
苞米多少钱一斤
今天玉米价涨了没
天气不好菜价涨不涨
下大雨把玉米淹了保险赔不赔
冰雹砸了苹果怎么办
明天能来收麦不，五亩
后天约个收割机割稻子
明天无人机能来打药吗
每天早上六点给我报天气
早上别报了
有雨的时候提前告诉我
下雪前喊俺一声
要落雨了提前喊我一声
台风来了大棚怎么加固
打雷的时候在地里躲哪
洪水退了地里怎么弄
晒麦子晒多久能入仓
粮食晒到多干能存
麦子收早了好还是收晚了好
种麦前要不要先浇地
霜降种麦晚不晚
雨水前后种什么
清明前后种瓜点豆是真的吗
立秋以后还能种豆角吗
浇水多了黄叶怎么办
昨天打的药今天下雨了还管用不
天冷仔猪拉稀
寒潮来了鸡怎么养
明天律师有空吗
手机天气咋看不到了
雾霾对大棚菜有影响没
天热牛不吃草
什么是干热风
土地流转合同能不能改
风湿病能不能领补助
多少度的酒精消毒
"""
"""Agronomy, warnings, prices, bookings, subscriptions and the rest, all with weather in them."""

WEATHER = """
后晌下不下
这礼拜能晒麦不
明天能打药不
啥时候能打药
今黑夜冷不冷
下午三点有雨没
县里后天天气咋样
昨天下雨了没
今晚有霜没
雨啥时候停
明天刮风不
未来十天天气
霜降前有雨没
大后天多少度
这几天能浇地不
半夜下雪不
"""


@pytest.fixture(scope="module")
def understand(words: Words) -> "Reader":
    return Reader(words)


class Reader:
    """A sentence as it stands before the intent is known."""

    def __init__(self, words: Words) -> None:
        self._normalise = Normaliser(words).normalise
        self._finder = EntityFinder(words)
        self._values = ValueFinder.load(words, Gazetteer.load(), lambda: NOW)

    def __call__(self, text: str, intent: str = "agronomy") -> Understanding:
        """With its entities."""
        normalized = self._normalise(text)
        named = without_contradiction(tuple(self._finder.find(normalized)), self._values.find(normalized))
        return Understanding(text, normalized, intent, 0.5, named)


@pytest.mark.parametrize("text", NOT_WEATHER.split())
def test_a_sentence_about_something_else_is_left_alone(understand: Reader, text: str) -> None:
    assert plain_wish(understand(text), NOW) is None


def test_there_are_enough_of_them() -> None:
    assert len(set(NOT_WEATHER.split())) >= 50


@pytest.mark.parametrize("text", WEATHER.split())
def test_a_question_about_weather_is_one_whatever_its_intent(understand: Reader, text: str) -> None:
    assert plain_wish(understand(text), NOW) is not None


@pytest.mark.parametrize(
    ("text", "what", "work"),
    [
        ("明天下雪不", "snow", None),
        ("雨啥时候停", "until", None),
        ("啥时候下雨", "next_rain", None),
        ("明天几点下雨", "rain", None),
        ("小雪那天冷不冷", "temperature", None),
        ("后天有雾没", "fog", None),
        ("今晚打霜不", "frost", None),
        ("明天能晒苞米不", "work", "drying"),
        ("后天栽红薯行不", "work", "transplanting"),
        ("明天追肥中不中", "work", "topdressing"),
        ("大棚明天能放风不", "work", "airing"),
        ("后天割稻子行不行", "work", "harvesting"),
    ],
)
def test_what_is_asked(understand: Reader, text: str, what: str, work: str | None) -> None:
    wish = plain_wish(understand(text), NOW) or understood_wish(understand(text, "weather"), NOW)
    assert wish is not None
    assert (wish.what, wish.work) == (what, work)


def test_what_was_understood_as_weather_is_still_no_warning_and_no_price(understand: Reader) -> None:
    assert understood_wish(understand("现在有啥预警", "weather"), NOW) is None
    assert understood_wish(understand("天气不好菜价涨不涨", "weather"), NOW) is None


@pytest.mark.parametrize(
    ("text", "first", "last", "hours"),
    [
        ("明天", date(2026, 11, 23), date(2026, 11, 23), False),
        ("三天天气", date(2026, 11, 22), date(2026, 11, 24), False),
        ("十五天天气预报", date(2026, 11, 22), date(2026, 12, 6), False),
        ("半个月", date(2026, 11, 22), date(2026, 12, 6), False),
        ("今天明天", date(2026, 11, 22), date(2026, 11, 23), False),
        ("明天下午", date(2026, 11, 23), date(2026, 11, 23), True),
        ("夜里", date(2026, 11, 22), date(2026, 11, 23), True),
        ("十月十八", date(2026, 11, 26), date(2026, 11, 26), False),
    ],
)
def test_the_time_that_is_asked_about(text: str, first: date, last: date, hours: bool) -> None:
    asked = asked_in(text, NOW)
    assert isinstance(asked, Asked)
    assert (asked.first, asked.last, asked.hours) == (first, last, hours)


def test_no_time_and_a_day_that_cannot_be_told() -> None:
    assert asked_in("下雨不", NOW) is None
    assert asked_in("那天下雨不", NOW) == "unknown"


def test_an_hour_is_an_hour() -> None:
    asked = asked_in("下午三点", NOW)
    assert isinstance(asked, Asked)
    assert (asked.end - asked.begin).total_seconds() == 3600


@pytest.mark.parametrize(
    ("text", "subscribed", "what", "minute"),
    [
        ("每天早上六点给我报天气", False, "subscribe", 360),
        ("天天早起给俺报个天气", False, "subscribe", None),
        ("早上七点给我报天气", False, "subscribe", 420),
        ("每天晚上七点半给我发天气", False, "subscribe", 1170),
        ("每天推送天气", False, "subscribe", None),
        ("给我开通天气短信", False, "subscribe", None),
        ("每天早上给我报玉米价", False, "subscribe", None),
        ("早上别报了", True, "stop", None),
        ("别给我报天气了", True, "stop", None),
        ("天气播报取消吧", False, "stop", None),
        ("早报不要了", True, "stop", None),
        ("改到七点报", True, "change", 420),
        ("早上几点给我报天气", True, "when", None),
        ("早上别报了", False, "stop", None),
        ("别给我发价格了", True, None, None),
        ("天气的留着，价格的不要了", True, None, None),
        ("补贴什么时候发", True, None, None),
        ("晚上别给我发消息", True, None, None),
        ("每天早上六点有雨通知我", False, None, None),
        ("有暴雨告诉我", False, None, None),
        ("苞米涨到一块二告诉我", False, None, None),
        ("每周发一次菜价", False, None, None),
        ("别给我发预警了", True, None, None),
        ("玉米报价多少", False, None, None),
        ("十五天天气预报", False, None, None),
        ("明天天气咋样", True, None, None),
        ("改到七点", False, None, None),
        ("这几天别打药了", True, None, None),
    ],
)
def test_wishes_for_the_digest(
    understand: Reader, text: str, subscribed: bool, what: str | None, minute: int | None
) -> None:
    wish = wish_in(understand(text, "subscribe"), subscribed=subscribed)
    assert (wish.what if wish else None) == what
    assert wish is None or minute is None or wish.minute == minute


def test_prices_are_promised_only_where_the_digest_has_them(understand: Reader) -> None:
    daily = understand("每天早上给我报玉米价", "subscribe")
    assert wish_in(daily, subscribed=False, prices=False) is None
    assert wish_in(daily, subscribed=False, prices=True) is not None


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (-9.6, -0.4, "零下10到0度"),
        (-9.6, -1, "零下10到零下1度"),
        (-3, 4, "零下3到零上4度"),
        (2, 12, "2到12度"),
        (-0.4, 0.4, "0度"),
    ],
)
def test_degrees_as_they_are_said(low: float, high: float, said: str) -> None:
    forecast = Forecast("x", None, datetime(2026, 11, 22, tzinfo=UTC), 34.0, 115.0, (), ())
    assert Phrases(forecast, forecast.fetched_at).degrees(low, high) == said
