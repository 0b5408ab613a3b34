"""The days that statistics are of, as an operator chooses them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from knowledge_base.statistics.terms import COUNTY_TIME

SPANS = {"today": 1, "week": 7, "month": 30}
"""Days of the ranges that have a name, today included."""
OWN = "own"
"""The range from one day to another."""
LONGEST = 366


class BadPeriod(Exception):
    """The days are not a range; `fault` says why: `day`, `order`, `long`, `span`."""

    def __init__(self, fault: str) -> None:
        super().__init__(fault)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Period:
    """Days of Asia/Shanghai, both included."""

    first: date
    last: date

    @classmethod
    def asked(cls, given: Mapping[str, str], today: date) -> "Period":
        """From `span`, `from` and `to` of a query; seven days where nothing is said. Raises `BadPeriod`."""
        span = given.get("span", "") or (OWN if given.get("from") or given.get("to") else "week")
        if span in SPANS:
            return cls(today - timedelta(days=SPANS[span] - 1), today)
        if span != OWN:
            raise BadPeriod("span")
        first, last = _day(given.get("from", "")), _day(given.get("to", ""))
        if first > last:
            raise BadPeriod("order")
        if (last - first).days >= LONGEST:
            raise BadPeriod("long")
        return cls(first, last)

    @property
    def begins(self) -> datetime:
        """The first moment."""
        return _midnight(self.first)

    @property
    def ends(self) -> datetime:
        """The first moment that is not in it any more."""
        return _midnight(self.last + timedelta(days=1))

    @property
    def days(self) -> int:
        """How many there are."""
        return (self.last - self.first).days + 1


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text.strip()[:40])
    except ValueError:
        raise BadPeriod("day") from None
    if not date(2000, 1, 1) <= day <= date(2100, 1, 1):
        raise BadPeriod("day")
    return day


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=COUNTY_TIME)
