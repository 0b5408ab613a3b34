"""Second persons are asked in the chat, and authors told: messages in the transaction that keeps what they are about."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.outbox import Envelope, Outbox
from dialogs.warning_approval import approval_reply, decided_reply
from knowledge_base.curation.models import AccountRow
from knowledge_base.warnings.calling_models import TypedWarningRow
from knowledge_base.warnings.issuing import Issuers
from knowledge_base.warnings.preview import Previews
from knowledge_base.warnings.typed import TypedState
from knowledge_base.warnings.typed_warning import TypedWarning

PRIORITY = 0
"""A red warning waits for it."""
LEAST = timedelta(hours=1)
"""How long one is asked at least: a warning may be lifted shortly before it would have ended."""


class Approvals:
    """A `Watch` over the outbox."""

    def __init__(self, outbox: Outbox, issuers: Issuers, previews: Previews, clock: Callable[[], datetime]) -> None:
        self._outbox = outbox
        self._issuers = issuers
        self._previews = previews
        self._clock = clock

    async def waits(self, session: AsyncSession, row: TypedWarningRow, words: TypedWarning) -> None:
        """Ask everybody else who may issue for that place."""
        issuers = await self._issuers.of(session)
        author = next((one.shown for one in issuers if one.account.name == row.author), None)
        author = author or await _shown(session, row.author)
        asked = [one for one in issuers if one.account.name != row.author and one.may(words.codes)]
        if not asked:
            return
        reply = approval_reply(row.id, words, author, await self._previews.of(session, words))
        expires = max(words.expires, self._clock() + LEAST)
        envelopes = (
            Envelope(one.channel, one.user, f"approve:{row.id}", reply, PRIORITY, expires_at=expires) for one in asked
        )
        await self._outbox.put(session, envelopes)

    async def decided(self, session: AsyncSession, row: TypedWarningRow, words: TypedWarning, reached: int) -> None:
        """Tell the author in the chat what another has decided."""
        issuers = await self._issuers.of(session)
        author = next((one for one in issuers if one.account.name == row.author), None)
        if author is None or row.decided_by == row.author:
            return
        by = next((one.shown for one in issuers if one.account.name == row.decided_by), None)
        by = by or await _shown(session, row.decided_by or "")
        sent = reached if row.state == TypedState.SENT else None
        envelope = Envelope(author.channel, author.user, f"decided:{row.id}", decided_reply(words, by, sent), PRIORITY)
        await self._outbox.put(session, [envelope])


async def _shown(session: AsyncSession, name: str) -> str:
    """What people call somebody of the console's staff."""
    account = await session.get(AccountRow, name)
    return account.shown if account else name
