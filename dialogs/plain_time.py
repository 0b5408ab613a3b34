"""Moments in the words that people use: 今晚八点到明早六点."""

from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, ConfigDict

DATA = Path(__file__).with_name("plain_time.yaml")
COUNTY_TIME = ZoneInfo("Asia/Shanghai")


class TimeWords(BaseModel):
    """The words, from plain_time.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    numbers: tuple[str, ...]
    two: str
    parts: dict[int, str]
    days: tuple[str, ...]
    joined: dict[str, str]
    date: str
    spoken_day: str
    hour: str
    half: str
    minutes: str
    midnight: str
    span: str
    until: str

    def number(self, value: int) -> str:
        """0 to 99 as read: 二十二."""
        tens, ones = divmod(value, 10)
        if tens == 0:
            return self.numbers[ones]
        head = self.numbers[10] if tens == 1 else self.numbers[tens] + self.numbers[10]
        return head + (self.numbers[ones] if ones else "")


@cache
def _words() -> TimeWords:
    return TimeWords.model_validate(yaml.safe_load(DATA.read_text("utf-8")))


def moment(when: datetime, now: datetime) -> str:
    """今晚八点, 后天凌晨三点半, 十一月二十八日上午九点: by how near it is to `now`."""
    return _close("".join(_said(when, now)))


def span(start: datetime | None, end: datetime, now: datetime) -> str:
    """From when to when; without a start, or once it has begun, from now on."""
    words = _words()
    day, part, said = _said(end, now)
    if start is None or start <= now:
        return words.until.format(end=_close(day + part + said))
    first = _said(start, now)
    if first[0] == day:  # 今天下午两点到五点
        day, part = "", "" if first[1] == part else part
    return words.span.format(start=_close("".join(first)), end=_close(day + part + said))


def dated_span(start: datetime | None, end: datetime, now: datetime) -> str:
    """The same by the days of the month, for what may be read a day later: 二十二号晚上八点到二十三号早上六点."""
    words = _words()
    if start is None or start <= now:
        return words.until.format(end=_dated(end))
    return words.span.format(start=_dated(start), end=_dated(end))


def figures(start: datetime | None, end: datetime, now: datetime) -> str:
    """The same in figures: 11月22日20:00—11月23日06:00."""
    first = now if start is None or start <= now else start
    return f"{in_figures(first)}—{in_figures(end)}"


def in_figures(when: datetime) -> str:
    """11月22日20:00."""
    local = when.astimezone(COUNTY_TIME)
    return _words().date.format(month=local.month, day=local.day) + local.strftime("%H:%M")


def clock(minute: int) -> str:
    """A minute of the day: 晚上十点."""
    return _part(minute // 60) + _clock(minute // 60, minute % 60)


def _said(when: datetime, now: datetime) -> tuple[str, str, str]:
    """Day, part of the day and clock."""
    words = _words()
    local, today = when.astimezone(COUNTY_TIME), now.astimezone(COUNTY_TIME).date()
    midnight = (local.hour, local.minute) == (0, 0)
    day = local.date() - timedelta(days=1) if midnight else local.date()
    away = (day - today).days
    said = (
        words.days[away]
        if 0 <= away < len(words.days)
        else words.date.format(month=words.number(day.month), day=words.number(day.day))
    )
    if midnight:
        return said, "", words.midnight
    return said, _part(local.hour), _clock(local.hour, local.minute)


def _close(said: str) -> str:
    """今天晚上八点 is 今晚八点."""
    for long, short in _words().joined.items():
        if said.startswith(long):
            return short + said.removeprefix(long)
    return said


def _dated(when: datetime) -> str:
    words, local = _words(), when.astimezone(COUNTY_TIME)
    if (local.hour, local.minute) == (0, 0):
        return words.spoken_day.format(day=words.number((local - timedelta(days=1)).day)) + words.midnight
    return words.spoken_day.format(day=words.number(local.day)) + _part(local.hour) + _clock(local.hour, local.minute)


def _part(hour: int) -> str:
    return next(part for first, part in reversed(_words().parts.items()) if hour >= first)


def _clock(hour: int, minute: int) -> str:
    words = _words()
    twelve = hour - 12 if hour > 12 else hour
    said = words.two if twelve == 2 else words.number(twelve)
    if minute == 0:
        return words.hour.format(hour=said)
    if minute == 30:
        return words.half.format(hour=said)
    late = words.number(minute) if minute >= 10 else words.numbers[0] + words.number(minute)
    return words.minutes.format(hour=said, minute=late)
