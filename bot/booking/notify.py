"""How people hear of bookings: through the outbox, in the transaction that decides it."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.outbox import Envelope, Outbox
from dialogs.booking import hours
from dialogs.booking.notices import Notice, To, What
from dialogs.booking.route import Fit, fit
from dialogs.booking.telling import told
from dialogs.booking.terms import Person
from dialogs.messages import Reply
from knowledge_base.store import Store

PRIORITY = 60
"""Behind all warnings and drills, before answers that can wait."""
WORDS_LAST = timedelta(days=2)
"""So long a message from the other side is worth delivering."""


class OutboxNotify:
    """`Notify` and `Carry` over the outbox."""

    def __init__(self, store: Store, outbox: Outbox, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._outbox = outbox
        self._clock = clock

    async def tell(self, session: AsyncSession, person: Person, topic: str, about: Notice) -> None:
        """Tell it in the caller's transaction; nothing is delivered after it means nothing any more."""
        near = await fit(session, about.booking) if about.to is To.PROVIDER else Fit()
        reply = told(about, self._clock(), near)
        envelope = Envelope(person.channel, person.user, topic, reply, PRIORITY, expires_at=_until(about))
        await self._outbox.put(session, [envelope])

    async def carry(self, to: Person, topic: str, reply: Reply) -> None:
        """Carry a message of one side to the other, once."""
        until = self._clock() + WORDS_LAST
        async with self._store.session() as session:
            envelope = Envelope(to.channel, to.user, topic, reply, PRIORITY, expires_at=until)
            await self._outbox.put(session, [envelope])


def _until(about: Notice) -> datetime | None:
    """An offer until its deadline, a reminder until the work begins; the rest however late."""
    booking = about.booking
    if about.what is What.OFFER:
        return booking.until
    if about.what in {What.EVENING_BEFORE, What.SOON} and booking.day is not None:
        return hours.begins(booking.day, booking.part)
    return None
