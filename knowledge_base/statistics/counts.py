"""The counts of one store, summed over days."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from datetime import date

from sqlalchemy import ColumnElement, func, select

from knowledge_base.models import EntryRow
from knowledge_base.statistics.models import DayCountRow
from knowledge_base.statistics.period import Period
from knowledge_base.statistics.terms import Facet
from knowledge_base.store import Store

Sums = Mapping[str, Counter[str]]
"""By key, then by outcome."""


class Counts:
    """Reads; every query is of one facet in one scope, which the primary key begins with."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def of(self, facet: Facet, place: str, period: Period) -> Sums:
        """The sums of a facet."""
        query = (
            select(DayCountRow.key, DayCountRow.outcome, func.sum(DayCountRow.count))
            .where(*_within(facet, place, period))
            .group_by(DayCountRow.key, DayCountRow.outcome)
        )
        sums: defaultdict[str, Counter[str]] = defaultdict(Counter)
        async with self._store.session() as session:
            for key, outcome, count in await session.execute(query):
                sums[key][outcome] += int(count)
        return sums

    async def people(self, place: str, period: Period) -> Mapping[date, int]:
        """How many people wrote or spoke on each day; somebody on two channels is two."""
        query = (
            select(DayCountRow.day, func.sum(DayCountRow.count))
            .where(*_within(Facet.PEOPLE, place, period))
            .group_by(DayCountRow.day)
        )
        async with self._store.session() as session:
            return {day: int(count) for day, count in await session.execute(query)}

    async def titles(self, keys: Collection[str]) -> Mapping[str, str]:
        """Titles of published entries."""
        title = EntryRow.content["title"].as_string().label("title")
        query = select(EntryRow.key, title).where(EntryRow.key.in_(sorted(keys)))
        async with self._store.session() as session:
            return {row.key: row.title for row in await session.execute(query)}


def _within(facet: Facet, place: str, period: Period) -> tuple[ColumnElement[bool], ...]:
    return (
        DayCountRow.facet == facet,
        DayCountRow.place == place,
        DayCountRow.day.between(period.first, period.last),
    )
