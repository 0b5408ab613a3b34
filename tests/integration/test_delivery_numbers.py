"""What is logged while a message is sent bears the number of the request that led to it."""

import asyncio
from datetime import UTC, datetime

from structlog.contextvars import bound_contextvars, get_contextvars

from bot.channels.base import Handler
from bot.delivery.delivery import Delivery
from bot.delivery.outbox import Envelope, Outbox
from bot.delivery.worker import Bounds
from dialogs.messages import Reply, ReplyKind
from knowledge_base.store import Store
from tests.fakes.post import PaperChannel, Watcher

NUMBER = "0123456789abcdef"


class Listening(PaperChannel):
    """Keeps the number under which each person was written to."""

    def __init__(self) -> None:
        super().__init__()
        self.numbers: dict[str, object] = {}

    async def send(self, user: str, reply: Reply, message_id: str | None = None) -> None:
        self.numbers[user] = get_contextvars().get("request")
        await super().send(user, reply, message_id)

    async def run(self, handler: Handler) -> None:
        await asyncio.Event().wait()


async def test_the_number_goes_from_the_row_to_the_channel(any_store: Store) -> None:
    outbox, channel, watcher = Outbox(any_store, lambda: datetime.now(UTC)), Listening(), Watcher()
    reply = Reply(ReplyKind.INFO, "信")
    async with any_store.session() as session:
        with bound_contextvars(request=NUMBER):
            await outbox.put(session, [Envelope("paper", "zhang", "t", reply)])
        await outbox.put(session, [Envelope("paper", "li", "t", reply)])
    bounds = Bounds(poll=0.05, grace=0.2)
    delivery = Delivery(outbox, [channel], clock=lambda: datetime.now(UTC), observer=watcher, bounds=bounds)
    task = asyncio.create_task(delivery.run())
    try:
        await watcher.until(2)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert channel.numbers == {"zhang": NUMBER, "li": None}
