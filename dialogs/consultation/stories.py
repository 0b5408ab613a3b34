"""What was told in confidence: sealed from the first word, read by one consultant, deleted by rule."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from dialogs.booking.terms import Person
from dialogs.consultation.entry import Entry
from dialogs.consultation.models import ConsultationRow, ReadingRow, StoryRow
from dialogs.consultation.terms import NotPossible, Reason, State
from dialogs.consultation.vault import Vault

AFTER = timedelta(days=30)
"""So long after its appointment was closed a story is kept."""
DRAFT = timedelta(days=1)
"""So long one is kept that belongs to no appointment yet."""


@dataclass(frozen=True, slots=True)
class Line:
    """A question and what was answered."""

    asked: str
    told: str


class Stories:
    """The stories of one ledger, within the transactions of its commands."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def add(self, entry: Entry, person: Person, draft: str, line: Line) -> None:
        """Add a line to a draft; the same line twice is one."""
        row = await _draft(entry, person, draft)
        lines = self._lines(row.sealed) if row else []
        if line not in lines:
            lines.append(line)
        sealed = self._vault.seal(json.dumps([[one.asked, one.told] for one in lines], ensure_ascii=False))
        insert = postgresql.insert if entry.session.get_bind().dialect.name == "postgresql" else sqlite.insert
        values = {
            "id": draft,
            "channel": person.channel,
            "user": person.user,
            "sealed": sealed,
            "touched_at": entry.now,
        }
        changed = {"sealed": sealed, "touched_at": entry.now}
        await entry.session.execute(
            insert(StoryRow).values(values).on_conflict_do_update(index_elements=["id"], set_=changed)
        )

    async def hand_over(self, entry: Entry, draft: str, row: ConsultationRow) -> None:
        """Let the appointment's consultant read what was told, as the farmer has agreed."""
        await entry.session.execute(
            update(StoryRow)
            .where(
                StoryRow.id == draft,
                StoryRow.channel == row.channel,
                StoryRow.user == row.user,
                StoryRow.consultation_id.is_(None),
            )
            .values(consultation_id=row.id, consultant_id=row.consultant_id, touched_at=entry.now)
        )

    async def share_again(self, entry: Entry, row: ConsultationRow) -> None:
        """Let the consultant whom the appointment is with now read it. Raises `NotPossible` (`no_story`)."""
        mine = update(StoryRow).where(StoryRow.consultation_id == row.id).values(consultant_id=row.consultant_id)
        if await entry.session.scalar(mine.returning(StoryRow.id)) is None:
            raise NotPossible(Reason.NO_STORY)

    async def read(self, entry: Entry, row: ConsultationRow) -> Sequence[Line]:
        """The story, for the consultant of the appointment; that it was read is written down. Raises `NotPossible` (`no_story`)."""
        if row.state == State.CANCELLED:
            raise NotPossible(Reason.NO_STORY)
        query = select(StoryRow).where(
            StoryRow.consultation_id == row.id,
            StoryRow.consultant_id == row.consultant_id,
            or_(StoryRow.delete_at.is_(None), StoryRow.delete_at > entry.now),
        )
        story = (await entry.session.scalars(query)).one_or_none()
        if story is None:
            raise NotPossible(Reason.NO_STORY)
        reading = ReadingRow(id=entry.new_id(), consultation_id=row.id, consultant_id=row.consultant_id, at=entry.now)
        entry.session.add(reading)
        return self._lines(story.sealed)

    async def drop_draft(self, entry: Entry, person: Person, draft: str) -> None:
        """Delete what belongs to no appointment."""
        if await _draft(entry, person, draft):
            await entry.session.execute(delete(StoryRow).where(StoryRow.id == draft))

    async def withdraw(self, entry: Entry, person: Person) -> int:
        """Delete at once all that somebody has told; how many stories."""
        mine = delete(StoryRow).where(StoryRow.channel == person.channel, StoryRow.user == person.user)
        return len((await entry.session.scalars(mine.returning(StoryRow.id))).all())

    async def kept(self, entry: Entry, person: Person) -> bool:
        """Whether there is a story of somebody."""
        mine = select(StoryRow.id).where(StoryRow.channel == person.channel, StoryRow.user == person.user).limit(1)
        return await entry.session.scalar(mine) is not None

    async def close(self, entry: Entry, row: ConsultationRow) -> None:
        """The appointment is closed: the time until the deletion begins."""
        mine = update(StoryRow).where(StoryRow.consultation_id == row.id)
        await entry.session.execute(mine.values(delete_at=entry.now + AFTER))

    async def purge(self, entry: Entry) -> int:
        """Delete what is due; how many stories."""
        draft = and_(StoryRow.consultation_id.is_(None), StoryRow.touched_at <= entry.now - DRAFT)
        due = delete(StoryRow).where(or_(StoryRow.delete_at <= entry.now, draft))
        return len((await entry.session.scalars(due.returning(StoryRow.id))).all())

    async def renew(self, entry: Entry) -> int:
        """Seal everything anew with the first key; how many stories. Afterwards the other keys are not needed."""
        rows = (await entry.session.scalars(select(StoryRow))).all()
        for row in rows:
            row.sealed = self._vault.renew(row.sealed)
        return len(rows)

    def _lines(self, sealed: str) -> list[Line]:
        return [Line(asked, told) for asked, told in json.loads(self._vault.open(sealed))]


async def shut(session: AsyncSession, consultant: str) -> None:
    """Let nobody read what was told to a consultant: their chat account is another person's now, perhaps."""
    told = update(StoryRow).where(StoryRow.consultant_id == consultant)
    await session.execute(told.values(consultant_id=None))


async def _draft(entry: Entry, person: Person, draft: str) -> StoryRow | None:
    query = select(StoryRow).where(
        StoryRow.id == draft,
        StoryRow.channel == person.channel,
        StoryRow.user == person.user,
        StoryRow.consultation_id.is_(None),
    )
    return (await entry.session.scalars(query.execution_options(populate_existing=True))).one_or_none()
