"""What there is of a person: counted in groups, and all of it as a copy that can be had once at an address that lapses."""

import base64
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

from sqlalchemy import RowMapping, Table, delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.models import OutboxRow
from bot.privacy.models import CopyRow, RecordingRow
from bot.privacy.person import Account, Person
from bot.privacy.recordings import Recordings
from bot.privacy.register import Register, Rule, topics
from bot.privacy.seal import Opener
from dialogs.plain_time import COUNTY_TIME
from knowledge_base.store import Store

LASTS = timedelta(hours=24)
_BYTES = 24


@dataclass(frozen=True, slots=True)
class Part:
    """What a copy holds of one table: its columns by the names that people know."""

    group: str
    rows: Sequence[Mapping[str, Any]]


class Copies:
    """Copies of what one store keeps of a person."""

    def __init__(
        self,
        store: Store,
        register: Register,
        opener: Opener,
        recordings: Recordings,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._register = register
        self._opener = opener
        self._recordings = recordings
        self._clock = clock

    async def counts(self, person: Person) -> dict[str, int]:
        """How many rows there are in each group of the register, in its order; groups without any are left out."""
        found = dict.fromkeys(self._register.groups, 0)
        async with self._store.session() as session:
            for table, rule in self._register.each():
                if rule.shows:
                    query = select(func.count()).select_from(table).where(self._register.mine(table, rule, person))
                    found[rule.group] += await session.scalar(query) or 0
        return {name: count for name, count in found.items() if count}

    async def copy(self, person: Person) -> list[Part]:
        """All of it, oldest rows first, in the order of the register's groups."""
        parts = []
        async with self._store.session() as session:
            tables = {table.name: table for table, _ in self._register.each()}
            order = list(self._register.groups)
            for name, rule in sorted(self._register.tables.items(), key=lambda one: order.index(one[1].group)):
                if rule.shows and (rows := await self._rows(session, tables[name], rule, person)):
                    parts.append(Part(rule.group, rows))
            if rows := await self._passed_on(session, person):
                parts.append(Part("told", rows))
        return parts

    async def address(self, account: Account) -> str:
        """The path of a new copy, good once and for `LASTS`; the one before it is void."""
        token = secrets.token_urlsafe(_BYTES)
        mine = (CopyRow.channel == account.channel, CopyRow.user == account.user)
        async with self._store.session() as session:
            await session.execute(delete(CopyRow).where(*mine))
            session.add(CopyRow(digest=_digest(token), **account._asdict(), until=self._clock() + LASTS))
        return f"/my-data/{token}"

    async def good(self, token: str) -> bool:
        """Whether a copy can still be had with this token."""
        query = select(CopyRow.digest).where(CopyRow.digest == _digest(token), CopyRow.until > self._clock())
        async with self._store.session() as session:
            return await session.scalar(query) is not None

    async def take(self, token: str) -> Account | None:
        """Whose copy a token gives, which it does once; None for one that is not good."""
        good = (CopyRow.digest == _digest(token), CopyRow.until > self._clock())
        async with self._store.session() as session:
            found = (
                await session.execute(delete(CopyRow).where(*good).returning(CopyRow.channel, CopyRow.user))
            ).first()
        return Account(*found) if found else None

    async def _passed_on(self, session: AsyncSession, person: Person) -> list[Mapping[str, Any]]:
        """What the person has said to somebody on duty: it stands in the messages to them only."""
        shown: dict[str, Mapping[str, Any]] = {}
        for mention in self._register.mentions:
            if mention.shows:
                like = or_(*(OutboxRow.topic.like(topic) for topic in topics(mention, [], person)))
                for row in await session.scalars(select(OutboxRow).where(like).order_by(OutboxRow.created_at)):
                    shown.setdefault(row.topic, {mention.shows: row.payload.get("text")})
        return list(shown.values())

    async def _rows(
        self, session: AsyncSession, table: Table, rule: Rule, person: Person
    ) -> Sequence[Mapping[str, Any]]:
        query = select(table).where(self._register.mine(table, rule, person)).order_by(*table.primary_key)
        return [await self._shown(table, rule, row) for row in (await session.execute(query)).mappings().all()]

    async def _shown(self, table: Table, rule: Rule, row: RowMapping) -> Mapping[str, Any]:
        shown = {}
        for name, label in rule.shows.items():
            value = row[name]
            shown[label] = _plain(self._opener.open(value) if name == rule.opens else value)
        if table.name == RecordingRow.__tablename__ and (sound := await self._recordings.open(row["id"])):
            shown["sound"] = base64.b64encode(sound).decode()
        return shown


def _plain(value: Any) -> Any:
    """As JSON has it; times as the clock on the wall shows them."""
    match value:
        case datetime():
            return value.astimezone(COUNTY_TIME).strftime("%Y-%m-%d %H:%M")
        case date() | Decimal():
            return str(value)
        case _:
            return value


def _digest(token: str) -> str:
    return sha256(f"copy:{token}".encode()).hexdigest()
