"""Colour, hazard and area codes, from what Chinese issuers write."""

from pathlib import Path

import pytest
import yaml

from knowledge_base.warnings.codes import administrative_code, significant
from knowledge_base.warnings.colour import Signs, colour_of
from knowledge_base.warnings.hazards import hazard_of, hazards
from knowledge_base.warnings.terms import Colour, Severity

SUBJECTS = Path(__file__).parents[2] / "knowledge_base" / "subjects.yaml"
RED, ORANGE, YELLOW, BLUE = Colour.RED, Colour.ORANGE, Colour.YELLOW, Colour.BLUE


@pytest.mark.parametrize(
    ("name", "value", "colour"),
    [
        ("alertLevel", "Red", RED),
        ("AlertLevel", "orange", ORANGE),
        ("alert_level", "ORANGE", ORANGE),
        ("预警级别", "红色", RED),
        ("预警级别", "橙色预警", ORANGE),
        ("预警等级", "Ⅲ级/较大", YELLOW),
        ("预警等级", "Ⅰ级", RED),
        ("预警等级", "I级", RED),
        ("预警等级", "IV", BLUE),
        ("预警级别", "四级", BLUE),
        ("预警级别", "2级", ORANGE),
        ("级别", "特别重大", RED),
        ("级别", "重大", ORANGE),
        ("级别", "较大（黄色）", YELLOW),
        ("预警级别", "暴雨橙色预警信号", ORANGE),
        ("awareness_level", "3; orange; Severe", ORANGE),
        ("预警颜色", " 蓝 ", BLUE),
        ("預警級別", "黃色", YELLOW),
        ("颜色", "紅色", RED),
        ("severityColor", "Blue", BLUE),
        # A bare digit is read differently by different issuers: it says nothing.
        ("alertLevel", "1", None),
        ("alertLevel", "绿色", None),
        ("risk", "red", None),
        ("预警级别", "", None),
    ],
)
def test_parameters(name: str, value: str, colour: Colour | None) -> None:
    assert colour_of(Signs(((name, value),), (), Severity.UNKNOWN)) == colour


@pytest.mark.parametrize(
    ("headline", "colour"),
    [
        ("发布暴雨橙色预警", ORANGE),
        ("平川县气象台发布暴雨红色预警信号", RED),
        ("平川县气象台更新大风蓝色预警信号", BLUE),
        ("平川县继续发布雷电黄色预警", YELLOW),
        ("平川县发布冰雹预警[Ⅱ级/重大]", ORANGE),
        ("平川县发布大风预警【IV级/一般】", BLUE),
        ("平川县发布大风预警（III/较大）", YELLOW),
        ("暴雨蓝色预警升级为暴雨黄色预警", YELLOW),
        ("暴雨红色预警降级为橙色预警", ORANGE),
        ("发布暴雨蓝色预警，升级为黄色预警", YELLOW),
        ("解除雷电红色预警，发布暴雨蓝色预警", BLUE),
        ("发布暴雨蓝色预警，解除雷电红色预警", BLUE),
        ("平川县解除暴雨橙色预警信号", ORANGE),
        ("暴雨黄色预警、雷电橙色预警", ORANGE),
        ("解除大风红色预警、雷电橙色预警", RED),
        ("发布暴雨红色、雷电黄色预警", RED),
        ("发布暴雨红色预警，发布雷电黄色预警", RED),
        ("发布雷电橙色预警，暴雨红色预警降级为黄色预警", ORANGE),
        ("取消台风橙色预警 发布暴雨黄色预警、雷电蓝色预警", YELLOW),
        ("暴雨红色预警调整为暴雨橙色预警，解除雷电红色预警", ORANGE),
        ("黃色暴雨警告信號", YELLOW),
        ("暴雨黃色警告", YELLOW),
        ("Orange rainstorm warning in force", ORANGE),
        ("Red alert", RED),
        ("Warning level yellow", YELLOW),
        ("Flood in Red River basin", None),
        ("Rain over the Yellow River valley in the coming days", None),
        ("黄河上游大风", None),
        ("蓝天行动通知", None),
        ("红薯遇霜冻怎么办", None),
        ("暴雨预警", None),
        ("", None),
    ],
)
def test_headlines(headline: str, colour: Colour | None) -> None:
    assert colour_of(Signs((), (headline,), Severity.UNKNOWN)) == colour


@pytest.mark.parametrize(
    ("severity", "colour"),
    [
        (Severity.EXTREME, RED),
        (Severity.SEVERE, ORANGE),
        (Severity.MODERATE, YELLOW),
        (Severity.MINOR, BLUE),
        (Severity.UNKNOWN, None),
    ],
)
def test_severity_comes_last(severity: Severity, colour: Colour | None) -> None:
    assert colour_of(Signs((("other", "red"),), ("暴雨预警", None), severity)) == colour
    assert colour_of(Signs((), ("暴雨黄色预警",), severity)) is YELLOW
    assert colour_of(Signs((("预警级别", "蓝色"),), ("暴雨黄色预警",), severity)) is BLUE


def test_of_two_levels_the_graver_counts() -> None:
    named = (("预警级别", "蓝色"), ("alertLevel", "Red"))
    assert colour_of(Signs(named, (), Severity.MINOR)) is RED


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("发布台风蓝色预警", "typhoon"),
        ("暴雨", "rainstorm"),
        ("暴雪橙色预警", "snowstorm"),
        ("寒潮", "cold_wave"),
        ("大风", "gale"),
        ("沙尘暴", "sandstorm"),
        ("高温红色预警", "heat"),
        ("干旱", "drought"),
        ("雷电", "lightning"),
        ("冰雹", "hail"),
        ("霜冻", "frost"),
        ("大雾", "fog"),
        ("霾", "haze"),
        ("道路结冰", "road_ice"),
        ("雷雨大风黄色预警", "thunder_gale"),
        ("雷暴大风黄色预警", "thunder_gale"),
        ("森林（草原）火险红色预警", "wildfire"),
        ("森林火险", "wildfire"),
        ("地质灾害气象风险橙色预警", "landslide"),
        ("山洪灾害气象风险预警", "flash_flood"),
        ("干热风", "dry_hot_wind"),
        ("连阴雨", "continuous_rain"),
        ("持续低温蓝色预警", "freeze"),
        ("台风暴雨", "typhoon"),
        ("Heavy Rain", "rainstorm"),
        ("flash flood warning", "flash_flood"),
        ("要下雹子了", "hail"),
        ("河里发大水", "flood"),
        ("后山走山了", "landslide"),
        ("刮大风", "gale"),
        ("有事通知", None),
    ],
)
def test_hazards(line: str, key: str | None) -> None:
    assert hazard_of((), (line,)) == key


def test_the_event_code_goes_before_words() -> None:
    assert hazard_of(("x", " 11b15 "), ("暴雨",)) == "hail"
    assert hazard_of(("99Z99",), (None, "暴雨")) == "rainstorm"


def test_hazards_stand_on_the_knowledge_base() -> None:
    """Guidance is a subject that exists, names and codes belong to one hazard, and all types in use are there."""
    subjects = yaml.safe_load(SUBJECTS.read_text(encoding="utf-8"))
    names = [name for hazard in hazards().values() for name in (hazard.name, *hazard.names)]
    codes = [code for hazard in hazards().values() for code in hazard.codes]
    assert {key for hazard in hazards().values() for key in hazard.guidance} <= set(subjects)
    assert len(names) == len(set(names))
    assert len(codes) == len(set(codes))
    used = "台风 暴雨 暴雪 寒潮 大风 沙尘暴 高温 干旱 雷电 冰雹 霜冻 大雾 霾 道路结冰 雷雨大风 森林火险 地质灾害 山洪 干热风 连阴雨"
    assert set(used.split()) <= {hazard.name for hazard in hazards().values()}
    assert all(hazard.colours for hazard in hazards().values())


@pytest.mark.parametrize(
    ("name", "value", "code", "prefix"),
    [
        ("行政区划代码", "61", "610000000000", "61"),
        ("行政区划代码", "6105", "610500000000", "6105"),
        ("行政区划代码", "610500", "610500000000", "6105"),
        ("AdCode", "610527", "610527000000", "610527"),
        ("GB/T 2260-2007", "610527103", "610527103000", "610527103"),
        ("geocode", "610527103000", "610527103000", "610527103"),
        ("areaCode", "610527103201", "610527103201", "610527103201"),
        ("areaCode", "610527103200", "610527103200", "610527103200"),
        ("areaCode", "000000000000", None, None),
        ("areaCode", "990000", None, None),
        ("areaCode", "61052", None, None),
        ("areaCode", "\uff16\uff11\uff10\uff15\uff12\uff17", None, None),
        ("SAME", "610527", None, None),
        ("", "610527", None, None),
    ],
)
def test_area_codes(name: str, value: str, code: str | None, prefix: str | None) -> None:
    assert administrative_code(name, value) == code
    if code is not None:
        assert significant(code) == prefix
