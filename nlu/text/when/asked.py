"""When and beside what a date was said: what the readers resolve it against."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from nlu.text.when.when import Days

_RECENT = timedelta(days=183)
"""How far back a date without a year is still taken into account."""


@dataclass(frozen=True, slots=True)
class Asked:
    """`now` is local. `year` was said before the date; `anchor` is the beginning of the range that the date ends.

    `counted`: the year was said as 去年 or 今年, not as a number.
    """

    now: datetime
    year: int | None = None
    counted: bool = False
    anchor: Days | None = None
    anchor_time: time | None = None

    @property
    def today(self) -> date:
        """The day at the speaker's."""
        return self.now.date()

    @property
    def start(self) -> date:
        """Dates without more are looked for from here on."""
        return self.anchor.first if self.anchor else self.today

    def coming(self, rounds: Sequence[Days | date]) -> tuple[Days, ...]:
        """Of what comes round, in order of time, the next one, then the one just past; nothing if the next does not exist.

        A bare date in `rounds` stands where a day would be that its month has not (2月29日).
        """
        place = next((at for at, found in enumerate(rounds) if _end(found) >= self.start), len(rounds))
        if place == len(rounds):
            return ()
        main = rounds[place]
        if not isinstance(main, Days):
            return ()
        past = rounds[place - 1] if place else None
        if self.anchor or not isinstance(past, Days):
            return (main,)
        recent = past.last.year == self.today.year or self.today - past.last <= _RECENT
        return (main, past) if recent and past.last < self.today else (main,)


@dataclass(frozen=True, slots=True)
class Found:
    """The text up to `end` names these days, likeliest first; none: it looks like a date that there is not."""

    end: int
    days: tuple[Days, ...]
    part: str | None = None
    """Word for the part of the day that it ends in."""
    or_part: str | None = None


def _end(found: Days | date) -> date:
    return found.last if isinstance(found, Days) else found
