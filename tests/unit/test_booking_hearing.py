"""What is taken for an order of machinery, what is not, and what is filled in."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from dialogs.booking.hearing import Heard, Hearing
from nlu.text.gazetteer import Gazetteer
from nlu.text.normalise import Normaliser
from nlu.text.quantities import QuantityFinder
from nlu.wordfile import Region
from nlu.words import Words

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
Hear = Callable[..., Heard]

ABOUT_SOMETHING_ELSE = (
    "小麦啥时候收最好",
    "玉米穗黑了还能收吗",
    "打什么药能治红蜘蛛",
    "水稻打药几天以后能下田",
    "打完药下雨了要不要重打",
    "一亩地播多少斤种子",
    "收割机一台卖多少钱",
    "买旋耕机国家给不给补贴",
    "收割机割台老是堵，啥毛病",
    "旋耕机的刀片多久换一回",
    "收麦子一亩多少钱",
    "今年收玉米的工钱涨了没有",
    "旋地深一点好还是浅一点好",
    "深松到底有啥用",
    "花生收早了有影响没",
    "油菜九成熟收合适不合适",
    "明天能不能打药，有没有风",
    "后天有雨，麦子能收不",
    "这几天晒谷子天气行不行",
    "插秧插几公分深",
    "一蔸插几根秧",
    "飞防一亩地用多少水",
    "无人机打药对蜜蜂有没有危害",
    "无人机打药要不要驾驶证",
    "收割机把我家水管压断了，能让他赔吗",
    "机手收完麦子多要我钱，找谁说理",
    "隔壁收割机割过界割了我三分地",
    "租地种玉米合同咋写",
    "我种了十亩麦子，发黄咋弄",
    "三亩地玉米叶子上有洞",
    "五亩水稻叶子尖尖发白",
    "八亩苹果树烂根了",
    "我家两亩大棚黄瓜不坐果",
    "三亩半地能领多少补贴",
    "家里十亩地流转出去一年多少租金",
    "后天赶集猪价咋样",
    "明天下不下雨",
    "后天刮几级风",
    "下礼拜降温不",
    "麦子收完了秸秆能不能烧",
    "秸秆还田以后要不要多上氮肥",
    "打捆的草卖给谁",
    "稻草打捆一吨能卖几个钱",
    "谷子收回来潮，咋晾",
    "烘干的玉米能做种子不",
    "给我讲讲小麦一喷三防",
    "帮我看看这个药能不能打",
    "给我说说插秧机咋保养",
    "帮我算算打药兑几桶水",
    "请问农机补贴找哪个部门",
    "找人帮我写个状子",
    "叫律师来一趟要多少钱",
    "后天约律师见面",
    "给我找个兽医，猪不吃食",
    "三头猪后天要打疫苗",
    "明天给猪打针",
    "我家羊明天要剪毛咋剪",
    "要收苹果了，采前打什么药",
    "收粮食的贩子压价咋办",
    "麦子卖给粮站还是收粮的",
    "去年收了八百斤一亩",
    "昨天割了三亩麦子",
    "别人家都收完了",
    "有预警告诉我",
    "明天的闹钟给我订一个",
    "给我唱个歌",
    "你会不会开收割机",
    "拖拉机打不着火",
    "犁地犁多深",
    "浇地一晚上要几度电",
)


@pytest.fixture(scope="module")
def hear(words: Words) -> Hear:
    """Hears a sentence as the conversation does, from somebody of a region."""
    hearing = Hearing(words, Gazetteer.load(), QuantityFinder.load(words))
    normaliser = Normaliser(words)

    def heard(text: str, region: Region | None = None, *, mended: bool = False) -> Heard:
        plain = normaliser.align(text, region).text
        if mended:
            again = hearing.again(plain, NOW, region, None, place=True)
            assert again is not None
            return again
        return hearing.read(plain, NOW, region, None)

    return heard


@pytest.fixture(scope="module")
def hearing(words: Words) -> Hearing:
    return Hearing(words, Gazetteer.load(), QuantityFinder.load(words))


@pytest.mark.parametrize("text", ABOUT_SOMETHING_ELSE)
def test_a_question_is_no_order(hear: Hear, hearing: Hearing, text: str) -> None:
    heard = hear(text)
    assert not heard.is_order, heard
    again = hearing.again(heard.text, NOW, None, None, place=False)
    assert again is None or not again.surely_order, again


@pytest.mark.parametrize(
    ("text", "region", "service", "crop", "area"),
    [
        ("后天给俺收三亩半麦子", "north", "harvest", "小麦", 3.5),
        ("明儿前晌给俺派台旋耕机，四亩", "north", "rotary_till", None, 4),
        ("俺有五亩地要耩麦子，约台播种机", "north", "sow", "小麦", 5),
        ("五亩花生请人刨", "north", "harvest", "花生", 5),
        ("给俺约个收割机，三垧地苞米", "northeast", "harvest", "玉米", 45),
        ("找飞机打药，俺家水稻二十亩", "northeast", "spray", "水稻", 20),
        ("挖洋芋的机子能约一台不，六亩", "northwest", "harvest", "马铃薯", 6),
        ("给我家派台拖拉机犁地嘛，十亩", "northwest", "plough", None, 10),
        ("帮我喊台收割机打谷子，四亩田", "southwest", "harvest", "水稻", 4),
        ("喊台机子犁田，五亩二分", "southwest", "plough", None, 5.2),
        ("帮我约插秧机，六亩", "central", "transplant", "水稻", 6),
        ("约部收割机割稻，六亩", "jiangnan", "harvest", "水稻", 6),
        ("飞防打药约一趟，稻田十五亩", "jiangnan", "spray", "水稻", 15),
        ("叫部机嚟割禾，四亩", "south", "harvest", "水稻", 4),
        ("约部机收甘蔗，三十亩", "south", "harvest", "甘蔗", 30),
        ("约台打捆机，八亩玉米秸秆", None, "bale", "玉米", 8),
        ("请人起垄，十亩", None, "ridge", None, 10),
        ("约车拉玉米，五亩地的", None, "haul", "玉米", 5),
    ],
)
def test_an_order_is_one_in_every_region(  # noqa: PLR0917
    hear: Hear, text: str, region: Region | None, service: str, crop: str | None, area: float
) -> None:
    heard = hear(text, region)
    assert heard.is_order
    assert heard.job == service
    assert heard.crops == ((crop,) if crop else ())
    assert [float(one.values[0]) for one in heard.areas] == [area]


@pytest.mark.parametrize(
    ("text", "service", "crop", "area"),
    [
        ("手三亩半卖子", "harvest", "小麦", 3.5),
        ("后填给俺首三母半麦子", "harvest", "小麦", 3.5),
        ("给我约个收割鸡割卖子，实亩", "harvest", "小麦", 10),
        ("找台选更机，舞亩", "rotary_till", None, 5),
        ("给我叫台机子梨地，酒亩", "plough", None, 9),
        ("约台茶样机，溜亩", "transplant", "水稻", 6),
        ("我要手有菜，期母", "harvest", "油菜", 7),
    ],
)
def test_what_was_misheard_is_mended_where_an_order_is_spoken_of(
    hear: Hear, text: str, service: str, crop: str | None, area: float
) -> None:
    heard = hear(text, mended=True)
    assert (heard.service or heard.verb, heard.crops) == (service, (crop,) if crop else ())
    assert [float(one.values[0]) for one in heard.areas] == [area]


def test_a_word_of_several_meanings_has_them_all_until_the_region_is_known(hear: Hear) -> None:
    assert set(hear("收谷子").crops) == {"水稻", "谷子"}
    assert hear("收谷子", "southwest").crops == ("水稻",)
    assert hear("收谷子", "north").crops == ("谷子",)


def test_measures_that_differ_from_village_to_village_are_none(hear: Hear) -> None:
    (area,) = hear("二斗田要犁").areas
    assert area.local
    assert area.values == ()


def test_of_an_area_that_may_be_several_all_are_known(hear: Hear) -> None:
    assert [
        len(hear(text, region).areas[0].values) for text, region in (("一垧地", "northwest"), ("一垧地", "northeast"))
    ] == [2, 1]
    assert [float(value) for value in hear("三四亩").areas[0].values] == [3, 4]
    assert [float(value) for value in hear("十来亩").areas[0].values] == [10]


def test_after_a_crop_the_day_is_still_the_day(hear: Hear) -> None:
    (when,) = hear("三亩小麦后天要收").whens
    assert when.first.isoformat() == "2026-11-24"


def test_a_bare_number_is_an_area_where_one_was_asked_for(hearing: Hearing) -> None:
    assert [hearing.number(text, None) for text in ("玉米", "三头猪")] == [None, None]
    for text, value in (("十五", 15), ("三个半", 3.5), ("大概5吧", 5), ("二十二", 22)):
        area = hearing.number(text, None)
        assert area is not None
        assert float(area.values[0]) == value
