"""The outbox: how fast it fills and empties, with memory that does not grow; and Telegram at its ceiling."""

import asyncio
import json
import sys
import time
from asyncio.subprocess import PIPE
from bisect import bisect_left
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bot.channels.telegram import TelegramChannel
from bot.delivery.outbox import Outbox
from knowledge_base.store import Store
from tests.bench.drain import Counter, Drained, at_work, clock, put
from tests.bench.figures import show
from tests.fakes.bot_api.server import TOKEN
from tests.fakes.postgres import postgres_server
from tests.fakes.preferences import MemoryPreferences

ROOT = Path(__file__).parents[2]
SIZES = (1_000, 10_000, 100_000)
"""Recipients, each in a process of its own."""
POSTGRES = 20_000
SECONDS = 60
CEILING = 30
"""Telegram's documented messages a second."""
WARM = 2
"""Seconds before the figures of Telegram begin."""


async def delivery(
    work: Path, *, sizes: Sequence[int] = SIZES, postgres: int = POSTGRES, seconds: float = SECONDS
) -> None:
    """The figures: recipients through Telegram's channel and through none, and so many seconds at the ceiling."""
    for size in sizes:
        async with _server(size, "open") as (base, _):
            await _through(f"sqlite+aiosqlite:///{work / f'telegram{size}.db'}", "SQLite, Bot API", size, base)
    await _through(f"sqlite+aiosqlite:///{work / 'sink.db'}", "SQLite, null channel", sizes[-1], "sink")
    with postgres_server() as server:
        await _through(server.new_database(), "PostgreSQL, null channel", postgres, "sink")
    await ceiling(work, seconds)


async def ceiling(work: Path, seconds: float = SECONDS) -> None:
    """More recipients than the time allows for, through the whole channel to a server that enforces the ceilings."""
    store = Store(f"sqlite+aiosqlite:///{work / 'ceiling.db'}")
    await store.migrate()
    outbox, count = Outbox(store, clock), round((seconds + WARM + 5) * CEILING)
    async with _server(count, "ceilings") as (base, came):
        channel = TelegramChannel(TOKEN, preferences=MemoryPreferences(), clock=clock, api_base=base)
        await put(outbox, store, channel.name, count)
        started = time.monotonic() + WARM
        async with at_work(outbox, channel, Counter(count)):
            await asyncio.sleep(seconds + WARM)
        await channel.close()
    await store.close()
    times = came["times"]
    rate = sum(started <= at < started + seconds for at in times) / seconds
    most = max(bisect_left(times, at + 1) - index for index, at in enumerate(times))
    show(
        f"{f'Telegram at its ceiling for {seconds:.0f} s':<52} {rate:9.2f} messages/s   {rate / CEILING:.1%} of {CEILING}   "
        f"most that came in a second {most}   429: {came['refused']}"
    )


@asynccontextmanager
async def _server(chats: int, ceilings: str) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    """The fake Bot API in a process of its own: its address, and after the block what came in."""
    came: dict[str, Any] = {}
    program = [sys.executable, "-m", "tests.bench.bot_server", str(chats), ceilings]
    server = await asyncio.create_subprocess_exec(*program, stdin=PIPE, stdout=PIPE, cwd=ROOT)
    if server.stdout is None:
        raise RuntimeError("no port")
    try:
        yield f"http://127.0.0.1:{int(await server.stdout.readline())}", came
    finally:
        came |= json.loads((await server.communicate(b""))[0])


async def _through(url: str, name: str, size: int, where: str) -> None:
    """All of them into the outbox in one transaction, and out of it, in a fresh process."""
    program = [sys.executable, "-m", "tests.bench.drain", url, str(size), where]
    process = await asyncio.create_subprocess_exec(*program, stdout=PIPE, cwd=ROOT)
    told, _ = await process.communicate()
    got = Drained(**json.loads(told))
    name = f"outbox, {name}, {size} recipients"
    show(f"{name + ': in':<52} {size / got.filled:9.0f} rows/s   {got.filled:6.1f} s")
    each = got.cpu / size * 1000
    show(f"{name + ': out':<52} {size / got.emptied:9.0f} rows/s   {got.emptied:6.1f} s   {each:.2f} ms CPU each")
    show(f"{name + ': memory':<52} {got.before:5.0f} MB before, {got.full:.0f} filled, {got.most:.0f} emptying")
