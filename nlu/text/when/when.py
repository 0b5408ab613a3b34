"""Days and times that a sentence names, as data."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Literal

Kind = Literal["day", "season", "period", "tail"]
"""What 以前 and 以后 make of it: a day, a time of the year, a week or month, the end of a month or year."""


@dataclass(frozen=True, slots=True)
class Days:
    """A run of days, both ends included."""

    first: date
    last: date
    vague: bool = False
    kind: Kind = "day"


@dataclass(frozen=True, slots=True)
class When:
    """A date or time named at `start` to `end` of a text. Days and times are those of China (Asia/Shanghai).

    `last` is inclusive. With a part of the day or a clock time, `first_time` is on `first` and `last_time` on `last`; on one day a
    `last_time` before `first_time` is after midnight, an equal one means the very moment.
    `vague`: the limits are a usual window (开春, 过两天). `alternatives`, likeliest first, are what else may be meant.
    """

    text: str
    start: int
    end: int
    first: date
    last: date
    part: str | None = None
    """dawn, early_morning, morning, noon, afternoon, dusk, evening, night, or None."""
    first_time: time | None = None
    last_time: time | None = None
    vague: bool = False
    alternatives: tuple["When", ...] = field(default=())

    @property
    def iso(self) -> str:
        """ISO 8601 in local time: a date, a moment, or an interval of either (`2026-05-03T13:00/2026-05-03T18:00`)."""
        last = self.last
        if self.first_time and self.last_time and self.first == last and self.last_time < self.first_time:
            last += timedelta(days=1)
        left, right = _iso(self.first, self.first_time), _iso(last, self.last_time)
        return left if left == right else f"{left}/{right}"

    @property
    def ambiguous(self) -> bool:
        """Whether something else may be meant as well."""
        return bool(self.alternatives)


def _iso(day: date, at: time | None) -> str:
    return day.isoformat() if at is None else datetime.combine(day, at).isoformat(timespec="minutes")
