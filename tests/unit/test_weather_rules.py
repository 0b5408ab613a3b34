"""The rules of field work and of weather that hurts crops: their data, and what they make of a forecast."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from dialogs.digest.calendar import calendar, season
from dialogs.topics.weather_words import weather_words, work_words
from knowledge_base.weather.need import Need
from knowledge_base.weather.rain import falls, likely_rain, possible_rain, strength
from knowledge_base.weather.terms import CHINA, Forecast, Sky
from knowledge_base.weather.threats import Season, threat_rules, threats_in
from knowledge_base.weather.wind import beaufort
from knowledge_base.weather.work import Limit, WorkRules, remarks, suited, work_rules
from knowledge_base.weather.zones import zone_of
from nlu.text.when.almanac import TERMS
from nlu.words import Words
from tests.fakes.weather import Made, made_forecast

NOW = datetime(2026, 6, 8, 1, 0, tzinfo=UTC)
MILD = Made(16, 26, wind=2.0, humidity=60)


def forecast(*days: Made) -> Forecast:
    return made_forecast(NOW, days)


def day(number: int, hour: int = 0) -> datetime:
    return datetime(2026, 6, 8 + number, hour, tzinfo=CHINA)


def windows(work: str, *days: Made, of: int = 0) -> list[tuple[int, int]]:
    found = suited(work_rules().works[work], forecast(*days), day(of), day(of + 1))
    return [(one.begin.astimezone(CHINA).hour, one.end.astimezone(CHINA).hour) for one in found.windows]


def against(work: str, *days: Made, of: int = 0) -> tuple[str, ...]:
    return suited(work_rules().works[work], forecast(*days), day(of), day(of + 1)).against


def test_spraying_wants_little_wind_no_rain_for_six_hours_and_no_heat() -> None:
    assert windows("spraying", MILD, MILD) == [(6, 19)]
    assert windows("spraying", replace(MILD, rain=(15, 17, 1.0)), MILD) == [(6, 9)]
    assert against("spraying", replace(MILD, wind=6.0)) == ("wind",)
    assert windows("spraying", replace(MILD, low=24, high=36), MILD)[0][1] <= 11
    assert "rain_soon" in against("spraying", replace(MILD, rain=(15, 17, 1.0)), MILD)


def test_a_fresh_breeze_is_allowed_with_care() -> None:
    found = suited(work_rules().works["spraying"], forecast(replace(MILD, wind=4.0)), day(0), day(1))
    assert found.windows[0].care == ("breeze",)


def test_drying_wants_five_dry_hours() -> None:
    assert windows("drying", MILD, MILD) == [(8, 17)]
    assert windows("drying", replace(MILD, rain=(13, 18, 1.0)), MILD) == []
    assert against("drying", replace(MILD, humidity=90)) == ("damp",)
    assert windows("drying", replace(MILD, humidity=75), MILD) == [(8, 17)]


def test_watering_waits_for_rain_that_is_coming() -> None:
    wet = replace(MILD, rain=(10, 20, 1.0))
    assert against("watering", MILD, wet) == ("rain_is_coming",)
    assert windows("watering", MILD, MILD, MILD) == [(6, 20)]
    assert against("watering", Made(-6, 1), Made(-6, 1)) == ("frozen",)


def test_no_fertiliser_before_heavy_rain_nor_seed_into_mud() -> None:
    heavy = replace(MILD, rain=(0, 20, 2.0))
    assert against("topdressing", MILD, heavy, of=0) == ("heavy_rain_soon",)
    assert "wet_ground" in against("sowing", heavy, MILD, of=1)
    assert "wet_crop" in against("harvesting", replace(MILD, rain=(0, 8, 2.0)), MILD)


def test_rice_is_not_transplanted_in_cold_or_wind_nor_a_greenhouse_opened_in_a_gale() -> None:
    assert "cold" in against("transplanting", Made(5, 14))
    assert "strong_wind" in against("transplanting", replace(MILD, wind=9.0))
    assert against("airing", replace(MILD, wind=12.0)) == ("gale",)


def test_a_day_without_hours_is_judged_as_a_whole() -> None:
    whole = replace(forecast(MILD, replace(MILD, rain=(8, 18, 1.0))), hours=())
    good = suited(work_rules().works["drying"], whole, day(0), day(2))
    assert good.by_day
    assert [one.begin.astimezone(CHINA).date() for one in good.windows] == [date(2026, 6, 8)]
    assert suited(work_rules().works["drying"], whole, day(5), day(6)).known == 0


def test_every_rule_has_words_and_every_word_a_rule() -> None:
    rules, words = work_rules(), work_words()
    assert set(words.works) == set(rules.works) == set(weather_words().works)
    assert set(words.reasons) == rules.reasons
    assert {reason for special in words.of_work.values() for reason in special} <= rules.reasons
    assert set(rules.remarks) <= set(weather_words().say)
    assert set(words.implied) | {one for implied in words.implied.values() for one in implied} <= rules.reasons


def test_a_rule_without_a_source_or_a_limit_that_limits_nothing_is_refused() -> None:
    kept = work_rules().model_dump()
    nothing: dict[str, object] = {}
    for sources in (nothing, kept["sources"] | {"unused": kept["sources"]["uav"]}):
        with pytest.raises(ValidationError):
            WorkRules.model_validate(kept | {"sources": sources})
    for limit in (
        {"of": "wind"},
        {"of": "rain_ahead", "above": 1},
        {"of": "sky", "above": 1},
        {"of": "wind", "above": 1, "within": 2},
    ):
        with pytest.raises(ValidationError):
            Limit.model_validate(limit | {"weight": "stop", "reason": "x"})
    with pytest.raises(ValidationError):
        Need.model_validate({"of": "low"})


def test_remarks_of_a_day() -> None:
    known = forecast(Made(2, 12), Made(-5, 3), Made(25, 36), Made(10, 20, wind=15), Made(10, 20, rain=(0, 20, 2.0)))
    assert [remarks(known, one) for one in known.days] == [("frost",), ("freeze",), ("heat",), ("gale",), ("downpour",)]


@pytest.mark.parametrize(
    ("speed", "step"), [(0.0, 0), (0.3, 1), (3.3, 2), (3.4, 3), (5.4, 3), (5.5, 4), (10.8, 6), (40, 12)]
)
def test_wind_in_steps(speed: float, step: int) -> None:
    assert beaufort(speed) == step


def test_rain_is_told_by_probability_where_there_is_one() -> None:
    wet = forecast(replace(MILD, rain=(3, 5, 1.0))).hours[3]
    assert likely_rain(wet)
    assert likely_rain(replace(wet, probability=None))
    assert not likely_rain(replace(wet, probability=30))
    assert possible_rain(replace(wet, probability=30))
    assert likely_rain(replace(wet, probability=80, precipitation=0.0))
    assert [strength(amount) for amount in (1, 10, 25, 50)] == ["light", "moderate", "heavy", "storm"]


def test_a_pause_of_an_hour_is_the_same_rain() -> None:
    hours = list(forecast(replace(MILD, rain=(3, 9, 1.0))).hours)
    hours[5] = replace(hours[5], precipitation=0.0, probability=5)
    assert [(one.begin, one.end, one.amount) for one in falls(hours)] == [(day(0, 3), day(0, 9), 5.0)]


@pytest.mark.parametrize(
    ("rule", "place", "crop", "today", "bad"),
    [
        ("fruit_flower_frost", "370783", "苹果", date(2027, 4, 5), Made(-1, 12)),
        ("wheat_late_frost", "411424", "小麦", date(2027, 4, 5), Made(0, 12)),
        ("wheat_dry_hot_wind", "411424", "小麦", date(2027, 5, 25), Made(20, 35, wind=4, humidity=25)),
        ("wheat_ripe_rain", "411424", "小麦", date(2027, 6, 5), Made(18, 26, Sky.RAIN, rain=(6, 18, 1.5))),
        ("autumn_frost", "230183", "玉米", date(2027, 9, 15), Made(0, 12)),
        ("rapeseed_freeze", "430121", "油菜", date(2027, 1, 10), Made(-7, 2)),
        ("tea_frost", "330100", "茶树", date(2027, 3, 20), Made(2, 12)),
        ("greenhouse_gale", "370783", "番茄", date(2027, 2, 1), Made(-2, 5, wind=15)),
        ("greenhouse_snow", "370783", "番茄", date(2027, 1, 5), Made(-8, -2, Sky.SNOW, rain=(0, 10, 1.0))),
    ],
)
def test_weather_that_hurts_a_crop_in_its_season_and_region(
    rule: str, place: str, crop: str, today: date, bad: Made
) -> None:
    fine = Made(14, 24, wind=2)

    def found(*days: Made, at: str = place, of: str = crop, on: date = today) -> list[str]:
        known = made_forecast(datetime(on.year, on.month, on.day, 8, tzinfo=CHINA), days)
        return [threat.name for threat in threats_in(known, at, [of], on)]

    assert rule in found(fine, bad)
    assert rule not in found(fine, fine)
    assert rule not in found(fine, bad, of="香蕉")
    assert rule not in found(fine, fine, fine, fine, fine, bad), "too far to alarm anybody"
    assert rule not in found(fine, bad, at="990000")


def test_cold_for_seedlings_needs_three_days_and_a_sample_alarms_nobody() -> None:
    today, cold = date(2027, 4, 1), Made(6, 13)
    now = datetime(2027, 4, 1, 8, tzinfo=CHINA)
    three = made_forecast(now, (cold, cold, cold, MILD))
    (threat,) = [one for one in threats_in(three, "430121", ["水稻"], today) if one.name == "rice_seedling_cold"]
    assert (threat.first, threat.last, threat.low, threat.high) == (today, today + timedelta(days=2), 6, 13)
    assert threats_in(made_forecast(now, (cold, cold, MILD)), "430121", ["水稻"], today) == ()
    assert threats_in(replace(three, sample=True), "430121", ["水稻"], today) == ()
    august = datetime(2027, 10, 20, 8, tzinfo=CHINA)
    assert threats_in(made_forecast(august, (cold, cold, cold)), "430121", ["水稻"], august.date()) == ()


def test_a_season_may_go_over_the_turn_of_the_year() -> None:
    winter = Season.model_validate({"zones": ["yangtze"], "from": "12-1", "to": "3-10"})
    assert winter.holds("yangtze", date(2027, 1, 5))
    assert winter.holds("yangtze", date(2026, 12, 1))
    assert not winter.holds("yangtze", date(2027, 4, 1))
    assert not winter.holds("south", date(2027, 1, 5))


def test_zones() -> None:
    assert [zone_of(code) for code in ("230183", "411424", "62", "430121", "510121", "441481", "99")] == [
        "northeast", "north", "northwest", "yangtze", "southwest", "south", None,
    ]  # fmt: skip


def test_no_advice_names_a_pesticide_or_a_dose(words: Words) -> None:
    said = [line.say for lines in calendar().terms.values() for line in lines]
    said += [text for rule in threat_rules().rules.values() for text in (rule.what, rule.do)]
    chemicals = [term for term in words.terms if term.kind in {"pesticide", "fertiliser"} and len(term.standard) > 1]
    for text in said:
        assert not re.search(
            r"\d+(克|斤|公斤|毫升|倍|袋|瓶)|[一二两三四五六七八九十百千]+(克|公斤|毫升|倍液|袋|瓶)|打药|喷药|农药|药剂",
            text,
        ), text
        assert not [
            term.standard for term in chemicals if term.standard in text and term.standard not in {"底肥", "追肥"}
        ], text


def test_crops_of_the_rules_are_terms_of_the_lexicon(words: Words) -> None:
    known = {term.standard for term in words.terms if term.kind == "crop"}
    ruled = {crop for rule in threat_rules().rules.values() for crop in rule.crops}
    grouped = {crop for group in calendar().groups.values() for crop in group}
    lined = {line.of for lines in calendar().terms.values() for line in lines} - set(calendar().groups) - {"any"}
    assert ruled | grouped | lined <= known


def test_the_season_by_term_zone_and_crop() -> None:
    assert list(calendar().terms) == TERMS
    assert all(any(line.of == "any" for line in lines) for lines in calendar().terms.values())
    north = season(date(2026, 11, 23), "north", ["小麦", "番茄"])
    assert (north.name, north.since) == ("小雪", date(2026, 11, 22))
    assert "越冬水" in north.lines[0]
    assert "大棚" in north.lines[1]
    assert len(north.lines) == 3
    assert season(date(2027, 1, 2), "yangtze", ["油菜"]).name == "冬至", "of the year before"
    assert "越冬水" not in "".join(season(date(2026, 11, 23), "south", ["小麦"]).lines)


def test_every_rule_and_source_stands_in_the_documents() -> None:
    page = (Path(__file__).parents[2] / "docs" / "weather_answers.md").read_text("utf-8")
    rules = (*work_rules().works, *work_rules().remarks, *threat_rules().rules)
    assert [name for name in rules if f"`{name}`" not in page] == []
    sources = [*work_rules().sources.values(), *threat_rules().sources.values(), *calendar().sources.values()]
    assert [one.title for one in sources if f"| {one.title} | {one.publisher} | {one.date} |" not in page] == []
