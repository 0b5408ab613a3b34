"""One transaction on appointments: rows under lock, half hours taken and given back, steps with their events."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from dialogs.booking.terms import Person
from dialogs.consultation.models import ConsultantRow, ConsultationRow, EventRow, SlotRow
from dialogs.consultation.notices import Notice, Notify, To, What
from dialogs.consultation.states import OPEN, TABLE, IllegalStep, Side, Step, follow
from dialogs.consultation.supply import is_free
from dialogs.consultation.terms import Consultant, NotPossible, NotYours, Reason, Slot, State, Way
from dialogs.consultation.views import consultant_of, view

_NUMBERS_TRIED = 50


@dataclass(frozen=True, slots=True)
class Actor:
    """Who takes a step, and as what."""

    side: Side
    person: Person | None = None

    def __str__(self) -> str:
        return f"{self.side}:{self.person.channel}:{self.person.user}" if self.person else self.side.value


SYSTEM = Actor(Side.SYSTEM)


@dataclass(frozen=True, slots=True)
class Entry:
    """A transaction at a moment."""

    session: AsyncSession
    now: datetime
    notify: Notify
    new_id: Callable[[], str]
    new_number: Callable[[], str]

    async def consultant(self, person: Person) -> Consultant:
        """The consultant who is that person. Raises `NotYours` for somebody who is none."""
        mine = (ConsultantRow.channel == person.channel, ConsultantRow.user == person.user)
        row = (await self.session.scalars(select(ConsultantRow).where(*mine))).one_or_none()
        if row is None:
            raise NotYours
        return consultant_of(row)

    async def lock(self, appointment: str) -> ConsultationRow:
        """An appointment, which nobody else changes until the transaction ends. Raises `NotYours` for an unknown one."""
        # An update locks on both databases, and comes before the first reading: what is read then is what holds.
        held = update(ConsultationRow).where(ConsultationRow.id == appointment).values(touched_at=self.now)
        held = held.returning(ConsultationRow.id).execution_options(synchronize_session=False)
        if await self.session.scalar(held) is None:
            raise NotYours
        query = select(ConsultationRow).where(ConsultationRow.id == appointment)
        return (await self.session.scalars(query.execution_options(populate_existing=True))).one()

    async def of_farmer(self, person: Person, appointment: str) -> ConsultationRow:
        """The farmer's own appointment, under lock. Raises `NotYours`."""
        row = await self.lock(appointment)
        if (row.channel, row.user) != (person.channel, person.user):
            raise NotYours
        return row

    async def of_consultant(self, person: Person, appointment: str) -> ConsultationRow:
        """An appointment with that consultant, under lock. Raises `NotYours`."""
        consultant = await self.consultant(person)
        row = await self.lock(appointment)
        if row.consultant_id != consultant.id:
            raise NotYours
        return row

    async def take(self, row: ConsultationRow, consultant: str, way: Way, start: datetime) -> None:
        """Take a half hour for an appointment, in place of the one it has. Raises `NotPossible` (`taken`)."""
        if not await is_free(self.session, consultant, way, start, self.now):
            raise NotPossible(Reason.TAKEN)
        await self.give_back(row)
        insert = postgresql.insert if self.session.get_bind().dialect.name == "postgresql" else sqlite.insert
        values = {"consultant_id": consultant, "start": start, "consultation_id": row.id}
        mine = insert(SlotRow).values(values).on_conflict_do_nothing().returning(SlotRow.consultation_id)
        if await self.session.scalar(mine) is None:
            raise NotPossible(Reason.TAKEN)
        row.consultant_id, row.way, row.start, row.placed_at = consultant, way, start, self.now

    async def give_back(self, row: ConsultationRow) -> None:
        """Free the half hour that an appointment holds."""
        await self.session.execute(delete(SlotRow).where(SlotRow.consultation_id == row.id))

    async def fresh_number(self) -> str:
        """Five digits that no open appointment has. Two transactions may find the same: the database refuses the second."""
        for _ in range(_NUMBERS_TRIED):
            number = self.new_number()
            taken = select(ConsultationRow.id).where(ConsultationRow.number == number, ConsultationRow.state.in_(OPEN))
            if await self.session.scalar(taken) is None:
                return number
        raise RuntimeError("no free number among those tried")

    def step(self, row: ConsultationRow, step: Step, by: Actor, why: str = "") -> None:
        """Take a step and write its event. Raises `NotPossible` (`over`) for what is closed, else `IllegalStep`."""
        before = State(row.state) if row.events else None
        if before is not None and before not in OPEN:
            raise NotPossible(Reason.OVER)
        if by.side not in TABLE[step].by:
            raise IllegalStep(f"{step} by {by.side}")
        after = follow(before, step)
        row.events += 1
        row.state = after
        event = EventRow(consultation_id=row.id, number=row.events, at=self.now, who=str(by), step=step, why=why)
        event.before, event.after = before, after
        self.session.add(event)

    async def said_by(self, row: ConsultationRow) -> Side | None:
        """Who has said how it went; None where nobody has."""
        if row.state not in {State.DONE, State.NOT_DONE}:
            return None
        ends = (EventRow.consultation_id == row.id, EventRow.step.in_([Step.DONE, Step.NOT_DONE]))
        who = (await self.session.scalars(select(EventRow.who).where(*ends))).one()
        return Side(who.partition(":")[0])

    async def tell(
        self,
        row: ConsultationRow,
        to: To,
        what: What,
        *,
        slots: Sequence[Slot] = (),
        why: str = "",
        once: str | None = None,
    ) -> None:
        """Tell the farmer or the consultant; of each event once, or of `once` once."""
        await self.session.flush()
        appointment = await view(self.session, row)
        person = appointment.person if to is To.FARMER else appointment.consultant.person
        if person is not None:
            topic = f"consultation:{row.id}:{to}:{what}:{once or row.events}"
            await self.notify.tell(self.session, person, topic, Notice(what, to, appointment, slots, why))
