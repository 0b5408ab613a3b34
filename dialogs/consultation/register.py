"""The register of consultants: who they are, what they deal with, their hours."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator
from sqlalchemy import ColumnElement, delete, select

from dialogs.booking.terms import Person
from dialogs.consultation.hours import Period, day_of
from dialogs.consultation.kinds import kinds
from dialogs.consultation.models import ConsultantRow, DaysOffRow, HoursRow
from dialogs.consultation.terms import Role, Way
from dialogs.consultation.views import consultant_of
from knowledge_base.store import Store

_Code = Annotated[str, StringConstraints(pattern=r"^\d{2,12}$")]


class Card(BaseModel):
    """What is known of a consultant. `kinds` and `areas` (first digits of codes): empty for all and everywhere."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: Role
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
    phone: Annotated[str, StringConstraints(max_length=30)] = ""
    person: Person | None = None
    kinds: tuple[str, ...] = ()
    areas: tuple[_Code, ...] = ()
    ways: Annotated[tuple[Way, ...], Field(min_length=1)]
    office: Annotated[str, StringConstraints(max_length=120)] = ""
    link: Annotated[str, StringConstraints(max_length=300)] = ""
    hours: tuple[Period, ...] = ()
    active: bool = True

    @field_validator("kinds")
    @classmethod
    def _known(cls, keys: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := set(keys) - set(kinds()):
            raise ValueError(f"unknown kinds: {', '.join(sorted(unknown))}")
        return keys

    @model_validator(mode="after")
    def _reachable(self) -> "Card":
        """Each way needs what the farmer is told of it."""
        needs = {Way.PHONE: self.phone, Way.OFFICE: self.office, Way.VIDEO: self.link}
        if missing := [way for way in self.ways if not needs[way]]:
            raise ValueError(f"a number, an office or a link is missing for: {', '.join(missing)}")
        return self


@dataclass(frozen=True, slots=True)
class Off:
    """Days off, both included."""

    first: date
    last: date
    why: str


class UnknownConsultant(LookupError):
    """No consultant has this id."""


class Register:
    """The consultants of one store."""

    def __init__(
        self, store: Store, clock: Callable[[], datetime], new_id: Callable[[], str] = lambda: uuid4().hex
    ) -> None:
        self._store = store
        self._clock = clock
        self._new_id = new_id

    async def put(self, card: Card, consultant: str | None = None) -> str:
        """Add a consultant, or change the one of that id; the id. What is booked stays booked.

        Raises `UnknownConsultant`, and `sqlalchemy.exc.IntegrityError` for a person who is another consultant already.
        """
        async with self._store.session() as session:
            row = (
                ConsultantRow(id=self._new_id()) if consultant is None else await session.get(ConsultantRow, consultant)
            )
            if row is None:
                raise UnknownConsultant
            row.role, row.name, row.phone = card.role, card.name, card.phone
            row.channel, row.user = (card.person.channel, card.person.user) if card.person else (None, None)
            row.kinds, row.areas, row.ways = list(card.kinds), list(card.areas), [way.value for way in card.ways]
            row.office, row.link, row.active, row.touched_at = card.office, card.link, card.active, self._clock()
            session.add(row)
            await session.flush()
            await session.execute(delete(HoursRow).where(HoursRow.consultant_id == row.id))
            periods = {(one.weekday, one.begins): one for one in card.hours}.values()
            session.add_all(
                HoursRow(consultant_id=row.id, weekday=one.weekday, begins=one.begins, ends=one.ends) for one in periods
            )
            return row.id

    async def all(self) -> Sequence[tuple[str, Card]]:
        """All consultants by id, in the order of their names."""
        async with self._store.session() as session:
            rows = (await session.scalars(select(ConsultantRow).order_by(ConsultantRow.name, ConsultantRow.id))).all()
            hours = (await session.scalars(select(HoursRow).order_by(HoursRow.weekday, HoursRow.begins))).all()
        return [(row.id, _card(row, [one for one in hours if one.consultant_id == row.id])) for row in rows]

    async def off(self, consultant: str) -> Sequence[Off]:
        """Days off that are not over, the next ones first."""
        query = select(DaysOffRow).where(*self._off(consultant)).order_by(DaysOffRow.first, DaysOffRow.id)
        async with self._store.session() as session:
            return [Off(row.first, row.last, row.why) for row in await session.scalars(query)]

    async def back(self, consultant: str) -> None:
        """All days off that are not over are hours again. What was displaced stays so: its farmer may choose them again."""
        async with self._store.session() as session:
            await session.execute(delete(DaysOffRow).where(*self._off(consultant)))

    def _off(self, consultant: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        return DaysOffRow.consultant_id == consultant, DaysOffRow.last >= day_of(self._clock())


def _card(row: ConsultantRow, hours: Sequence[HoursRow]) -> Card:
    known = consultant_of(row)
    return Card(
        role=known.role,
        name=known.name,
        phone=known.phone,
        person=known.person,
        kinds=known.kinds,
        areas=known.areas,
        ways=known.ways,
        office=known.office,
        link=known.link,
        hours=tuple(Period(one.weekday, one.begins, one.ends) for one in hours),
        active=row.active,
    )
