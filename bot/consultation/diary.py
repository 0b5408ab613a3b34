"""Appointments as the console shows them: when, what kind, which way, how they stand. Nothing of a farmer, nothing that was told."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, select

from dialogs.consultation.hours import day_of
from dialogs.consultation.models import ConsultantRow, ConsultationRow, DaysOffRow
from dialogs.consultation.terms import Role, State, Way
from dialogs.plain_time import COUNTY_TIME
from knowledge_base.store import Store

WEEK = 7


@dataclass(frozen=True, slots=True)
class Seen:
    """An appointment, as far as staff may see it. `consultant` is an id."""

    id: str
    consultant: str
    name: str
    role: Role
    start: datetime
    kind: str
    way: Way
    state: State


@dataclass(frozen=True, slots=True)
class ConsultantWeek:
    """Seven days of a consultant: the appointments of each day, and the days off."""

    id: str
    name: str
    role: Role
    days: Mapping[date, Sequence[Seen]]
    off: frozenset[date]


class Diary:
    """Reads one store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def one(self, appointment: str) -> Seen | None:
        """One appointment."""
        return next(iter(await self._seen(ConsultationRow.id == appointment)), None)

    async def week(self, first: date) -> Sequence[ConsultantWeek]:
        """The seven days from `first` on of all who work, and of who has appointments in them."""
        begins = datetime.combine(first, time(), COUNTY_TIME)
        ends = begins + timedelta(days=WEEK)
        found: defaultdict[str, defaultdict[date, list[Seen]]] = defaultdict(lambda: defaultdict(list))
        for seen in await self._seen(ConsultationRow.start >= begins, ConsultationRow.start < ends):
            found[seen.consultant][day_of(seen.start)].append(seen)
        days = [first + timedelta(days=number) for number in range(WEEK)]
        consultants = select(ConsultantRow).order_by(ConsultantRow.name, ConsultantRow.id)
        away = select(DaysOffRow).where(DaysOffRow.first <= days[-1], DaysOffRow.last >= first)
        async with self._store.session() as session:
            offs = (await session.scalars(away)).all()
            return [
                ConsultantWeek(
                    id=row.id,
                    name=row.name,
                    role=Role(row.role),
                    days=dict(found[row.id]),
                    off=frozenset(
                        day
                        for day in days
                        for off in offs
                        if off.consultant_id == row.id and off.first <= day <= off.last
                    ),
                )
                for row in await session.scalars(consultants)
                if row.active or row.id in found
            ]

    async def _seen(self, *which: ColumnElement[bool]) -> Sequence[Seen]:
        """Only these columns are read: who the farmer is does not leave the store."""
        query = (
            select(
                ConsultationRow.id,
                ConsultationRow.consultant_id,
                ConsultantRow.name,
                ConsultantRow.role,
                ConsultationRow.start,
                ConsultationRow.kind,
                ConsultationRow.way,
                ConsultationRow.state,
            )
            .join(ConsultantRow, ConsultantRow.id == ConsultationRow.consultant_id)
            .where(*which)
            .order_by(ConsultationRow.start, ConsultationRow.id)
        )
        async with self._store.session() as session:
            return [
                Seen(id_, consultant, name, Role(role), start, kind, Way(way), State(state))
                for id_, consultant, name, role, start, kind, way, state in await session.execute(query)
            ]
