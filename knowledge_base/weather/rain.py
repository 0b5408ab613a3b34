"""Rain of a forecast in words that hold: whether it is likely, how heavy it is, from when to when it falls."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from knowledge_base.weather.terms import Day, Hour, Sky, worst

LIKELY, POSSIBLE = 50, 25
"""Probability in % from which rain is told as coming, and as possible. Where the source tells none, its amount decides."""
MODERATE, HEAVY, STORM = 10.0, 25.0, 50.0
"""Millimetres in 24 hours at which they begin: GB/T 28592-2012."""
FROZEN = frozenset({Sky.SNOW, Sky.SLEET})
_GAP = timedelta(hours=2)
"""So long a pause is still the same rain."""

Strength = Literal["light", "moderate", "heavy", "storm"]


@dataclass(frozen=True, slots=True)
class Fall:
    """Rain or snow without a longer pause, from `begin` to `end` (aware); `amount` in mm."""

    begin: datetime
    end: datetime
    amount: float
    sky: Sky

    @property
    def strength(self) -> Strength:
        """How heavy, by the scale of 24 hours, so that a day and its hours are called the same."""
        return strength(self.amount)


def likely_rain(one: Hour | Day) -> bool:
    """Whether rain or snow is to be reckoned with."""
    if one.probability is None:
        return one.precipitation >= 0.1
    return one.probability >= LIKELY and (one.precipitation >= 0.1 or one.probability >= 70)


def possible_rain(one: Hour | Day) -> bool:
    """Whether some rain cannot be ruled out though it is not likely."""
    if likely_rain(one) or one.probability is None:
        return False
    return one.probability >= POSSIBLE or one.precipitation >= 0.3


def falls(hours: Sequence[Hour]) -> tuple[Fall, ...]:
    """The rains of some hours, in their order."""
    found: list[list[Hour]] = []
    for hour in hours:
        if not likely_rain(hour):
            continue
        if found and hour.at - found[-1][-1].at <= _GAP:
            found[-1].append(hour)
        else:
            found.append([hour])
    return tuple(
        Fall(
            run[0].at,
            run[-1].at + timedelta(hours=1),
            sum(hour.precipitation for hour in run),
            worst([hour.sky for hour in run]),
        )
        for run in found
    )


def strength(amount: float) -> Strength:
    """How heavy a rain of so many mm in 24 hours is."""
    if amount >= STORM:
        return "storm"
    if amount >= HEAVY:
        return "heavy"
    return "moderate" if amount >= MODERATE else "light"
