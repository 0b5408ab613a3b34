"""Signing in with a name and a password, for people; silent for who tries names and passwords out."""

import unicodedata
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from sqlalchemy import case, literal, null, update

from knowledge_base.curation.accounts import Account
from knowledge_base.curation.audit import Audit
from knowledge_base.curation.models import AccountRow
from knowledge_base.curation.passwords import Passwords
from knowledge_base.curation.staff import member_of
from knowledge_base.models import Utc
from knowledge_base.store import Store

FAILURES = 5
LOCK = timedelta(minutes=15)
FAILURES_OF_AN_ADDRESS = 30
REMEMBERED = 10_000
_NAME_LONGEST = 200


class Refused(Exception):
    """The name or the password is wrong; which of them is not said."""


class Locked(Exception):
    """Too many failures; nothing is tried for a quarter of an hour."""


@dataclass(slots=True)
class _Count:
    failures: int
    until: datetime


class Tally:
    """Failures by key, each forgotten after `LOCK`; the oldest first where there are too many keys."""

    def __init__(self, most: int, clock: Callable[[], datetime]) -> None:
        self._most = most
        self._clock = clock
        self._counts: OrderedDict[str, _Count] = OrderedDict()

    def full(self, key: str) -> bool:
        """Whether `key` has failed too often."""
        count = self._counts.get(key)
        if count is not None and count.until <= self._clock():
            del self._counts[key]
            return False
        return count is not None and count.failures >= self._most

    def add(self, key: str) -> None:
        """One more failure."""
        failures = self._counts[key].failures if key in self._counts else 0
        self._counts[key] = _Count(failures + 1, self._clock() + LOCK)
        self._counts.move_to_end(key)
        if len(self._counts) > REMEMBERED:
            self._counts.popitem(last=False)

    def take_back(self, key: str) -> None:
        """It was no failure."""
        if key in self._counts:
            self._counts[key].failures -= 1


def _neighbourhood(address: str) -> str:
    """What counts as one address: of IPv6 the first half, since everybody has as many second halves as they like."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((parsed, 64), strict=False)) if parsed.version == 6 else address


class SignIn:
    """Checks names and passwords.

    A known name is locked in the store after `FAILURES`, an unknown one here, so that both look the same from outside.
    An address that fails with ever other names is held back too. A failure is counted before the password is looked
    at, and taken back when it was right: guesses made all at once are no more than guesses made one by one.
    """

    def __init__(self, store: Store, passwords: Passwords, audit: Audit, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._passwords = passwords
        self._audit = audit
        self._clock = clock
        self._unknown = Tally(FAILURES, clock)
        self._addresses = Tally(FAILURES_OF_AN_ADDRESS, clock)

    async def sign_in(self, typed: str, password: str, address: str) -> Account:
        """The account of that name and password. Raises `Refused` or `Locked`."""
        name = unicodedata.normalize("NFKC", typed).strip().casefold()[:_NAME_LONGEST]
        address = _neighbourhood(address)
        if self._addresses.full(address):
            raise Locked(Locked.__doc__)
        self._addresses.add(address)
        row = await self._counted(name)
        right = await self._passwords.verify(row.password if row else None, password)
        if row is not None and right and not row.disabled:
            self._addresses.take_back(address)
            return await self._opened(row, password)
        if row.failures >= FAILURES if row else self._unknown.full(name):
            if row:
                await self._record_lock(row)
            raise Locked(Locked.__doc__)
        raise Refused(Refused.__doc__)

    async def _counted(self, name: str) -> AccountRow | None:
        """The account, with one failure more. Raises `Locked` where there may be none."""
        now = self._clock()
        failures = case((AccountRow.locked_until.is_(None), AccountRow.failures + 1), else_=1)
        until = case((failures >= FAILURES, literal(now + LOCK, Utc())), else_=null())
        free = (AccountRow.name == name) & (AccountRow.locked_until.is_(None) | (AccountRow.locked_until <= now))
        async with self._store.session() as session:
            counting = update(AccountRow).where(free).values(failures=failures, locked_until=until)
            counted = await session.execute(counting.execution_options(synchronize_session=False))
            row = await session.get(AccountRow, name)
        if row is None:
            if self._unknown.full(name):
                raise Locked(Locked.__doc__)
            self._unknown.add(name)
        elif not counted.rowcount:  # type: ignore[attr-defined]
            raise Locked(Locked.__doc__)
        return row

    async def _opened(self, tried: AccountRow, password: str) -> Account:
        """Forget the failures; keep the password as one is kept today."""
        kept = tried.password
        if self._passwords.outdated(kept):
            kept = await self._passwords.hashed(password)
        # Unless it was changed, or the account closed, while the password was looked at.
        same = (AccountRow.name == tried.name) & (AccountRow.epoch == tried.epoch) & ~AccountRow.disabled
        opening = update(AccountRow).where(same).values(failures=0, locked_until=None, password=kept)
        account = member_of(tried).account
        async with self._store.session() as session:
            opened = await session.execute(opening.execution_options(synchronize_session=False))
            if not opened.rowcount:  # type: ignore[attr-defined]
                raise Refused(Refused.__doc__)
            self._audit.record(session, account, "account.sign_in", account.name)
        return account

    async def _record_lock(self, row: AccountRow) -> None:
        async with self._store.session() as session:
            self._audit.record(session, member_of(row).account, "account.lock", row.name)
