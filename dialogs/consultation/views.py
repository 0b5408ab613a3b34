"""Consultants and appointments as values, from their rows."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from dialogs.booking.terms import Person
from dialogs.consultation.models import ConsultantRow, ConsultationRow, StoryRow
from dialogs.consultation.terms import Appointment, Consultant, Role, State, Way


def consultant_of(row: ConsultantRow) -> Consultant:
    """A consultant."""
    return Consultant(
        id=row.id,
        role=Role(row.role),
        name=row.name,
        phone=row.phone,
        person=Person(row.channel, row.user) if row.channel and row.user else None,
        kinds=tuple(row.kinds),
        areas=tuple(row.areas),
        ways=tuple(Way(way) for way in row.ways),
        office=row.office,
        link=row.link,
    )


async def view(session: AsyncSession, row: ConsultationRow) -> Appointment:
    """An appointment as it stands."""
    consultant = await session.get_one(ConsultantRow, row.consultant_id)
    reader = (await session.execute(select(StoryRow.consultant_id).where(StoryRow.consultation_id == row.id))).first()
    return Appointment(
        id=row.id,
        number=row.number,
        state=State(row.state),
        person=Person(row.channel, row.user),
        kind=row.kind,
        way=Way(row.way),
        place=row.place,
        consultant=consultant_of(consultant),
        start=row.start,
        told=reader is not None and reader[0] == row.consultant_id,
        kept=reader is not None,
    )
