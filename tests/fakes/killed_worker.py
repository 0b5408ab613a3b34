"""Run as a program: workers on one outbox that are killed with -9 again and again, and one that ends the job.

Each worker is a process of its own, forked so that it need not load everything anew. What it sends is a line in a file,
`<person> <message id>`; after each kill the parent adds the line `killed`. The last arguments are how many messages a
worker sends at the same time, how many it may leave unrecorded, and how many it claims at once.
"""

import asyncio
import os
import random
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from bot.channels.base import Capabilities, Handler
from bot.delivery.outbox import Outbox
from bot.delivery.worker import Bounds, Worker
from dialogs.messages import Reply
from knowledge_base.store import Store
from tests.fakes.post import Watcher

LEASE = 0.3


class FileChannel:
    """Takes a moment for each message, writes it down, and takes another moment to say so."""

    name = "file"
    capabilities = Capabilities(voice_out=False, buttons=False, location_in=False, max_text=1000)
    presence = None

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND)

    async def run(self, handler: Handler) -> None:
        await asyncio.Event().wait()

    async def send(self, user: str, reply: Reply, message_id: str | None = None) -> None:
        await asyncio.sleep(random.uniform(0, 0.006))
        os.write(self._file, f"{user} {message_id}\n".encode())
        await asyncio.sleep(random.uniform(0, 0.006))


async def work(url: str, path: Path, bounds: Bounds, *, to_the_end: bool) -> None:
    """One worker's life."""
    store = Store(url)
    outbox = Outbox(store, lambda: datetime.now(UTC))
    worker = Worker(outbox, FileChannel(path), clock=lambda: datetime.now(UTC), observer=Watcher(), bounds=bounds)
    task = asyncio.create_task(worker.run())
    while not to_the_end or await outbox.backlog():  # noqa: ASYNC110 - the worker tells nobody that all is done
        await asyncio.sleep(0.05)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await store.close()


def main(url: str, path: Path, kills: int, bounds: Bounds) -> None:
    """Kill that many workers at random points of their work, then let one finish."""
    log = os.open(path, os.O_WRONLY | os.O_APPEND)
    Store(url)  # loads the database's driver, once for all children
    for _ in range(kills):
        before = path.stat().st_size
        child = os.fork()
        if child == 0:
            asyncio.run(work(url, path, bounds, to_the_end=False))
        while path.stat().st_size == before:  # it works
            time.sleep(0.001)
        time.sleep(random.uniform(0, 0.04))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.write(log, b"killed\n")
    asyncio.run(work(url, path, bounds, to_the_end=True))


if __name__ == "__main__":
    many, parallel, unrecorded, portion = map(int, sys.argv[3:])
    main(
        sys.argv[1],
        Path(sys.argv[2]),
        many,
        Bounds(parallel=parallel, unrecorded=unrecorded, portion=portion, lease=LEASE, poll=0.02),
    )
