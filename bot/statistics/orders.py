"""Bookings and consultations: how many of each kind stand how, and how long people waited. Counted by the day of the order.

A booking goes on changing, so the latest days are counted anew each time; what is older stays as it was counted last.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import accumulate

from sqlalchemy import Select, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from dialogs.booking.models import BookingRow, EventRow
from dialogs.booking.states import Step
from dialogs.consultation.models import ConsultationRow
from knowledge_base.statistics.counts import Counts
from knowledge_base.statistics.models import DayCountRow
from knowledge_base.statistics.period import Period
from knowledge_base.statistics.terms import COUNTY, Facet, county_day, scopes
from knowledge_base.store import Store

UNSETTLED = timedelta(days=60)
"""So long an order may still change; none is for a day that is further away."""
WAITS = (10, 30, 60, 120, 240, 480, 720, 1440, 2880, 4320, 7200, 10080, 20160, 43200)
"""Minutes up to which waiting times are told apart; what is longer counts as the longest."""
_Query = Select[str, str, str, datetime, datetime]
"""Place, kind, state, beginning and end of the waiting."""
_Cell = tuple[str, str, str]
"""Scope, kind, and state or waiting time."""
_WAIT = "wait:"
"""Before the number of a step of `WAITS` where a state would be."""


@dataclass(frozen=True, slots=True)
class Orders:
    """`states`: by kind, then by state. `waits`: by kind, the step of `WAITS` within which half of the people were served."""

    states: Mapping[str, Mapping[str, int]]
    waits: Mapping[str, int]


class OrderFigures:
    """Of one store."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock
        self._counts = Counts(store)

    async def run(self) -> None:
        """Count the latest days anew: a day a transaction, so that others are not held up."""
        today = county_day(self._clock())
        latest = Period(today - UNSETTLED, today)
        for facet, query in ((Facet.MACHINE, _bookings(latest)), (Facet.LAWYER, _consultations(latest))):
            days: dict[date, Counter[_Cell]] = {latest.first + timedelta(days=n): Counter() for n in range(latest.days)}
            async with self._store.session() as session:
                for place, kind, state, begin, end in await session.execute(query):
                    of_day = days[county_day(begin)]
                    for scope in scopes(place[:COUNTY]):
                        of_day[scope, kind, state] += 1
                        if end is not None:
                            of_day[scope, kind, f"{_WAIT}{_step((end - begin).total_seconds() / 60)}"] += 1
            for day, counts in days.items():
                async with self._store.session() as session:
                    await _keep(session, facet, day, counts)

    async def machinery(self, place: str, period: Period) -> Orders:
        """Bookings by service; people wait from the order until somebody has taken it for the first time."""
        return _orders(await self._counts.of(Facet.MACHINE, place, period))

    async def consultations(self, place: str, period: Period) -> Orders:
        """Appointments by kind; people wait from the order until the half hour that they have."""
        return _orders(await self._counts.of(Facet.LAWYER, place, period))


def _bookings(latest: Period) -> _Query:
    row = BookingRow
    taken = (
        select(func.min(EventRow.at))
        .where(EventRow.booking_id == row.id, EventRow.step == Step.ACCEPT)
        .scalar_subquery()
    )
    query = select(row.place, row.service, row.state, row.created_at, taken)
    return query.where(row.created_at >= latest.begins, row.created_at < latest.ends)


def _consultations(latest: Period) -> _Query:
    row = ConsultationRow
    query = select(row.place, row.kind, row.state, row.created_at, row.start)
    return query.where(row.created_at >= latest.begins, row.created_at < latest.ends)


async def _keep(session: AsyncSession, facet: Facet, day: date, counts: Counter[_Cell]) -> None:
    before = (DayCountRow.facet == facet, DayCountRow.day == day)
    known = select(DayCountRow.place, DayCountRow.key, DayCountRow.outcome, DayCountRow.count).where(*before)
    if {(row[0], row[1], row[2]): row[3] for row in await session.execute(known)} == counts:
        return  # nothing has changed: nothing is written
    await session.execute(delete(DayCountRow).where(*before).execution_options(synchronize_session=False))
    if counts:
        rows = [
            {"facet": facet, "day": day, "place": place, "key": kind, "outcome": state, "count": count}
            for (place, kind, state), count in counts.items()
        ]
        await session.execute(insert(DayCountRow), rows)


def _step(minutes: float) -> int:
    return min(bisect_left(WAITS, minutes), len(WAITS) - 1)


def _orders(sums: Mapping[str, Counter[str]]) -> Orders:
    states: defaultdict[str, dict[str, int]] = defaultdict(dict)
    waits: dict[str, int] = {}
    for kind, counts in sums.items():
        steps = [0] * len(WAITS)
        for name, count in counts.items():
            if name.startswith(_WAIT):
                steps[int(name.removeprefix(_WAIT))] = count
            else:
                states[kind][name] = count
        if any(steps):
            waits[kind] = WAITS[_half(steps)]
    return Orders(states, waits)


def _half(steps: Sequence[int]) -> int:
    """The first step with which at least half of them are seen."""
    return next(number for number, seen in enumerate(accumulate(steps)) if seen * 2 >= sum(steps))
