"""Delivery: a worker for each channel of this process."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

from bot.channels.base import Channel
from bot.delivery.outbox import Outbox
from bot.delivery.worker import Bounds, Observer, Worker


class Delivery:
    """Sends what the outbox holds. What is for a channel that does not run here waits for a process where it does."""

    def __init__(
        self,
        outbox: Outbox,
        channels: Sequence[Channel],
        *,
        clock: Callable[[], datetime],
        observer: Observer,
        bounds: Bounds | None = None,
    ) -> None:
        self._workers = [Worker(outbox, channel, clock=clock, observer=observer, bounds=bounds) for channel in channels]

    async def run(self) -> None:
        """Send until cancelled."""
        async with asyncio.TaskGroup() as group:
            for worker in self._workers:
                group.create_task(worker.run())
