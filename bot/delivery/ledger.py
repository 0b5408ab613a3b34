"""The results of one worker's tries on their way into the store."""

import asyncio
from collections.abc import Callable, Collection

from bot.delivery.outbox import Outbox
from bot.delivery.policy import Outcome


class Ledger:
    """Writes results down together: while one transaction runs, those for the next gather. Keeps trying for ever.

    `kept` is told which messages have been written down, with their results; `trouble` hears each error of the store.
    """

    def __init__(
        self,
        outbox: Outbox,
        again: float,
        *,
        kept: Callable[[dict[str, Outcome]], None],
        trouble: Callable[[str, Exception], None],
    ) -> None:
        self._outbox = outbox
        self._again = again
        self._kept = kept
        self._trouble = trouble
        self._results: dict[str, Outcome] = {}
        self._some = asyncio.Event()
        self._none = asyncio.Event()
        self._none.set()

    def add(self, message: str, result: Outcome) -> None:
        """Take a result over; it is written down soon."""
        self._results[message] = result
        self._none.clear()
        self._some.set()

    @property
    def messages(self) -> Collection[str]:
        """Those whose results are not written down yet."""
        return self._results.keys()

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            await self._some.wait()
            batch = dict(self._results)
            try:
                await self._outbox.record_all(batch)
            except Exception as error:  # noqa: BLE001 - a result that is not written down means a message sent twice
                self._trouble("record", error)
                await asyncio.sleep(self._again)
                continue
            for message in batch:
                del self._results[message]
            if not self._results:
                self._some.clear()
                self._none.set()
            self._kept(batch)

    async def done(self) -> None:
        """Wait until everything is written down."""
        await self._none.wait()
