"""Secrets given to a provider: a code that links their chat account, and the address of their calendar."""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from sqlalchemy import ForeignKey, Index, String, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

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


class LinkRow(Base):
    """A secret by its digest; a provider has at most one of a kind."""

    __tablename__ = "booking_links"
    __table_args__ = (Index(None, "digest", unique=True),)

    provider_id: Mapped[str] = mapped_column(ForeignKey("booking_providers.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(8), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime]
    until: Mapped[datetime | None]


class AlreadyProvider(Exception):
    """The chat account belongs to another provider."""


class Links:
    """The secrets of one store. Only digests are kept: a secret is seen when it is made, and never again."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    async def code(self, provider: str) -> str:
        """A new code of eight digits, good for half an hour and once; the one before it is void."""
        code = "".join(secrets.choice("0123456789") for _ in range(_DIGITS))
        await self._keep(provider, Kind.BIND, code, self._clock() + CODE_LASTS)
        return code

    async def bind(self, code: str, person: Person) -> str | None:
        """Link whoever sends a code with its provider, whose shown name it gives; None for a code that is not good.

        Raises `AlreadyProvider`.
        """
        digest = _digest(Kind.BIND, code)
        async with self._store.session() as session:
            # Deleting first: of two who send the same code one gets it.
            good = (LinkRow.digest == digest, LinkRow.kind == Kind.BIND, LinkRow.until > self._clock())
            provider = await session.scalar(delete(LinkRow).where(*good).returning(LinkRow.provider_id))
            if provider is None:
                return None
            mine = (ProviderRow.channel == person.channel, ProviderRow.user == person.user)
            other = await session.scalar(select(ProviderRow.id).where(*mine, ProviderRow.id != provider))
            if other is not None:
                raise AlreadyProvider
            values = {"channel": person.channel, "user": person.user, "touched_at": self._clock()}
            changed = update(ProviderRow).where(ProviderRow.id == provider).values(values).returning(ProviderRow.name)
            return await session.scalar(changed.execution_options(synchronize_session=False))

    async def calendar(self, provider: str) -> str:
        """A new token of 192 random bits for the address of the calendar; the one before it is void."""
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        await self._keep(provider, Kind.CALENDAR, token, None)
        return token

    async def revoke(self, provider: str) -> None:
        """Make the address of the calendar void."""
        async with self._store.session() as session:
            mine = (LinkRow.provider_id == provider, LinkRow.kind == Kind.CALENDAR)
            await session.execute(delete(LinkRow).where(*mine))

    async def reads(self, token: str) -> str | None:
        """The provider whose calendar a token opens."""
        query = select(LinkRow.provider_id).where(LinkRow.digest == _digest(Kind.CALENDAR, token))
        async with self._store.session() as session:
            return await session.scalar(query)

    async def since(self, provider: str) -> datetime | None:
        """When the address of the calendar was made; None where there is none."""
        async with self._store.session() as session:
            row = await session.get(LinkRow, (provider, Kind.CALENDAR.value))
            return row.made_at if row else None

    async def _keep(self, provider: str, kind: Kind, secret: str, until: datetime | None) -> None:
        async with self._store.session() as session:
            await session.execute(delete(LinkRow).where(LinkRow.provider_id == provider, LinkRow.kind == kind))
            row = LinkRow(provider_id=provider, kind=kind, digest=_digest(kind, secret), made_at=self._clock())
            row.until = until
            session.add(row)


def _digest(kind: Kind, secret: str) -> str:
    return sha256(f"{kind}:{secret}".encode()).hexdigest()
