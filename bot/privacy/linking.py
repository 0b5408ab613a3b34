"""Accounts of one person on several channels, joined by a code that is said on the other one."""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from uuid import uuid4

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.outbox import Envelope, Outbox
from bot.privacy.models import AccountLinkRow, LinkCodeRow, LinkTryRow
from bot.privacy.person import Account, Person
from bot.privacy.register import Register
from bot.privacy.rows import give
from dialogs.consultation.discreet import SEALED
from dialogs.messages import Reply
from dialogs.models import ConversationRow, HandledRow
from knowledge_base.store import Store

CODE_LASTS = timedelta(minutes=10)
TRIES = 5
"""Wrong codes of one person within `CODE_LASTS`."""
TRIES_OF_ALL = 100
"""Wrong codes of all people within `CODE_LASTS`: one in ten thousand of what could be guessed."""
LATE = ("web",)
"""Channels on which people can be reached only while they look: another one of theirs is the primary one."""
PUBLIC = frozenset({"speaker"})
"""Channels that are nobody's own."""
_DIGITS = 6


class Why(StrEnum):
    """Why accounts cannot be joined."""

    BAD = "bad_code"
    """Unknown, used or lapsed."""
    TIRED = "too_many"
    SAME = "same"
    """Both are one already."""
    DUTY = "duty"
    """One of them is registered as an officer, operator or lawyer: that account is given and taken by the station."""
    PUBLIC = "public"


class NotJoined(Exception):
    """The accounts stay apart."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why = why


class Linking:
    """The joined accounts of one store. `told`: what the other side hears, by the channel from which it was done."""

    def __init__(
        self,
        store: Store,
        register: Register,
        outbox: Outbox,
        clock: Callable[[], datetime],
        told: Callable[[str], Reply],
    ) -> None:
        self._store = store
        self._register = register
        self._outbox = outbox
        self._clock = clock
        self._told = told

    async def primary(self, account: Account) -> Account:
        """The account under which everything of its person is kept; itself where it is joined to none."""
        async with self._store.session() as session:
            return await _primary(session, account)

    async def person(self, account: Account) -> Person:
        """All accounts of a person, the primary one first."""
        async with self._store.session() as session:
            first = await _primary(session, account)
            rows = (await session.scalars(select(AccountLinkRow).where(*_to(first)).order_by(AccountLinkRow.at))).all()
        return Person((first, *(Account(row.channel, row.user) for row in rows)))

    async def code(self, account: Account) -> str:
        """Six digits, good for ten minutes and once; the ones before are void. Raises `NotJoined` (`public`)."""
        if account.channel in PUBLIC:
            raise NotJoined(Why.PUBLIC)
        code = "".join(secrets.choice("0123456789") for _ in range(_DIGITS))
        until = self._clock() + CODE_LASTS
        async with self._store.session() as session:
            same = or_(
                (LinkCodeRow.channel == account.channel) & (LinkCodeRow.user == account.user),
                LinkCodeRow.digest == _digest(code),
            )
            await session.execute(delete(LinkCodeRow).where(same))
            session.add(LinkCodeRow(**account._asdict(), digest=_digest(code), until=until))
        return code

    async def look(self, account: Account, code: str) -> Account:
        """Whose code it is. Raises `NotJoined`; a wrong one counts."""
        async with self._store.session() as session:
            found = await self._look(session, account, code)
            if found is None:
                session.add(LinkTryRow(id=uuid4().hex, **account._asdict(), at=self._clock()))
        if found is None:
            raise NotJoined(Why.BAD)
        return found

    async def join(self, account: Account, code: str) -> None:
        """Make both one, and give all rows of the one to the other, in one transaction. Raises `NotJoined`."""
        async with self._store.session() as session:
            other = await self._look(session, account, code)
            if other is None:
                raise NotJoined(Why.BAD)
            mine = (LinkCodeRow.digest == _digest(code), LinkCodeRow.until > self._clock())
            if await session.scalar(delete(LinkCodeRow).where(*mine).returning(LinkCodeRow.channel)) is None:
                raise NotJoined(Why.BAD)  # somebody else was quicker
            to, old = (account, other) if other.channel in LATE and account.channel not in LATE else (other, account)
            await self._give(session, old, to)
            await session.execute(
                update(AccountLinkRow).where(*_to(old)).values(to_channel=to.channel, to_user=to.user)
            )
            row = AccountLinkRow(**old._asdict(), to_channel=to.channel, to_user=to.user, at=self._clock())
            session.add(row)
            if to == other:
                topic = f"linked:{uuid4().hex}"
                await self._outbox.put(session, [Envelope(*to, topic, self._told(account.channel))])

    async def part(self, account: Account) -> int:
        """Take all accounts apart; what is kept stays with the primary one. How many there were."""
        async with self._store.session() as session:
            first = await _primary(session, account)
            gone = delete(AccountLinkRow).where(*_to(first)).returning(AccountLinkRow.channel)
            return len((await session.scalars(gone)).all())

    async def _look(self, session: AsyncSession, account: Account, code: str) -> Account | None:
        if account.channel in PUBLIC:
            raise NotJoined(Why.PUBLIC)
        since = LinkTryRow.at > self._clock() - CODE_LASTS
        own = (LinkTryRow.channel == account.channel, LinkTryRow.user == account.user)
        for limit, whose in ((TRIES, own), (TRIES_OF_ALL, ())):
            count = await session.scalar(select(func.count()).select_from(LinkTryRow).where(since, *whose))
            if (count or 0) >= limit:
                raise NotJoined(Why.TIRED)
        good = (LinkCodeRow.digest == _digest(code), LinkCodeRow.until > self._clock())
        row = (await session.scalars(select(LinkCodeRow).where(*good))).one_or_none()
        if row is None:
            return None
        other = await _primary(session, Account(row.channel, row.user))
        if other == await _primary(session, account):
            raise NotJoined(Why.SAME)
        if await self._on_duty(session, Person((account, other))):
            raise NotJoined(Why.DUTY)
        return other

    async def _on_duty(self, session: AsyncSession, both: Person) -> bool:
        for table, rule in self._register.each():
            if rule.link == "refused":
                query = select(table).where(self._register.mine(table, rule, both)).limit(1)
                if (await session.execute(query)).first():
                    return True
        return False

    async def _give(self, session: AsyncSession, old: Account, to: Account) -> None:
        person = Person((old,))
        await _keep_open_form(session, old, to)
        # Ids are a channel's own: what was handled keeps the name of the channel that it came from.
        handled = update(HandledRow).where(HandledRow.channel == old.channel, HandledRow.user == old.user)
        await session.execute(handled.values(external_id=of_channel(old.channel) + HandledRow.external_id))
        for table, rule in self._register.each():
            if rule.link != "moves" or rule.unfindable:
                continue
            mine = select(table).where(self._register.mine(table, rule, person))
            rows = (await session.execute(mine)).mappings().all()
            await give(session, table, rule, rows, (old, to))


def of_channel(channel: str) -> str:
    """Before the id of a message of a joined account: it may be that of another one on the primary channel."""
    return f"{channel}:"


async def _keep_open_form(session: AsyncSession, old: Account, to: Account) -> None:
    """Of two conversations the newest goes on, unless only the other one has something open."""
    one, other = [await session.get(ConversationRow, tuple(account)) for account in (old, to)]
    if one is None or other is None:
        return
    if _busy(one.state) != _busy(other.state):
        await session.delete(other if _busy(one.state) else one)
        await session.flush()


def _busy(state: dict[str, object]) -> bool:
    return SEALED in state or state.get("form") is not None


async def _primary(session: AsyncSession, account: Account) -> Account:
    row = await session.get(AccountLinkRow, tuple(account))
    return Account(row.to_channel, row.to_user) if row else account


def _to(account: Account) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return AccountLinkRow.to_channel == account.channel, AccountLinkRow.to_user == account.user


def _digest(code: str) -> str:
    return sha256(f"link:{code}".encode()).hexdigest()
