"""The roll-up: what happened is added to the counts of its day, and goes, in one transaction.

There is no watermark to be wrong: whatever is still there has not been counted, however late it was committed and
whatever the clock said; a crash leaves both or neither.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge_base.statistics.models import DayCountRow, TallyRow
from knowledge_base.statistics.terms import QUESTIONS, Facet, What, narrower, scopes
from knowledge_base.store import Store

PORTION = 2_000
"""Rows of one transaction: the database is for others in between."""
_KEY = ("facet", "place", "day", "key", "outcome")


class RollUp:
    """Of one store. Several at once take different rows."""

    def __init__(self, store: Store, portion: int = PORTION) -> None:
        self._store = store
        self._portion = portion

    async def run(self) -> int:
        """Add everything that has been committed; how many rows."""
        done = 0
        while True:
            async with self._store.session() as session:
                taken = await self.take(session)
            done += taken
            if taken < self._portion:
                return done

    async def take(self, session: AsyncSession) -> int:
        """Add one portion in the caller's transaction; how many rows it had."""
        oldest = select(TallyRow.id).order_by(TallyRow.id).limit(self._portion).with_for_update(skip_locked=True)
        # All columns, not the entity: what is deleted cannot be loaded.
        columns = TallyRow.__table__.columns
        gone = delete(TallyRow).where(TallyRow.id.in_(oldest)).returning(*columns)
        rows = (await session.execute(gone.execution_options(synchronize_session=False))).all()
        await add(session, (TallyRow(**row._mapping) for row in rows))  # noqa: SLF001 - SQLAlchemy's public name
        return len(rows)


async def add(session: AsyncSession, tallies: Iterable[TallyRow]) -> None:
    """Add to the counts in the caller's transaction."""
    counts: Counter[tuple[object, ...]] = Counter()
    for tally in tallies:
        for place, facet, key, outcome in _cells(tally):
            counts[facet, place, tally.day, key, outcome] += tally.count
    if not counts:
        return
    # In one order everywhere: two processes that add to the same counts wait for each other instead of for ever.
    rows = [dict(zip((*_KEY, "count"), (*cell, count), strict=True)) for cell, count in sorted(counts.items(), key=str)]
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = insert(DayCountRow)
    more = {"count": DayCountRow.count + statement.excluded.count}
    await session.execute(statement.on_conflict_do_update(index_elements=list(_KEY), set_=more), rows)


def _cells(tally: TallyRow) -> Iterator[tuple[str, Facet, str, str]]:
    """Place, facet, key and outcome of every count that it is part of."""
    if tally.what == What.DELIVERY:
        yield "", Facet.DELIVERY, tally.channel, tally.outcome
        return
    of = "question" if tally.outcome in QUESTIONS else "other"
    for place in scopes(tally.place):
        yield place, Facet.TOPIC, tally.topic, tally.outcome
        yield place, Facet.HOUR, f"{tally.hour:02d}", of
        yield place, Facet.CHANNEL, tally.channel, tally.how
        if tally.first:
            yield place, Facet.PEOPLE, tally.channel, ""
        if tally.subject:
            yield place, Facet.SUBJECT, tally.subject, tally.outcome
    for place, within in narrower(tally.place):
        yield place, Facet.REGION, within, tally.outcome
