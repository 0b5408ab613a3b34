"""The pesticide gate."""

from datetime import date

import pytest

from knowledge_base.safety import pesticide_gate

TODAY = date(2026, 11, 22)

ADVICE = [
    ("番茄", "用毒死蜱灌根。", "毒死蜱"),
    ("番茄", "打乐斯本，隔七天再打。", "毒死蜱"),
    ("玉米", "用甲基对硫磷喷雾。", "甲基对硫磷"),
    ("玉米", "撒呋喃丹颗粒剂。", "克百威"),
    ("花生", "拌3911防虫。", "甲拌磷"),
    (None, "草多就打百草枯。", "百草枯"),
    (None, "拌1605。", "对硫磷"),
    (None, "药耗子用三步倒。", "毒鼠强"),
    ("棉花", "禁用克百威，改用涕灭威。", "涕灭威"),
    ("棉花", "别用克百威，涕灭威效果好。", "涕灭威"),
    ("棉花", "涕灭威治得住，克百威已经禁用。", "涕灭威"),
    ("棉花", "不用克百威用涕灭威，也不能用灭多威。", "克百威"),
    ("棉花", "克百威没有禁，放心打。", "克百威"),
    ("番茄", "用毒死蜱灌根，不能用清水。", "毒死蜱"),
    (None, "打百草苦。", "百草枯"),
    (None, "拌甲 胺 磷。", "甲胺磷"),
    (None, "噴百草枯。", "百草枯"),
    (None, "用ｄｄｔ。", "滴滴涕"),
]
ALLOWED = [
    ("玉米", "用毒死蜱拌土。"),
    ("番茄", "毒死蜱在蔬菜上禁止使用。"),
    ("番茄", "别用毒死蜱、三唑磷，蔬菜上不许用。"),
    (None, "百草枯早就停止销售了，不能用。"),
    (None, "电话是 16051605。"),
    ("水稻", "打氯虫苯甲酰胺。"),
    (None, "甲胺磷、百草枯，呋喃丹，这些农药，国家都已经禁止买卖和使用。"),
    (None, "已经禁用的有甲胺磷，对硫磷，久效磷等。"),
    (None, "用百草枯是违法的。"),
    (None, "第536号公告已禁：甲拌磷（俗名3911）、甲基异柳磷、水胺硫磷。"),
    (None, "禁用甲胺磷，改用氯虫苯甲酰胺。"),
    (None, "您的权益受保护，虫多打呋虫胺。"),
]


@pytest.mark.parametrize(("crop", "sentence", "name"), ADVICE)
def test_banned_advice_is_found(crop: str | None, sentence: str, name: str) -> None:
    found = pesticide_gate().violations([sentence], crop, TODAY)
    assert name in [violation.product.name for violation in found]


@pytest.mark.parametrize(("crop", "sentence"), ALLOWED)
def test_a_warning_may_name_it(crop: str | None, sentence: str) -> None:
    assert pesticide_gate().violations([sentence], crop, TODAY) == []


def test_a_warning_does_not_cover_the_next_sentence() -> None:
    found = pesticide_gate().violations(["克百威禁止使用。可以用涕灭威。"], "棉花", TODAY)
    assert [violation.product.name for violation in found] == ["涕灭威"]


@pytest.mark.parametrize(("day", "banned"), [(date(2026, 5, 31), False), (date(2026, 6, 1), True)])
def test_a_ban_takes_effect_on_its_day(day: date, banned: bool) -> None:
    assert bool(pesticide_gate().violations(["用氧乐果治蚜虫。"], "小麦", day)) is banned


def test_an_unnamed_crop_gets_the_strictest_reading() -> None:
    assert pesticide_gate().violations(["用毒死蜱灌根。"], None, TODAY)
