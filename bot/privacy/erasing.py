"""Deletion on demand: through every table of the register in one transaction, then the files."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import uuid4

from sqlalchemy import ColumnElement, Table, and_, exists, false, func, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.models import OutboxRow
from bot.delivery.policy import State
from bot.privacy.consents import set_choice
from bot.privacy.models import ErasureRow, RecordingRow
from bot.privacy.person import Account, Person
from bot.privacy.recordings import Recordings
from bot.privacy.register import Register, Rule, topics
from bot.privacy.rows import blank, remove
from bot.privacy.seal import Opener
from dialogs.booking.models import BookingRow
from dialogs.models import ConversationRow, HandledRow
from knowledge_base.models import Base
from knowledge_base.store import Store
from knowledge_base.warnings.models import PersonRow

_AT_ONCE = 200
"""Topics of one statement."""


class Scope(StrEnum):
    """How much is deleted."""

    ALL = "all"
    VOICE = "voice"
    POSITION = "position"


def _nothing(_texts: Sequence[str]) -> None:
    """No sound is kept anywhere."""


@dataclass(frozen=True, slots=True)
class Erasing:
    """Deletes over one store. `forget_sound` (it may block) is given texts that were read aloud: sound
    is kept by its content.
    """

    store: Store
    register: Register
    recordings: Recordings
    opener: Opener
    clock: Callable[[], datetime]
    forget_sound: Callable[[Sequence[str]], None] = _nothing

    async def erase(self, person: Person, scope: Scope) -> None:
        """Delete what a person wants deleted. Orders in progress are waited for: `finish` deletes them later."""
        said: list[str] = []
        async with self.store.session() as session:
            at, waits = self.clock(), False
            recordings = await self._recordings(session, person) if scope is not Scope.POSITION else []
            match scope:
                case Scope.ALL:
                    said = await self._said(session, person)
                    waits = await self._clear(session, person, None)
                case Scope.VOICE:
                    await remove(session, *_of(RecordingRow.__tablename__, person))
                    await set_choice(session, person.primary, at, voice=False)
                case Scope.POSITION:
                    await _forget_position(session, person)
                    await set_choice(session, person.primary, at, no_position=True)
            whose = person.primary if waits else (None, None)
            row = ErasureRow(id=uuid4().hex, at=at, scope=scope, done_at=None if waits else at)
            row.channel, row.user = whose
            session.add(row)
        await self.recordings.unlink(recordings)
        await asyncio.to_thread(self.forget_sound, said)

    async def drop_position(self, person: Person) -> None:
        """Take out a position that was sent although none is to be kept."""
        async with self.store.session() as session:
            await _forget_position(session, person)

    async def finish(self) -> int:
        """Delete what had to be waited for and is over by now; how many deletions are whole."""
        async with self.store.session() as session:
            waiting = (await session.scalars(select(ErasureRow).where(ErasureRow.done_at.is_(None)))).all()
        whole = 0
        for row in waiting:
            person = Person((Account(row.channel or "", row.user or ""),))
            async with self.store.session() as session:
                if await self._clear(session, person, row.at):
                    continue
                over = {"channel": None, "user": None, "done_at": self.clock()}
                await session.execute(update(ErasureRow).where(ErasureRow.id == row.id).values(over))
            whole += 1
        return whole

    async def in_progress(self, person: Person) -> dict[str, int]:
        """How many orders of a person are in progress, by table."""
        found = {}
        async with self.store.session() as session:
            for table, rule in self.register.each():
                if rule.waits:
                    query = select(func.count()).select_from(table).where(self._open(table, rule, person, None))
                    found[table.name] = await session.scalar(query) or 0
        return {name: count for name, count in found.items() if count}

    async def _clear(self, session: AsyncSession, person: Person, asked: datetime | None) -> bool:
        """Delete all that is not waited for, or, of a deletion `asked` for before, its orders; whether something is left."""
        over = {name: await self._orders(session, person, name, asked, is_open=False) for name in self._order_tables()}
        left = {name: await self._orders(session, person, name, asked, is_open=True) for name in self._order_tables()}
        help_waits = await self._mentions(session, person, over)
        for table, rule in self.register.each():
            parent = rule.under[1] if rule.under else table.name
            if rule.erase == "stays" or (asked is not None and parent not in over):
                continue
            where = self.register.mine(table, rule, person, idle=True)
            if parent in over:
                key = rule.under[0] if rule.under else "id"
                where &= table.c[key].in_(over[parent])
            if table.name == OutboxRow.__tablename__:
                kept = _like(topics_of for name in left for topics_of in self._topics(name, left[name], person))
                where &= ~and_(table.c.state == State.WAITING, kept)
            if rule.erase == "rows":
                await remove(session, table, where)
            else:
                rows = (await session.execute(select(table).where(where))).mappings().all()
                await blank(session, table, rule, rows, lambda: uuid4().hex)
        return help_waits or any(left.values())

    def _order_tables(self) -> list[str]:
        return [name for name, rule in self.register.tables.items() if rule.waits]

    async def _orders(
        self, session: AsyncSession, person: Person, name: str, asked: datetime | None, *, is_open: bool
    ) -> list[str]:
        """The ids of a person's orders."""
        table, rule = Base.metadata.tables[name], self.register.tables[name]
        open_ = self._open(table, rule, person, asked)
        where = open_ if is_open else and_(self.register.mine(table, rule, person, idle=True), _by(table, asked))
        return list((await session.scalars(select(table.c.id).where(where))).all())

    def _open(self, table: Table, rule: Rule, person: Person, asked: datetime | None) -> ColumnElement[bool]:
        states = or_(false(), *(table.c[name].in_(values) for name, values in rule.waits.items()))
        return and_(self.register.mine(table, rule, person), states, _by(table, asked))

    def _topics(self, table: str, ids: Sequence[str], person: Person) -> list[str]:
        of = (mention for mention in self.register.mentions if mention.table == table)
        return [topic for mention in of for topic in topics(mention, list(ids), person)]

    async def _mentions(self, session: AsyncSession, person: Person, over: dict[str, list[str]]) -> bool:
        """Delete what others were told about the person; whether a call for help is still under way to somebody."""
        found: list[str] = []
        waits = False
        for mention in self.register.mentions:
            if mention.table is None:
                found += topics(mention, [], person)
                waits = waits or bool(
                    await session.scalar(
                        select(exists().where(_like(topics(mention, [], person)), OutboxRow.state == State.WAITING))
                    )
                )
            elif mention.table in over:
                found += topics(mention, over[mention.table], person)
            else:
                table = Base.metadata.tables[mention.table]
                mine = self.register.mine(table, self.register.tables[mention.table], person)
                keys = await session.scalars(select(table.c[mention.column or "id"]).where(mine))
                found += topics(mention, list(keys), person)
        for start in range(0, len(found), _AT_ONCE):
            where = and_(_like(found[start : start + _AT_ONCE]), OutboxRow.state != State.WAITING)
            await remove(session, Base.metadata.tables[OutboxRow.__tablename__], where)
        return waits

    async def _recordings(self, session: AsyncSession, person: Person) -> list[str]:
        table, where = _of(RecordingRow.__tablename__, person)
        return list((await session.scalars(select(table.c.id).where(where))).all())

    async def _said(self, session: AsyncSession, person: Person) -> list[str]:
        """What the person was told aloud."""
        turns = await session.scalars(select(HandledRow.turn).where(_theirs(HandledRow.__tablename__, person)))
        replies = [reply for turn in turns for reply in self.opener.open(turn).get("replies", ())]
        replies += (
            await session.scalars(select(OutboxRow.payload).where(_theirs(OutboxRow.__tablename__, person)))
        ).all()
        return list(dict.fromkeys(reply["spoken"] for reply in replies if reply.get("spoken")))


async def _forget_position(session: AsyncSession, person: Person) -> None:
    for model in (PersonRow, BookingRow):
        table, where = _of(model.__tablename__, person)
        if model is BookingRow:  # a machine on its way must find the field
            where &= table.c.state.not_in(["asked", "offered", "accepted"])
        await session.execute(update(table).where(where).values(latitude=None, longitude=None))
    theirs = _theirs(ConversationRow.__tablename__, person)
    for row in await session.scalars(select(ConversationRow).where(theirs)):
        if row.state.get("position"):
            row.state = {**row.state, "position": None}


def _by(table: Table, asked: datetime | None) -> ColumnElement[bool]:
    """Orders placed before a deletion was asked for; later ones are not part of it."""
    return and_(True) if asked is None else table.c.created_at <= asked


def _theirs(name: str, person: Person) -> ColumnElement[bool]:
    return _of(name, person)[1]


def _of(name: str, person: Person) -> tuple[Table, ColumnElement[bool]]:
    """A table, and which of its rows are the person's by their account."""
    table = Base.metadata.tables[name]
    return table, tuple_(table.c.channel, table.c.user).in_([tuple(one) for one in person.accounts])


def _like(patterns: Iterable[str]) -> ColumnElement[bool]:
    return or_(false(), *(OutboxRow.topic.like(pattern) for pattern in patterns))
