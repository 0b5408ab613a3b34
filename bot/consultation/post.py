"""How notices of appointments reach people: through the outbox, in the transaction that decides them."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.outbox import Envelope, Outbox
from dialogs.booking.terms import Person
from dialogs.consultation.notices import Notice, What
from dialogs.consultation.telling import told


class OutboxNotify:
    """A `Notify` over the outbox. A reminder is not sent any more once the time has come."""

    def __init__(self, outbox: Outbox, clock: Callable[[], datetime]) -> None:
        self._outbox = outbox
        self._clock = clock

    async def tell(self, session: AsyncSession, person: Person, topic: str, about: Notice) -> None:
        """Keep it in the caller's transaction. Nobody gets two on one topic."""
        until = about.appointment.start if about.what in {What.EVENING_BEFORE, What.SOON} else None
        reply = told(about, self._clock())
        await self._outbox.put(session, [Envelope(person.channel, person.user, topic, reply, expires_at=until)])
