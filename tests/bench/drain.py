"""Run as a program: so many recipients into an outbox and out of it again; the figures as JSON.

The channel is `sink`, which costs nothing, or the address of a Bot API server, for the whole Telegram channel.
"""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from bot.channels.base import Capabilities, Channel, Handler
from bot.channels.telegram import Pace, TelegramChannel
from bot.delivery.circular import Addressee, Circulars, Letter
from bot.delivery.outbox import Outbox
from bot.delivery.worker import Worker
from dialogs.messages import Choice, Reply, ReplyKind
from knowledge_base.store import Store
from tests.bench.figures import resident
from tests.fakes.bot_api.server import TOKEN
from tests.fakes.preferences import MemoryPreferences

LETTER = Reply(
    ReplyKind.INFO,
    "暴雨红色预警：今晚八点到明早八点，金牛镇有大暴雨。\n一、别下地\n二、别过河\n三、住低处的搬到村委会",
    choices=(Choice("w:ok:1", "收到"), Choice("w:help:1", "需要帮助")),
)
UNBOUND = Pace(a_second=100_000)
"""No ceiling, to see what the program itself can do."""
_PORTION = 1_000


@dataclass(frozen=True, slots=True)
class Drained:
    """Seconds, and resident megabytes: before, with all in the outbox, and the most while it empties."""

    filled: float
    emptied: float
    cpu: float
    before: float
    full: float
    most: float


class Sink:
    """A channel that takes everything at once."""

    name = "sink"
    capabilities = Capabilities(voice_out=False, buttons=True, location_in=False, max_text=4096)
    presence = None

    async def run(self, handler: Handler) -> None:
        """Serves nobody."""

    async def send(self, user: str, reply: Reply, message_id: str | None = None) -> None:
        """Takes it."""


class Counter:
    """An observer that waits for a number of messages sent, and looks at the memory from time to time."""

    def __init__(self, enough: int) -> None:
        self.count = 0
        self.memory = 0.0
        self.done = asyncio.Event()
        self._enough = enough

    def delivered(self, channel: str, what: str) -> None:
        """One more try."""
        self.count += what == "sent"
        if self.count % 100 == 0:
            self.memory = max(self.memory, resident())
        if self.count >= self._enough:
            self.done.set()

    def failed(self, where: str) -> None:
        """No figure is to be had from a run with errors."""
        raise RuntimeError(where)


def clock() -> datetime:
    """Now."""
    return datetime.now(UTC)


async def put(outbox: Outbox, store: Store, channel: str, size: int) -> None:
    """A letter to the users 1 to `size`, in one transaction."""

    async def portions() -> AsyncIterator[Sequence[Addressee]]:
        for start in range(1, size + 1, _PORTION):
            yield [Addressee(channel, str(user)) for user in range(start, min(start + _PORTION, size + 1))]

    async with store.session() as session:
        await Circulars(outbox, clock).put(session, Letter("warning:1:1", LETTER, 0), portions())


@asynccontextmanager
async def at_work(outbox: Outbox, channel: Channel, counter: Counter) -> AsyncIterator[None]:
    """A worker sends."""
    task = asyncio.create_task(Worker(outbox, channel, clock=clock, observer=counter).run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def drain(url: str, size: int, where: str) -> Drained:
    """All of them in, and all of them out."""
    store = Store(url)
    await store.migrate()
    channel: Channel = Sink()
    if where != "sink":
        channel = TelegramChannel(TOKEN, preferences=MemoryPreferences(), clock=clock, api_base=where, pace=UNBOUND)
    outbox, counter = Outbox(store, clock), Counter(size)
    before = resident()
    started = time.perf_counter()
    await put(outbox, store, channel.name, size)
    filled, full = time.perf_counter() - started, resident()
    started, used = time.perf_counter(), time.process_time()
    async with at_work(outbox, channel, counter):
        await counter.done.wait()
        emptied, cpu = time.perf_counter() - started, time.process_time() - used
    if isinstance(channel, TelegramChannel):
        await channel.close()
    await store.close()
    return Drained(filled, emptied, cpu, before, full, max(counter.memory, resident()))


if __name__ == "__main__":
    json.dump(asdict(asyncio.run(drain(sys.argv[1], int(sys.argv[2]), sys.argv[3]))), sys.stdout)
