"""Sends the morning digests that are due, each exactly once a day."""

from collections.abc import Callable
from datetime import datetime, time, timedelta

import structlog

from bot.delivery.outbox import Envelope, Outbox
from bot.schedule import Schedule
from dialogs.digest.letter import Letters
from knowledge_base.store import Store
from knowledge_base.weather.digests import PAGE, Digests, Reader, latest
from knowledge_base.weather.terms import CHINA

log = structlog.get_logger(__name__)

EVERY = timedelta(minutes=1)

Clock = Callable[[], datetime]


class DigestSending:
    """Takes what is due. After a downtime late ones go out as long as it is before noon."""

    def __init__(self, store: Store, outbox: Outbox, digests: Digests, letters: Letters, clock: Clock) -> None:
        self._store = store
        self._outbox = outbox
        self._digests = digests
        self._letters = letters
        self._clock = clock

    def schedule(self, schedule: Schedule) -> None:
        """Have it done every minute for as long as the schedule runs."""
        schedule.every(EVERY, "morning_digests", self.tick, first=self._clock())

    async def tick(self) -> None:
        """Send what is due now. The letter is written before the transaction: a forecast may take seconds."""
        while True:
            readers = await self._digests.due()
            sent = 0
            for reader in readers:
                try:
                    sent += await self._send(reader)
                except Exception:
                    log.exception("digest not sent", channel=reader.channel)  # the others get theirs
            if len(readers) < PAGE or not sent:
                return

    async def _send(self, reader: Reader) -> int:
        now = self._clock()
        today = now.astimezone(CHINA).date()
        reply = await self._letters.write(reader, now)
        until = datetime.combine(today, time(), CHINA) + latest(reader.minute)
        envelope = Envelope(reader.channel, reader.user, f"digest:{today}", reply, expires_at=until)
        async with self._store.session() as session:
            if not await self._digests.claim(session, reader, today):
                return 0
            return await self._outbox.put(session, [envelope])
