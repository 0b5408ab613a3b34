"""Days and times as farmers say them."""

import random
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from nlu.text.when import DateFinder, When, almanac
from nlu.text.when.numerals import span
from nlu.text.when.wordlist import FOLDER, load
from nlu.wordfile import WordsBroken

CHINA = ZoneInfo("Asia/Shanghai")
GOLDEN = yaml.load(
    (Path(__file__).parents[1] / "golden" / "dates.yaml").read_text(encoding="utf-8"),
    Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader),
)
LINES = [(group["now"], line["text"], line["find"]) for group in GOLDEN for line in group["lines"]]
FINDER = DateFinder()
HAN = "一二三四五六七八九"
NOON = datetime(2026, 11, 23, 12, tzinfo=CHINA)

days = st.dates(date(1990, 1, 1), date(2090, 12, 31))
moments = st.datetimes(datetime(1990, 1, 1), datetime(2090, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


def said(number: int) -> str:
    tens, ones = divmod(number, 10)
    ten = "十" if tens == 1 else HAN[tens - 1] + "十" if tens else ""
    return ten + (HAN[ones - 1] if ones else "")


def found(when: When) -> dict[str, object]:
    times = {"from": when.first_time, "to": when.last_time}
    shown: dict[str, object] = {"said": when.text, "first": when.first.isoformat()}
    if when.last != when.first:
        shown["last"] = when.last.isoformat()
    if when.part:
        shown["part"] = when.part
    shown |= {name: at.isoformat("minutes") for name, at in times.items() if at}
    if when.vague:
        shown["vague"] = True
    if when.alternatives:
        shown["or"] = [other.iso for other in when.alternatives]
    return shown | {"iso": when.iso}


@pytest.mark.parametrize(("now", "text", "expected"), LINES, ids=[f"{text}@{now[:13]}" for now, text, _ in LINES])
def test_golden(now: str, text: str, expected: list[dict[str, object]]) -> None:
    assert [found(when) for when in FINDER.find(text, datetime.fromisoformat(now))] == expected


def test_golden_is_large_enough() -> None:
    assert len(LINES) >= 170
    assert len({line["region"] for group in GOLDEN for line in group["lines"]}) >= 7


@given(days, st.integers(-300, 300))
@settings(max_examples=30)
def test_a_date_written_in_six_ways_is_read_back(day: date, away: int) -> None:
    now = datetime(day.year, day.month, day.day, 12, tzinfo=CHINA) + timedelta(days=away)
    year = "".join("〇一二三四五六七八九"[int(digit)] for digit in str(day.year))
    for text in (
        f"{day.year}年{day.month}月{day.day}号",
        f"{day.year}年{day.month}月{day.day}日",
        day.isoformat(),
        f"{day.year}/{day.month}/{day.day}",
        f"{day.year}.{day.month}.{day.day}",
        f"{year}年{said(day.month)}月{said(day.day)}号",
    ):
        (when,) = FINDER.find(f"约在{text}，行不行", now)
        assert (when.text, when.first, when.last, when.iso) == (text, day, day, day.isoformat())
        assert not when.ambiguous


@given(days)
@settings(max_examples=60)
def test_a_day_without_a_year_is_the_next_one(day: date) -> None:
    now = datetime(day.year, day.month, day.day, 7, tzinfo=CHINA)
    (when,) = FINDER.find(f"{day.month}月{day.day}号", now)
    assert when.first == day
    (late, *_) = FINDER.find(f"{said(day.day)}号", now)
    assert late.first == day


@given(days)
@settings(max_examples=30)
def test_a_lunar_day_is_read_back(day: date) -> None:
    year, month, leap = almanac.lunar_of(day)
    limits = almanac.lunar_month(year, month, leap=leap)
    assert limits is not None
    number = (day - limits[0]).days + 1
    spoken = f"初{said(number)}" if number <= 10 else said(number)
    now = datetime(day.year, day.month, day.day, 7, tzinfo=CHINA)
    (when,) = FINDER.find(f"农历{'闰' if leap else ''}{said(month)}月{spoken}", now)
    assert when.first == day or (month, number) == (12, 30)


SPEECH = "今明后昨前大天日儿晌午早晚夜黑里上下个周礼拜星期一二三四五六七八九十零两半几初廿正腊冬闰月年号点刻分到至前后以内过未来清明谷雨小满五一国庆春节麦收开春伏九0123456789.-/:： ，了的"


@given(st.text(st.sampled_from(SPEECH), max_size=24), moments)
@settings(max_examples=250)
def test_no_jumble_of_date_words_breaks_it(text: str, now: datetime) -> None:
    end = 0
    for when in FINDER.find(text, now):
        assert end <= when.start < when.end <= len(text)
        assert text[when.start : when.end] == when.text
        end = when.end
        for one in (when, *when.alternatives):
            assert one.first <= one.last
            assert one.iso
            assert not one.alternatives or one is when


@given(st.text(max_size=30), moments)
@settings(max_examples=60)
def test_any_text_at_any_time(text: str, now: datetime) -> None:
    assert all(0 <= when.start < when.end <= len(text) for when in FINDER.find(text, now))


def test_every_word_of_the_data_means_something_at_any_time() -> None:
    chance = random.Random(5)
    words = load()
    said_words = [
        word
        for entry in (*words.days.days, *words.days.parts, *words.calendar.every())
        if not getattr(entry, "cue", False)
        for word in entry.said
    ]
    for word in said_words:
        now = datetime(
            1990 + chance.randrange(100), 1 + chance.randrange(12), 1 + chance.randrange(28), 9, tzinfo=CHINA
        )
        assert [when.text for when in FINDER.find(word, now)] == [word]


TERMS = """
    2000-04-04 清明, 2008-12-21 冬至, 2021-02-03 立春, 2023-02-04 立春, 2023-04-05 清明, 2023-12-22 冬至, 2024-02-04 立春, 2024-04-04 清明,
    2024-06-21 夏至, 2024-12-21 冬至, 2025-02-03 立春, 2025-03-05 惊蛰, 2025-03-20 春分, 2025-04-20 谷雨, 2025-05-05 立夏, 2025-06-05 芒种,
    2025-08-07 立秋, 2025-09-07 白露, 2025-09-23 秋分, 2025-10-23 霜降, 2025-11-07 立冬, 2025-12-21 冬至, 2026-02-04 立春
"""


@pytest.mark.parametrize("row", TERMS.replace("\n", " ").split(","))
def test_solar_terms_of_printed_calendars(row: str) -> None:
    day, name = row.split()
    assert almanac.term(int(day[:4]), name) == date.fromisoformat(day)


@pytest.mark.parametrize(
    "day",
    [
        "1990-01-27",
        "1997-02-07",
        "2000-02-05",
        "2008-02-07",
        "2015-02-19",
        "2020-01-25",
        "2023-01-22",
        "2024-02-10",
        "2025-01-29",
        "2026-02-17",
        "2027-02-06",
    ],
)
def test_new_year_of_printed_calendars(day: str) -> None:
    assert almanac.new_year(int(day[:4])) == date.fromisoformat(day)


def test_moon_leap_months_and_dog_days_of_printed_calendars() -> None:
    assert almanac.lunar_day(2020, 8, 15) == date(2020, 10, 1)
    assert almanac.lunar_day(2025, 5, 5) == date(2025, 5, 31)
    assert {year: almanac.leap_month(year) for year in (2012, 2014, 2017, 2020, 2023, 2025, 2026, 2028, 2033)} == {
        2012: 4, 2014: 9, 2017: 6, 2020: 4, 2023: 2, 2025: 6, 2026: 0, 2028: 5, 2033: 11,
    }  # fmt: skip
    assert almanac.dog_days(2023)[:3] == (date(2023, 7, 11), date(2023, 7, 21), date(2023, 8, 10))
    assert almanac.dog_days(2024)[:3] == (date(2024, 7, 15), date(2024, 7, 25), date(2024, 8, 14))
    assert almanac.dog_days(2025)[:3] == (date(2025, 7, 20), date(2025, 7, 30), date(2025, 8, 9))
    assert almanac.lunar_day(2025, 1, 31) is None
    assert almanac.lunar_month(2026, 6, leap=True) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("三五", (3, 5)),
        ("十七八", (17, 18)),
        ("廿三", (23, 23)),
        ("一百二十", (120, 120)),
        ("五三", None),
        ("3-5", (3, 5)),
        ("", None),
    ],
)
def test_numbers(text: str, expected: tuple[int, int] | None) -> None:
    assert span(text) == expected


def test_a_clock_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        FINDER.find("明天", NOON.replace(tzinfo=None))


def test_raw_and_normalised_wording_mean_the_same() -> None:
    for raw, plain in (
        ("明儿后晌", "明天下午"),
        ("聽日上昼", "明天上午"),
        ("後天擦黑", "后天傍晚"),
        ("夜个晌午", "昨天中午"),
    ):
        (one,), (other,) = FINDER.find(raw, NOON), FINDER.find(plain, NOON)
        assert one.iso == other.iso


def test_broken_data_is_named(tmp_path: Path) -> None:
    for name in ("days.yaml", "calendar.yaml"):
        (tmp_path / name).write_text("keep: [", encoding="utf-8")
    with pytest.raises(WordsBroken, match=r"days\.yaml"):
        load(tmp_path)


def test_a_word_with_two_places_is_refused(tmp_path: Path) -> None:
    for name in ("days.yaml", "calendar.yaml"):
        text = (FOLDER / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text.replace("said: [后天,", "said: [明天, 后天,"), encoding="utf-8")
    with pytest.raises(WordsBroken, match="明天"):
        load(tmp_path)


def test_a_word_of_an_unknown_region_is_refused(tmp_path: Path) -> None:
    for name in ("days.yaml", "calendar.yaml"):
        text = (FOLDER / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text.replace("听日 south,", "听日 moon,"), encoding="utf-8")
    with pytest.raises(WordsBroken, match="moon"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("小麦后天收", ["后天"]),
        ("割麦后天去", ["后天"]),
        ("大麦后期", []),
        ("春节后天气咋样", ["春节后"]),
        ("麦后种玉米", ["麦后"]),
    ],
)
def test_a_word_that_could_be_cut_otherwise(text: str, wanted: list[str]) -> None:
    now = datetime(2026, 11, 22, 1, tzinfo=UTC)
    assert [when.text for when in DateFinder().find(text, now)] == wanted
