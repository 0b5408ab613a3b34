"""The accounts of a county station in the store: adding them, changing them, closing them."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge_base.curation.accounts import Account, Role, joined_roles, roles_of
from knowledge_base.curation.audit import Audit
from knowledge_base.curation.models import AccountRow
from knowledge_base.curation.passwords import Passwords, check_password, start_password
from knowledge_base.store import Store

_NAME = re.compile(r"[\w][\w.\-]{1,39}")
SHOWN_LONGEST = 40


class BadName(ValueError):
    """A name has 2 to 40 letters (Chinese too), figures, dots, hyphens or underscores."""


class NameTaken(ValueError):
    """There is an account of this name already."""


class NoSuchAccount(LookupError):
    """There is no account of this name."""


class LastOperator(ValueError):
    """Nobody would be left who can manage the accounts."""


class NoRole(ValueError):
    """An account must have at least one role."""


class WrongPassword(ValueError):
    """The present password is another one."""


@dataclass(frozen=True, slots=True)
class Member:
    """An account with what its operators see of it. `must_change`: its password was given by somebody else."""

    account: Account
    disabled: bool
    must_change: bool
    locked_until: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Issued:
    """A password that was given to an account, to be told to its owner once."""

    name: str
    password: str
    must_change: bool


def account_name(typed: str) -> str:
    """The name as it is kept: small letters, full-width ones as plain ones. Raises `BadName`."""
    name = unicodedata.normalize("NFKC", typed).strip().casefold()
    if not _NAME.fullmatch(name):
        raise BadName(BadName.__doc__)
    return name


def member_of(row: AccountRow) -> Member:
    """A row of the store as a value."""
    account = Account(row.name, row.shown, roles_of(row.roles), row.epoch)
    return Member(account, row.disabled, row.must_change, row.locked_until, row.created_at)


class Staff:
    """All accounts. Every change needs an operator, is in the audit log, and ends the sessions that it touches."""

    def __init__(self, store: Store, passwords: Passwords, audit: Audit, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._passwords = passwords
        self._audit = audit
        self._clock = clock

    async def current(self, name: str, epoch: int) -> Member | None:
        """Who a session of `epoch` belongs to; None once it has ended or the account is closed."""
        async with self._store.session() as session:
            row = await session.get(AccountRow, name)
        return member_of(row) if row and row.epoch == epoch and not row.disabled else None

    async def all(self) -> list[Member]:
        """Every account, by name."""
        async with self._store.session() as session:
            return [member_of(row) for row in await session.scalars(select(AccountRow).order_by(AccountRow.name))]

    async def names(self) -> dict[str, str]:
        """What each account is called in front of people, by its name."""
        async with self._store.session() as session:
            rows = await session.execute(select(AccountRow.name, AccountRow.shown))
            return {row.name: row.shown for row in rows}

    async def get(self, name: str) -> Member:
        """One account. Raises `NoSuchAccount`."""
        async with self._store.session() as session:
            return member_of(await _row(session, name))

    async def add(self, by: Account, name: str, shown: str, roles: frozenset[Role], password: str = "") -> Issued:
        """Add an account, with a password made here unless one is given.

        Either way it must be changed at the first sign-in, unless it was given at the terminal.
        Raises `BadName`, `NameTaken`, `NoRole`, `WeakPassword`.
        """
        by.require(Role.OPERATOR)
        name = account_name(name)
        shown = _shown(shown) or name
        if not roles:
            raise NoRole(NoRole.__doc__)
        password, must_change = await self._given(by, password, name, shown)
        row = AccountRow(
            name=name,
            shown=shown,
            roles=joined_roles(roles),
            password=await self._passwords.hashed(password),
            must_change=must_change,
            created_at=self._clock(),
        )
        try:
            async with self._store.session() as session:
                if await session.get(AccountRow, name):
                    raise NameTaken(NameTaken.__doc__)
                session.add(row)
                self._audit.record(session, by, "account.add", name, shown=shown, roles=row.roles.split(","))
        except IntegrityError:
            raise NameTaken(NameTaken.__doc__) from None
        return Issued(name, password, must_change)

    async def change(self, by: Account, name: str, shown: str, roles: frozenset[Role]) -> None:
        """Give an account another shown name and other roles. Raises `NoSuchAccount`, `NoRole`, `LastOperator`."""
        by.require(Role.OPERATOR)
        if not roles:
            raise NoRole(NoRole.__doc__)
        async with self._store.session() as session:
            row = await _held(session, name)
            shown = _shown(shown) or row.name
            new = joined_roles(roles)
            if (row.shown, row.roles) == (shown, new):
                return
            before = {"shown": row.shown, "roles": row.roles.split(",")}
            if row.roles != new:
                row.epoch += 1
            row.shown, row.roles = shown, new
            await _an_operator_is_left(session)
            self._audit.record(session, by, "account.change", name, shown=shown, roles=new.split(","), before=before)

    async def close(self, by: Account, name: str) -> None:
        """Disable an account. Raises `NoSuchAccount`, `LastOperator`."""
        by.require(Role.OPERATOR)
        async with self._store.session() as session:
            row = await _held(session, name)
            if row.disabled:
                return
            row.disabled = True
            row.epoch += 1
            await _an_operator_is_left(session)
            self._audit.record(session, by, "account.close", name)

    async def reopen(self, by: Account, name: str) -> None:
        """Enable an account again. Raises `NoSuchAccount`."""
        by.require(Role.OPERATOR)
        async with self._store.session() as session:
            row = await _held(session, name)
            if not row.disabled:
                return
            row.disabled = False
            self._audit.record(session, by, "account.reopen", name)

    async def reset(self, by: Account, name: str, password: str = "") -> Issued:
        """Give a new password as `add` does; ends all sessions and a lock.

        Raises `NoSuchAccount`, `WeakPassword`.
        """
        by.require(Role.OPERATOR)
        member = await self.get(name)
        password, must_change = await self._given(by, password, name, member.account.shown)
        await self._set(by, name, await self._passwords.hashed(password), "account.reset", must_change=must_change)
        return Issued(name, password, must_change)

    async def change_password(self, account: Account, present: str, new: str) -> Account:
        """Change one's own password; ends all sessions but the one made with the account returned.

        Raises `WrongPassword`, `WeakPassword`.
        """
        async with self._store.session() as session:
            row = await _row(session, account.name)
        if not await self._passwords.verify(row.password, present):
            raise WrongPassword(WrongPassword.__doc__)
        check_password(new, account.name, account.shown, present=present)
        kept = await self._passwords.hashed(new)
        return await self._set(account, account.name, kept, "account.password", must_change=False)

    async def sign_out(self, account: Account) -> None:
        """End all sessions of the account."""
        async with self._store.session() as session:
            # Only the session that is shown ends them: one that has ended already must not end the next ones.
            mine = (AccountRow.name == account.name) & (AccountRow.epoch == account.epoch)
            ended = await session.execute(update(AccountRow).where(mine).values(epoch=AccountRow.epoch + 1))
            if ended.rowcount:  # type: ignore[attr-defined]
                self._audit.record(session, account, "account.sign_out", account.name)

    async def _given(self, by: Account, password: str, name: str, shown: str) -> tuple[str, bool]:
        """The password to be set, and whether its owner must change it."""
        if not password:
            return start_password(), True
        check_password(password, name, shown)
        return password, not by.name.startswith("@")

    async def _set(self, by: Account, name: str, kept: str, action: str, *, must_change: bool) -> Account:
        async with self._store.session() as session:
            row = await _held(session, name)
            row.password = kept
            row.must_change = must_change
            row.epoch += 1
            row.failures, row.locked_until = 0, None
            self._audit.record(session, by, action, name)
        return member_of(row).account


def _shown(typed: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in typed).split())[:SHOWN_LONGEST]


async def _row(session: AsyncSession, name: str) -> AccountRow:
    row = await session.get(AccountRow, name)
    if row is None:
        raise NoSuchAccount(NoSuchAccount.__doc__)
    return row


async def _held(session: AsyncSession, name: str) -> AccountRow:
    """A row that nobody else changes until this transaction ends; nor the operators', who count each other."""
    touched = (AccountRow.name == name) | AccountRow.roles.contains(Role.OPERATOR)
    await session.execute(update(AccountRow).where(touched).values(epoch=AccountRow.epoch))
    return await _row(session, name)


async def _an_operator_is_left(session: AsyncSession) -> None:
    await session.flush()
    open_operators = AccountRow.roles.contains(Role.OPERATOR) & ~AccountRow.disabled
    if not (await session.scalars(select(AccountRow.name).where(open_operators).limit(1))).first():
        raise LastOperator(LastOperator.__doc__)
