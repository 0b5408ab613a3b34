"""The audit log: who did what to what, and when. It is only ever added to."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge_base.curation.accounts import Account
from knowledge_base.curation.models import AuditRow
from knowledge_base.store import Store

_SUBJECT = 120


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the log. `at` is UTC."""

    id: int
    at: datetime
    account: str
    action: str
    subject: str
    detail: dict[str, Any]


class Audit:
    """Adds to the log and reads it."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock

    def record(self, session: AsyncSession, by: Account, action: str, subject: str, **detail: object) -> None:
        """Add a line in the caller's transaction; `detail` must be JSON and carry no password."""
        session.add(
            AuditRow(at=self._clock(), account=by.name, action=action, subject=subject[:_SUBJECT], detail=detail)
        )

    async def recent(
        self,
        store: Store,
        *,
        subject: str | None = None,
        account: str | None = None,
        limit: int,
        before_id: int | None = None,
    ) -> list[Event]:
        """The latest lines first, of one subject or person; `before_id` goes on from an earlier page."""
        query = select(AuditRow).order_by(AuditRow.id.desc()).limit(limit)
        if subject is not None:
            query = query.where(AuditRow.subject == subject)
        if account is not None:
            query = query.where(AuditRow.account == account)
        if before_id is not None:
            query = query.where(AuditRow.id < before_id)
        async with store.session() as session:
            rows = (await session.scalars(query)).all()
        return [Event(row.id, row.at, row.account, row.action, row.subject, row.detail) for row in rows]
