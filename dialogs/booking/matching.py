"""Who can do a job, on which day, and who is asked first. Pure: what is known of the machines comes in."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from math import ceil
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from dialogs.booking import hours
from dialogs.booking.nearness import Spot, assumed_kilometres, kilometres
from dialogs.booking.terms import Wish

DATA = Path(__file__).with_name("matching.yaml")
CENT = Decimal("0.01")


class Weights(BaseModel):
    """What counts how much, in 元: see matching.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    km: float
    job_lately: float
    day_later: float
    pooled: float
    crowded: float


class Rules(BaseModel):
    """The shipped rules of matching.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    weights: Weights
    pool_km: float
    lately_days: int
    most_days: int


@cache
def rules() -> Rules:
    """The shipped rules."""
    return Rules.model_validate(yaml.safe_load(DATA.read_text("utf-8")))


@dataclass(frozen=True, slots=True)
class Load:
    """A machine's day: 亩 that are taken, 亩 for which it is asked and has not answered, and plots nearby of the same job."""

    capacity: Decimal
    taken: Decimal = Decimal(0)
    offered: Decimal = Decimal(0)
    pooled: int = 0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A machine, with what is known of its provider. `loads` has the days on which anything is known; others are free."""

    machine: str
    provider: str
    provider_name: str
    base: Spot
    capacity: Decimal
    """亩 a day"""
    crops: frozenset[str]
    """Those it is good for; all where it is empty."""
    areas: frozenset[str]
    """Beginnings of the codes of the places served."""
    prices: Mapping[tuple[str, str], Decimal]
    """元 per 亩 by service and crop; the crop is empty for any."""
    jobs_lately: int = 0
    loads: Mapping[date, Load] | None = None
    off: frozenset[date] = frozenset()

    def load(self, day: date) -> Load:
        """How full a day is."""
        return (self.loads or {}).get(day) or Load(self.capacity)


@dataclass(frozen=True, slots=True)
class Option:
    """A machine on a day. `cost` is what options are compared by; the price alone is `total`."""

    candidate: Candidate
    day: date
    last_day: date
    price: Decimal
    total: Decimal
    distance_km: float | None
    pooled: int
    cost: float


def spread(area: Decimal, capacity: Decimal, first: date) -> Sequence[tuple[date, Decimal]]:
    """The days that an area takes and how much of each: one, or whole days one after another and the rest on the last."""
    count = max(1, ceil(area / capacity))
    rest = area - capacity * (count - 1)
    return [(first + timedelta(days=n), capacity if n < count - 1 else rest) for n in range(count)]


def price_of(prices: Mapping[tuple[str, str], Decimal], wish: Wish) -> Decimal | None:
    """元 per 亩: that for the crop, else that for any."""
    return prices.get((wish.service, wish.crop or ""), prices.get((wish.service, "")))


def suits(candidate: Candidate, wish: Wish) -> Decimal | None:
    """The price at which a machine does the job in that place; None if it does not."""
    if candidate.crops and wish.crop and wish.crop not in candidate.crops:
        return None
    if not any(wish.place.startswith(area) for area in candidate.areas):
        return None
    return price_of(candidate.prices, wish)


def days(candidate: Candidate, wish: Wish, now: datetime, rule: Rules | None = None) -> Iterator[Option]:
    """Every day of the wish on which the machine can begin, in their order.

    A job bigger than a day takes whole days one after another; it may end after the last day that suits, but begins before.
    """
    rule = rule or rules()
    price = suits(candidate, wish)
    if price is None or wish.area_mu > candidate.capacity * rule.most_days:
        return
    plot = Spot(wish.place, wish.position)
    day = max(wish.first, hours.today(now))
    while day <= wish.last:
        parts = spread(wish.area_mu, candidate.capacity, day)
        if hours.still_open(day, wish.part, now) and all(_room(candidate, one, mu) for one, mu in parts):
            total = (price * wish.area_mu).quantize(CENT)
            pooled = candidate.load(day).pooled
            cost = float(total) + _extra(candidate, plot, wish, parts, rule.weights)
            distance = kilometres(candidate.base, plot)
            yield Option(candidate, day, parts[-1][0], price, total, distance, pooled, cost)
        day += timedelta(days=1)


def ranked(candidates: Iterable[Candidate], wish: Wish, now: datetime, rule: Rules | None = None) -> Sequence[Option]:
    """The best day of each machine, the one to be asked first before the others."""
    best = (min(days(one, wish, now, rule), key=_order, default=None) for one in candidates)
    return sorted((option for option in best if option), key=_order)


def _order(option: Option) -> tuple[float, date, str]:
    return option.cost, option.day, option.candidate.machine


def _room(candidate: Candidate, day: date, area: Decimal) -> bool:
    load = candidate.load(day)
    return day not in candidate.off and load.taken + area <= load.capacity


def _extra(
    candidate: Candidate, plot: Spot, wish: Wish, parts: Sequence[tuple[date, Decimal]], weights: Weights
) -> float:
    """What counts beside the price."""
    day, area = parts[0]
    load = candidate.load(day)
    extra = weights.km * assumed_kilometres(candidate.base, plot)
    extra += weights.job_lately * candidate.jobs_lately
    extra += weights.day_later * (day - wish.first).days
    if load.pooled:
        extra -= weights.pooled
    if load.offered and load.taken + load.offered + area > load.capacity:
        extra += weights.crowded
    return extra
