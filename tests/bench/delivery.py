"""The outbox: how fast it fills and empties, and with how much memory; and Telegram at its ceiling."""

import asyncio
import json
import sys
import time
from asyncio.subprocess import PIPE
from bisect import bisect_left
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from bot.channels.base import Capabilities, Channel, Handler
from bot.channels.telegram import TelegramChannel
from bot.delivery.circular import Addressee, Circulars, Letter
from bot.delivery.outbox import Outbox
from bot.delivery.worker import Worker
from dialogs.messages import Choice, Reply, ReplyKind
from knowledge_base.store import Store
from tests.bench.figures import resident, show
from tests.fakes.bot_api.server import TOKEN
from tests.fakes.postgres import postgres_server
from tests.fakes.preferences import MemoryPreferences

ROOT = Path(__file__).parents[2]
SIZES = (10_000, 100_000)
POSTGRES = 20_000
SECONDS = 60
CEILING = 30
"""Telegram's documented messages a second."""
WARM = 2
"""Seconds before the figures of Telegram begin."""
_PORTION = 1_000
_LETTER = Reply(
    ReplyKind.INFO,
    "暴雨红色预警：今晚八点到明早八点，金牛镇有大暴雨。\n一、别下地\n二、别过河\n三、住低处的搬到村委会",
    choices=(Choice("w:ok:1", "收到"), Choice("w:help:1", "需要帮助")),
)


class Sink:
    """A channel that takes everything at once, and knows when it has had enough."""

    name = "sink"
    capabilities = Capabilities(voice_out=False, buttons=True, location_in=False, max_text=4096)
    presence = None

    async def run(self, handler: Handler) -> None:
        """Serves nobody."""

    async def send(self, user: str, reply: Reply, message_id: str | None = None) -> None:
        """Takes it."""


class Counter:
    """An observer that waits for a number of recorded tries, and looks at the memory from time to time."""

    def __init__(self, enough: int) -> None:
        self.count = 0
        self.memory = 0.0
        self.done = asyncio.Event()
        self._enough = enough

    def delivered(self, channel: str, what: str) -> None:
        """One more."""
        self.count += 1
        if self.count % 1_000 == 0:
            self.memory = max(self.memory, resident())
        if self.count >= self._enough:
            self.done.set()

    def failed(self, where: str) -> None:
        """No figure is to be had from a run with errors."""
        raise RuntimeError(where)


async def delivery(
    work: Path, *, sizes: Sequence[int] = SIZES, postgres: int = POSTGRES, seconds: float = SECONDS
) -> None:
    """The figures: recipients on SQLite, recipients on PostgreSQL, and so many seconds of Telegram."""
    for size in sizes:
        await _through(f"sqlite+aiosqlite:///{work / f'outbox{size}.db'}", "SQLite", size)
    with postgres_server() as server:
        await _through(server.new_database(), "PostgreSQL", postgres)
    await _telegram(work, seconds)


def _clock() -> datetime:
    return datetime.now(UTC)


async def _put(outbox: Outbox, store: Store, channel: str, users: range) -> None:
    async def portions() -> AsyncIterator[Sequence[Addressee]]:
        for start in range(users.start, users.stop, _PORTION):
            yield [Addressee(channel, str(user)) for user in range(start, min(start + _PORTION, users.stop))]

    async with store.session() as session:
        await Circulars(outbox, _clock).put(session, Letter("warning:1:1", _LETTER, 0), portions())


@asynccontextmanager
async def _at_work(outbox: Outbox, channel: Channel, counter: Counter) -> AsyncIterator[None]:
    task = asyncio.create_task(Worker(outbox, channel, clock=_clock, observer=counter).run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _through(url: str, database: str, size: int) -> None:
    """All of them into the outbox in one transaction, and out of it to a channel that costs nothing."""
    store = Store(url)
    await store.migrate()
    outbox, counter = Outbox(store, _clock), Counter(size)
    before = resident()
    started = time.perf_counter()
    await _put(outbox, store, "sink", range(size))
    filled = time.perf_counter() - started
    memory = resident()
    started, used = time.perf_counter(), time.process_time()
    async with _at_work(outbox, Sink(), counter):
        await counter.done.wait()
        emptied, cpu = time.perf_counter() - started, time.process_time() - used
    await store.close()
    name = f"outbox, {database}, {size} recipients"
    show(f"{name + ': in':<52} {size / filled:9.0f} rows/s   {filled:6.1f} s")
    show(f"{name + ': out':<52} {size / emptied:9.0f} rows/s   {emptied:6.1f} s   {cpu / size * 1000:.2f} ms CPU each")
    show(f"{name + ': memory':<52} {before:5.0f} MB before, {memory:.0f} filled, {counter.memory:.0f} emptying")


async def _telegram(work: Path, seconds: float) -> None:
    """More recipients than the time allows for, through the whole channel to a server that enforces the ceilings."""
    store = Store(f"sqlite+aiosqlite:///{work / 'telegram.db'}")
    await store.migrate()
    outbox, count = Outbox(store, _clock), round((seconds + WARM + 5) * CEILING)
    program = [sys.executable, "-m", "tests.bench.ceiling_server", str(count)]
    server = await asyncio.create_subprocess_exec(*program, stdin=PIPE, stdout=PIPE, cwd=ROOT)
    if server.stdout is None:
        raise RuntimeError("no port")
    base = f"http://127.0.0.1:{int(await server.stdout.readline())}"
    channel = TelegramChannel(TOKEN, preferences=MemoryPreferences(), clock=_clock, api_base=base)
    await _put(outbox, store, channel.name, range(1, count + 1))
    started = time.monotonic() + WARM
    async with _at_work(outbox, channel, Counter(count)):
        await asyncio.sleep(seconds + WARM)
    await channel.close()
    await store.close()
    came = json.loads((await server.communicate(b""))[0])
    times = came["times"]
    rate = sum(started <= at < started + seconds for at in times) / seconds
    most = max(bisect_left(times, at + 1) - index for index, at in enumerate(times))
    show(
        f"{f'Telegram at its ceiling for {seconds:.0f} s':<52} {rate:9.2f} messages/s   {rate / CEILING:.1%} of {CEILING}   "
        f"most that came in a second {most}   429: {came['refused']}"
    )
