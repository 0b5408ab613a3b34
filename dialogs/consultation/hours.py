"""The half hours of a week, and the moments that follow from one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from dialogs.plain_time import COUNTY_TIME

LENGTH = timedelta(minutes=30)
_MINUTES = 30
NOTICE = timedelta(hours=1)
"""What begins sooner is not offered any more."""
EVENING = time(19)
BEFORE = timedelta(hours=2)
SILENCE = timedelta(days=3)
"""So long after its start an appointment of which nobody says anything is closed; a displaced one after a week."""
SILENCE_DISPLACED = timedelta(days=7)
FARTHEST = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Period:
    """Hours of every week: Monday is 0, minutes of the day in Asia/Shanghai, whole half hours."""

    weekday: int
    begins: int
    ends: int

    def __post_init__(self) -> None:
        """Raises ValueError for what is no period of half hours."""
        whole = self.begins % _MINUTES == 0 and self.ends % _MINUTES == 0
        if not (0 <= self.weekday <= 6 and 0 <= self.begins < self.ends <= 24 * 60 and whole):
            raise ValueError("a period is whole half hours of one day")


def starts(periods: Sequence[Period], first: date, last: date) -> Iterator[datetime]:
    """Where half hours begin on these days, in their order."""
    day = first
    while day <= last:
        minutes = {
            minute
            for period in periods
            if period.weekday == day.weekday()
            for minute in range(period.begins, period.ends, _MINUTES)
        }
        for minute in sorted(minutes):
            yield datetime.combine(day, time(minute // 60, minute % 60), COUNTY_TIME)
        day += timedelta(days=1)


def day_of(moment: datetime) -> date:
    """The day it is in Asia/Shanghai."""
    return moment.astimezone(COUNTY_TIME).date()


def part_of(moment: datetime) -> str:
    """morning, afternoon or evening."""
    hour = moment.astimezone(COUNTY_TIME).hour
    return "morning" if hour < 12 else "afternoon" if hour < 18 else "evening"


def evening_before(start: datetime) -> datetime:
    """When both sides are reminded: 19:00 of the day before."""
    return datetime.combine(day_of(start) - timedelta(days=1), EVENING, COUNTY_TIME)


def reminded(start: datetime, now: datetime) -> Literal["both", "soon", "none"]:
    """Which reminders of an appointment that is agreed on now are still to come."""
    if now < evening_before(start):
        return "both"
    return "soon" if now < start - BEFORE else "none"
