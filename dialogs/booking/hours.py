"""The hours of work: when a part of the day begins and ends, and how long a provider may think."""

from datetime import date, datetime, time, timedelta

from dialogs.plain_time import COUNTY_TIME

_PARTS: dict[str | None, tuple[int, int]] = {
    None: (7, 19),
    "morning": (7, 12),
    "afternoon": (13, 18),
    "evening": (18, 22),
}
"""From which hour until which."""
THINKING = timedelta(hours=2)
LATE, EARLY = 20, 6
"""Who is asked at 20:00 or later, or before 6:00, has until 8:00."""
AT_REST_UNTIL = time(8)
BEFORE_WORK = timedelta(hours=1)
"""A provider who says no so long before the work still leaves time to ask another."""
AT_LEAST = timedelta(minutes=30)
"""However near the work is, so long anybody may think."""
WORTH_STARTING = timedelta(hours=1)
"""A day with less of its part left is not offered any more."""
EVENING = time(19)


def today(now: datetime) -> date:
    """The day it is in Asia/Shanghai."""
    return now.astimezone(COUNTY_TIME).date()


def at(day: date, when: time) -> datetime:
    """A moment of a day in Asia/Shanghai."""
    return datetime.combine(day, when, COUNTY_TIME)


def begins(day: date, part: str | None) -> datetime:
    """When the part of the day begins: the morning at 7:00, the afternoon at 13:00."""
    return at(day, time(_PARTS.get(part, _PARTS[None])[0]))


def ends(day: date, part: str | None) -> datetime:
    """When the part of the day is over."""
    return at(day, time(_PARTS.get(part, _PARTS[None])[1]))


def still_open(day: date, part: str | None, now: datetime) -> bool:
    """Whether work can still be begun on that day."""
    return now <= ends(day, part) - WORTH_STARTING


def evening_before(day: date) -> datetime:
    """When both sides are reminded: 19:00 of the day before."""
    return at(day - timedelta(days=1), EVENING)


def two_hours_before(day: date, part: str | None) -> datetime:
    """When both sides are reminded again."""
    return begins(day, part) - timedelta(hours=2)


def evening_of(day: date, part: str | None) -> datetime:
    """When both sides are asked whether it was done: 19:00, or when work in the evening is over."""
    return max(at(day, EVENING), ends(day, part))


def deadline(asked: datetime, day: date, part: str | None) -> datetime:
    """Until when a provider who is asked now may answer: two hours by day, until 8:00 by night, sooner for work that is near."""
    local = asked.astimezone(COUNTY_TIME)
    if local.hour >= LATE:
        limit = at(local.date() + timedelta(days=1), AT_REST_UNTIL)
    elif local.hour < EARLY:
        limit = at(local.date(), AT_REST_UNTIL)
    else:
        limit = asked + THINKING
    return min(limit, max(begins(day, part) - BEFORE_WORK, asked + AT_LEAST))
