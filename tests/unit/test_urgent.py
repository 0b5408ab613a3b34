"""Danger is recognised, and ordinary talk of pesticides is not."""

import pytest

from dialogs.urgent import danger_in

DANGER = [
    ("俺爹误喝了农药", "poisoning"),
    ("打药打得头晕恶心是不是中毒了", "poisoning"),
    ("喝了一口敌敌畏", "poisoning"),
    ("娃娃把老鼠药吃了", "poisoning"),
    ("活不下去了", "suicide"),
    ("我不想活了", "suicide"),
    ("男人天天打我", "violence"),
    ("他拿刀要杀人", "violence"),
    ("隔壁起火了", "fire"),
    ("我爹喝了杀虫药", "poisoning"),
    ("俺娃在鱼塘边喝了农药", "poisoning"),
    ("老牛家媳妇喝农药了", "poisoning"),
    ("我在给苗打药，头晕想吐", "poisoning"),
    ("给小麦打除虫药头晕恶心", "poisoning"),
    ("我妈喝了草甘膦", "poisoning"),
    ("喝了口除草剂马上吐了", "poisoning"),
    ("媳妇喝药了", "poisoning"),
    ("农药溅到眼睛里了", "poisoning"),
    ("小娃儿把耗子药吃了", "poisoning"),
    ("让药熏着了", "poisoning"),
    ("我想喝农药死了算了", "suicide"),
    ("虫害绝收，我不想活了", "suicide"),
    ("苗都死了我也不想活了", "suicide"),
    ("活着没意思", "suicide"),
    ("老公给我打了一顿", "violence"),
    ("被我男人打了", "violence"),
    ("他天天揍我", "violence"),
    ("我风湿腿疼，老公打我", "violence"),
    ("稻草垛着了火", "fire"),
    ("蜂窝煤煤气中毒晕倒了", "gas"),
    ("沼气池下去两个人都晕倒了", "gas"),
    ("手卷进脱粒机里了", "accident"),
    ("有人触电了", "accident"),
]
CALM = [
    "牛误食了打过农药的草",
    "蜜蜂农药中毒咋预防",
    "打药打几遍",
    "苗被除草剂烧了",
    "给我打电话",
    "虫子药不死想死我了",
    "玉米螟打啥药",
    "玉米除草剂中毒咋办",
    "小麦要杀虫打啥药",
    "果树腐烂病拿刀刮了涂啥药",
    "冰雹打我家的玉米咋赔",
    "猪发高烧烧起来了",
    "累得想死",
    "鱼中毒了咋办",
    "狗吃了老鼠药咋办",
    "猪吃了打药的菜叶子吐白沫",
    "打药喝多少水",
    "打药看不清虫在哪",
    "施肥烧起来了苗黄",
    "番茄啥时候上吊绳",
    "这病真叫人头疼，打药没用",
    "怎么防止秸秆着火",
]


@pytest.mark.parametrize(("text", "name"), DANGER)
def test_danger(text: str, name: str) -> None:
    danger = danger_in(text)
    assert danger is not None
    assert danger.name == name
    assert any(number in danger.say for number in ("110", "119", "120"))


@pytest.mark.parametrize("text", CALM)
def test_calm(text: str) -> None:
    assert danger_in(text) is None
