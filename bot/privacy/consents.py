"""What people were asked and have answered."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from bot.privacy.models import ConsentRow
from bot.privacy.person import Account
from knowledge_base.store import Store

YES, NO = "yes", "no"


@dataclass(frozen=True, slots=True)
class Consent:
    """Where somebody stands. `answer`: `yes`, `no`, or None for nothing said so far."""

    asked_with: str
    answer: str | None
    voice: bool
    no_position: bool


class Consents:
    """The consents of one store."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    async def of(self, account: Account) -> Consent | None:
        """What somebody has answered; None for somebody who was never asked."""
        async with self._store.session() as session:
            row = await session.get(ConsentRow, tuple(account))
        return Consent(row.asked_with, row.answer, row.voice, row.no_position) if row else None

    async def asked(self, account: Account, message: str) -> bool:
        """Note that somebody is asked with the answer to a message; False where that was done before."""
        async with self._store.session() as session:
            return await _ensure(session, account, self._clock(), message)

    async def passed(self, account: Account, message: str) -> None:
        """Another message came instead of an answer: from now on a bare yes is not taken for one."""
        mine = (ConsentRow.channel == account.channel, ConsentRow.user == account.user)
        open_ = (ConsentRow.answer.is_(None), ConsentRow.asked_with.not_in(["", message]))
        async with self._store.session() as session:
            await session.execute(update(ConsentRow).where(*mine, *open_).values(asked_with=""))

    async def answer(self, account: Account, *, yes: bool) -> None:
        """Keep what somebody answers; a no takes the permission for recordings back too."""
        async with self._store.session() as session:
            values = {"answer": YES if yes else NO, "answered_at": self._clock()}
            await set_choice(session, account, self._clock(), **values, **({} if yes else {"voice": False}))

    async def choose(self, account: Account, **choice: bool) -> None:
        """Keep a further choice: `voice`, `no_position`."""
        async with self._store.session() as session:
            await set_choice(session, account, self._clock(), **choice)


async def set_choice(session: AsyncSession, account: Account, now: datetime, **values: object) -> None:
    """Set columns of somebody's consent in the caller's transaction."""
    await _ensure(session, account, now, "")
    mine = (ConsentRow.channel == account.channel, ConsentRow.user == account.user)
    await session.execute(update(ConsentRow).where(*mine).values(values))


async def _ensure(session: AsyncSession, account: Account, now: datetime, message: str) -> bool:
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    row = {**account._asdict(), "asked_at": now, "asked_with": message, "voice": False, "no_position": False}
    new = insert(ConsentRow).values(row).on_conflict_do_nothing().returning(ConsentRow.channel)
    return await session.scalar(new) is not None
