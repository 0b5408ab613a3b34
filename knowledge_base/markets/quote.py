"""What is said of a price: the figure, where and when it was paid, and how it stands to what was before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from knowledge_base.markets.models import Kind
from knowledge_base.markets.nearness import Nearness

FRESH = timedelta(days=14)
"""An older price is history: it is told as such, and crosses no alert."""
COUNTY_TIME = ZoneInfo("Asia/Shanghai")
_HUNDREDTH = Decimal("0.01")
_TENTH = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class Quote:
    """A price in 元 for each `per` (斤, or 头, 只 ... where a product is sold so), as of `day`.

    Of an official price and a sample, `market` names where; `low` and `high` are None where the source has no range.
    Of reports there is no market: they are those of a county in a fortnight, `mid` is their median, and `people` how many.
    `unit` and `figures` are as the source has them.
    """

    product: str
    variety: str
    per: str
    market: str
    market_id: int | None
    place: str
    day: date
    low: Decimal | None
    mid: Decimal
    high: Decimal | None
    unit: str
    figures: str
    source: str
    kind: Kind
    nearness: Nearness
    age: int
    """Days from `day` to today in the county."""
    kilometres: float | None = None
    people: int = 0
    came_at: datetime | None = None
    """When it came in; None for reports."""

    @property
    def old(self) -> bool:
        """Whether it must be told as history."""
        return self.age > FRESH.days


@dataclass(frozen=True, slots=True)
class Point:
    """A day of a series, in 元 for each `per` of its product."""

    day: date
    low: Decimal | None
    mid: Decimal
    high: Decimal | None
    source: str


@dataclass(frozen=True, slots=True)
class Change:
    """Against a day before: `difference` in 元 for each `per`, to the hundredth, `percent` to the tenth."""

    day: date
    then: Decimal
    difference: Decimal
    percent: Decimal

    @classmethod
    def between(cls, now: Decimal, then: Decimal, day: date) -> "Change":
        """From `then`, on `day`, to `now`. `then` is more than nothing."""
        difference = now - then
        percent = (difference / then * 100).quantize(_TENTH, ROUND_HALF_UP)
        return cls(day, then, difference.quantize(_HUNDREDTH, ROUND_HALF_UP), percent)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Last week's and last month's price of the same source at the same market, where it has them."""

    week: Change | None
    month: Change | None


@dataclass(frozen=True, slots=True)
class Listed:
    """A market that has a price of a product: its newest day there."""

    id: int
    name: str
    place: str
    day: date
    kind: Kind
    nearness: Nearness
    kilometres: float | None


def median(values: Sequence[Decimal]) -> Decimal:
    """The middle one, or the mean of both middle ones. There is at least one."""
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def written(amount: Decimal) -> str:
    """An amount in digits, with no more of them than it needs: 1.18, 120."""
    return f"{amount.normalize():f}"


def county_day(moment: datetime) -> date:
    """The day in the county."""
    return moment.astimezone(COUNTY_TIME).date()
