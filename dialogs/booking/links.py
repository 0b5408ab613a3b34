"""Secrets given to somebody of a register: a code that links their chat account, and the address of their calendar."""

import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from sqlalchemy import ColumnElement, ForeignKey, Index, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from dialogs.booking.linkable import Linkable, Secret
from dialogs.booking.models import ProviderRow
from dialogs.booking.terms import Person
from knowledge_base.models import Base
from knowledge_base.store import Store

CODE_LASTS = timedelta(minutes=30)
_DIGITS = 8
_TOKEN_BYTES = 24


class Kind(StrEnum):
    """What a secret is for."""

    BIND = "bind"
    CALENDAR = "calendar"


class LinkRow(Secret, Base):
    """A provider's secret."""

    __tablename__ = "booking_links"
    __table_args__ = (Index(None, "digest", unique=True),)

    owner_id: Mapped[str] = mapped_column(
        "provider_id", ForeignKey("booking_providers.id", ondelete="CASCADE"), primary_key=True
    )


Bound = Callable[[AsyncSession, str], Awaitable[None]]


class AlreadyLinked(Exception):
    """The chat account belongs to somebody else of the register."""


class Links:
    """The secrets of one register. Only digests are kept: a secret is seen when it is made, and never again."""

    def __init__(
        self,
        store: Store,
        clock: Callable[[], datetime],
        rows: type[Secret] = LinkRow,
        owners: type[Linkable] = ProviderRow,
        bound: Bound | None = None,
    ) -> None:
        """`bound` is told, in the transaction that links, of an owner whose account is now another one."""
        self._store = store
        self._clock = clock
        self._rows = rows
        self._owners = owners
        self._bound = bound

    async def code(self, owner: str) -> str:
        """A new code of eight digits, good for half an hour and once; the one before it is void."""
        code = "".join(secrets.choice("0123456789") for _ in range(_DIGITS))
        await self._keep(owner, Kind.BIND, code, self._clock() + CODE_LASTS)
        return code

    async def bind(self, code: str, person: Person) -> str | None:
        """Link whoever sends a code with its owner, whose shown name it gives; None for a code that is not good.

        Raises `AlreadyLinked`.
        """
        rows, owners = self._rows, self._owners
        async with self._store.session() as session:
            # Deleting first: of two who send the same code one gets it.
            good = (rows.digest == _digest(Kind.BIND, code), rows.kind == Kind.BIND, rows.until > self._clock())
            owner = await session.scalar(delete(rows).where(*good).returning(rows.owner_id))
            if owner is None:
                return None
            mine = (owners.channel == person.channel, owners.user == person.user)
            other = await session.scalar(select(owners.id).where(*mine, owners.id != owner))
            if other is not None:
                raise AlreadyLinked
            before = await session.scalar(select(owners.id).where(*mine, owners.id == owner))
            if before is None and self._bound is not None:
                await self._bound(session, owner)
            values = {"channel": person.channel, "user": person.user, "touched_at": self._clock()}
            changed = update(owners).where(owners.id == owner).values(values).returning(owners.name)
            return await session.scalar(changed.execution_options(synchronize_session=False))

    async def calendar(self, owner: str) -> str:
        """A new token of 192 random bits for the address of the calendar; the one before it is void."""
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        await self._keep(owner, Kind.CALENDAR, token, None)
        return token

    async def revoke(self, owner: str) -> None:
        """Make the address of the calendar void."""
        async with self._store.session() as session:
            await session.execute(delete(self._rows).where(*self._of(owner, Kind.CALENDAR)))

    async def reads(self, token: str) -> str | None:
        """Whose calendar a token opens."""
        query = select(self._rows.owner_id).where(self._rows.digest == _digest(Kind.CALENDAR, token))
        async with self._store.session() as session:
            return await session.scalar(query)

    async def since(self, owner: str) -> datetime | None:
        """When the address of the calendar was made; None where there is none."""
        async with self._store.session() as session:
            return await session.scalar(select(self._rows.made_at).where(*self._of(owner, Kind.CALENDAR)))

    async def _keep(self, owner: str, kind: Kind, secret: str, until: datetime | None) -> None:
        async with self._store.session() as session:
            await session.execute(delete(self._rows).where(*self._of(owner, kind)))
            row = self._rows()
            row.owner_id, row.kind, row.digest = owner, kind, _digest(kind, secret)
            row.made_at, row.until = self._clock(), until
            session.add(row)

    def _of(self, owner: str, kind: Kind) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        return self._rows.owner_id == owner, self._rows.kind == kind


def _digest(kind: Kind, secret: str) -> str:
    return sha256(f"{kind}:{secret}".encode()).hexdigest()
