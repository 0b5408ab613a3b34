"""Which days suit: chosen from what was said around New Year, midnight and leap months, refused, and said back."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from dialogs.booking.days import Refused, Suiting, day_in_words, span_in_words, suiting
from nlu.text.when import DateFinder

SHANGHAI = ZoneInfo("Asia/Shanghai")
FINDER = DateFinder()
SUNDAY = datetime(2026, 11, 22, 9, 0, tzinfo=SHANGHAI)


def suits(text: str, now: datetime = SUNDAY, *, asked: bool = True) -> Suiting:
    found = suiting(text, FINDER.find(text, now), now, asked=asked)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "now", "iso", "part"),
    [
        ("后天", SUNDAY, "2026-11-24", None),
        ("大后天上午", SUNDAY, "2026-11-25", "morning"),
        ("周三", SUNDAY, "2026-11-25", None),
        ("下礼拜", SUNDAY, "2026-11-23/2026-11-29", None),
        ("初八", SUNDAY, "2026-12-16", None),
        ("腊月二十三", SUNDAY, "2027-01-30", None),
        ("明天或者后天", SUNDAY, "2026-11-23/2026-11-24", None),
        ("这几天", SUNDAY, "2026-11-22/2026-11-25", None),
        ("明天晌午", SUNDAY, "2026-11-23", "afternoon"),
        ("明天下午三点", SUNDAY, "2026-11-23", "afternoon"),
        ("明天8:30", SUNDAY, "2026-11-23", "morning"),
        ("尽快", SUNDAY, "2026-11-22/2026-11-24", None),
        ("哪天都行", SUNDAY, "2026-11-23/2026-11-29", None),
        ("后天", datetime(2026, 12, 30, 23, 59, tzinfo=SHANGHAI), "2027-01-01", None),
        ("明天", datetime(2026, 12, 31, 16, 30, tzinfo=UTC), "2027-01-02", None),
        ("元旦", datetime(2026, 12, 20, 9, 0, tzinfo=SHANGHAI), "2027-01-01", None),
        ("正月初六", datetime(2027, 1, 20, 9, 0, tzinfo=SHANGHAI), "2027-02-11", None),
    ],
)
def test_the_days_that_are_meant(text: str, now: datetime, iso: str, part: str | None) -> None:
    (span,) = suits(text, now).spans
    assert (span.iso, span.part) == (iso, part)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("昨天", Refused.PAST),
        ("上周三", Refused.PAST),
        ("今天早上五点", Refused.PAST),
        ("后年三月", Refused.FAR),
        ("明年", Refused.WIDE),
    ],
)
def test_days_that_cannot_be(text: str, why: Refused) -> None:
    days = suits(text)
    assert (days.refused, days.spans) == (why, ())


def test_a_day_that_is_over_is_hardly_next_years() -> None:
    days = suits("霜降前")
    assert days.refused is Refused.PAST
    assert [span.iso for span in days.spans] == ["2027-10-08/2027-10-22"]
    assert suits("11月20号").refused is Refused.PAST


def test_a_lunar_day_in_a_leap_month_is_asked_for() -> None:
    """In 2028 there are two fifth months."""
    days = suits("五月初十", datetime(2028, 5, 25, 9, 0, tzinfo=SHANGHAI))
    assert [span.iso for span in days.spans] == ["2028-06-02", "2028-07-02"]


def test_on_a_sunday_sunday_may_be_either() -> None:
    assert [span.iso for span in suits("礼拜天").spans] == ["2026-11-22", "2026-11-29"]


def test_a_part_of_the_day_alone_is_no_day() -> None:
    assert suits("下午吧") == Suiting(part="afternoon", text="下午")


def test_whatever_suits_means_the_days_only_where_they_were_asked_for() -> None:
    assert suiting("都行", (), SUNDAY, asked=False) is None
    assert suits("都行").spans


@pytest.mark.parametrize(
    ("first", "last", "part", "words"),
    [
        (date(2026, 11, 23), date(2026, 11, 23), None, "明天11月23号星期一"),
        (date(2026, 11, 28), date(2026, 11, 28), "morning", "11月28号星期六上午"),
        (date(2026, 11, 24), date(2026, 11, 26), None, "后天11月24号星期二到11月26号星期四"),
        (date(2027, 1, 3), date(2027, 1, 3), None, "2027年1月3号星期天"),
    ],
)
def test_days_are_said_so_that_they_cannot_be_mistaken(first: date, last: date, part: str | None, words: str) -> None:
    assert span_in_words(first, last, part, SUNDAY) == words


def test_today_is_shanghais() -> None:
    assert day_in_words(date(2026, 11, 23), datetime(2026, 11, 22, 17, 0, tzinfo=UTC)).startswith("今天")
