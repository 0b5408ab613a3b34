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
]
CALM = [
    "牛误食了打过农药的草",
    "蜜蜂农药中毒咋预防",
    "打药打几遍",
    "苗被除草剂烧了",
    "给我打电话",
    "虫子药不死想死我了",
    "玉米螟打啥药",
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
