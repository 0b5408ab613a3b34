"""One job that lets go what the register says has been kept long enough."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Table, and_, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.privacy.consents import YES
from bot.privacy.erasing import Erasing
from bot.privacy.models import ConsentRow
from bot.privacy.person import NOBODY
from bot.privacy.register import Keep, Rule
from bot.privacy.rows import blank, remove
from bot.schedule import Schedule
from knowledge_base.models import Base

EVERY = timedelta(hours=1)
OWN_EVERY = timedelta(minutes=5)
SOUND = timedelta(days=30)
"""A spoken reply that nobody has heard for so long is made anew when it is said again."""
_AT_ONCE = 500
"""Rows of one transaction: the database is for others in between."""


class Forgetting:
    """Goes through the store of `erasing` by its register. `speech`: the folder of spoken replies."""

    def __init__(
        self,
        erasing: Erasing,
        speech: Path,
    ) -> None:
        self._store = erasing.store
        self._register = erasing.register
        self._erasing = erasing
        self._recordings = erasing.recordings
        self._clock = erasing.clock
        self._speech = speech

    async def run(self) -> Mapping[str, int]:
        """Let go what is too old; how many rows of each table, blanked or deleted."""
        done: dict[str, int] = {}
        for table, rule in self._register.each():
            if rule.keep is None:
                continue
            count = 0
            if rule.keep.days is not None and rule.keep.by is None:
                count += await self._old(table, rule, self._aged(table, rule.keep, timedelta(days=rule.keep.days)))
            if rule.keep.hours_without is not None:
                count += await self._without_consent(table, rule, timedelta(hours=rule.keep.hours_without))
            if count:
                done[table.name] = count
        if finished := await self._erasing.finish():
            done["erasures"] = finished
        if gone := await self._recordings.let_go():
            done["recordings"] = gone
        await self.sweep()
        return done

    async def sweep(self) -> None:
        """Delete this machine's sound that is kept no more: recordings without a row, spoken replies nobody hears."""
        await self._recordings.sweep()
        await asyncio.to_thread(self._unheard)

    def _aged(self, table: Table, keep: Keep, age: timedelta) -> ColumnElement[bool]:
        before = self._clock() - age
        other, _, column = keep.since.rpartition(".")
        if other:
            above = Base.metadata.tables[other]
            return table.c[keep.by_key or ""].in_(select(*above.primary_key).where(above.c[column] < before))
        return table.c[column] < before

    async def _old(self, table: Table, rule: Rule, aged: ColumnElement[bool]) -> int:
        keep = rule.keep
        held = keep.not_while if keep else {}
        open_ = [table.c[name].not_in(states) for name, states in (held | rule.waits).items()]
        where = and_(aged, *open_)
        if rule.erase == "rows" or not isinstance(rule.erase, dict):
            return await self._portions(table, where, lambda session, mine: remove(session, table, mine))
        somebodys = [table.c[channel] != NOBODY for channel, _ in rule.pairs]
        somebodys += [table.c[name].not_like(f"{NOBODY}%") for name, one in rule.written.items() if one.digest]
        return await self._portions(
            table,
            and_(where, *somebodys),
            lambda session, mine: self._leave_to_nobody(session, table, rule, mine),
        )

    async def _without_consent(self, table: Table, rule: Rule, age: timedelta) -> int:
        keep = rule.keep
        if keep is None or not rule.pairs:
            return 0
        channel, user = rule.pairs[0]
        # Who was never asked came before there was a question: theirs is kept as it was.
        not_agreed = or_(ConsentRow.answer.is_(None), ConsentRow.answer != YES)
        asked = select(ConsentRow.channel, ConsentRow.user).where(not_agreed)
        aged = and_(self._aged(table, keep, age), tuple_(table.c[channel], table.c[user]).in_(asked))
        if not keep.blank_without:
            return await self._old(table, rule, aged)
        filled = or_(*(table.c[name].is_not(None) for name in keep.blank_without))

        async def put(session: AsyncSession, mine: ColumnElement[bool]) -> int:
            await session.execute(update(table).where(mine).values(keep.blank_without))
            return 1

        return await self._portions(table, and_(aged, filled), put)

    async def _leave_to_nobody(self, session: AsyncSession, table: Table, rule: Rule, mine: ColumnElement[bool]) -> int:
        """The person is taken out of rows, and of those that belong to them."""
        for below, its in self._register.each():
            if its.under and its.under[1] == table.name:
                of = table.c[table.primary_key.columns.keys()[0]]
                theirs = below.c[its.under[0]].in_(select(of).where(mine))
                only = [below.c[name] == value for name, value in its.only.items()]
                rows = (await session.execute(select(below).where(theirs, *only))).mappings().all()
                await blank(session, below, its, rows, lambda: uuid4().hex)
        rows = (await session.execute(select(table).where(mine))).mappings().all()
        return await blank(session, table, rule, rows, lambda: uuid4().hex)

    async def _portions(self, table: Table, where: ColumnElement[bool], act: Callable[..., Any]) -> int:
        keys = list(table.primary_key)
        done = 0
        while True:
            async with self._store.session() as session:
                some = [tuple(row) for row in (await session.execute(select(*keys).where(where).limit(_AT_ONCE))).all()]
                if not some:
                    return done
                await act(session, tuple_(*keys).in_(some))
                done += len(some)

    def _unheard(self) -> None:
        before = (self._clock() - SOUND).timestamp()
        for path in self._speech.glob("*/*.ogg"):
            if path.stat().st_mtime < before:
                path.unlink(missing_ok=True)


def forget_regularly(schedule: Schedule, forgetting: Forgetting, clock: Callable[[], datetime]) -> None:
    """Have it done every hour; one process at a time."""

    async def forget() -> None:
        await forgetting.run()

    schedule.every(EVERY, "forget_old", forget, first=clock() + timedelta(minutes=15))


def sweep_regularly(schedule: Schedule, forgetting: Forgetting) -> None:
    """Have this process's folder follow the table, whichever process has deleted from that."""
    schedule.every(OWN_EVERY, "sweep_sound", forgetting.sweep)
