"""Run as a program: servers of loudspeakers that are killed with -9 again and again while warnings come in.

Each server is a process of its own, forked so that it need not load everything anew. The last one lives until this
program's standard input ends.
"""

import asyncio
import os
import random
import signal
import sys
import time
from pathlib import Path

from bot.channels.speaker.link import Broker
from knowledge_base.store import Store
from tests.fakes.broker import PASSWORD, SERVER
from tests.fakes.speakers import County


async def serve(url: str, folder: Path, broker: str, tell: int) -> None:
    """One server's life; into `tell` goes a byte as soon as it has its line to the broker."""
    county = County(Store(url), folder, broker=Broker.at(broker, SERVER, PASSWORD), port=1)
    link = county.service.link
    assert link is not None
    async with asyncio.TaskGroup() as group:
        running = group.create_task(county.service.run())
        await link.connected.wait()
        os.write(tell, b".")
        await asyncio.to_thread(sys.stdin.read)
        running.cancel()


async def warn(url: str, folder: Path, version: int) -> None:
    """A new version comes in."""
    store = Store(url)
    await County(store, folder, port=1).warn(version=version)
    await store.close()


def main(url: str, folder: Path, broker: str, kills: int) -> None:
    """Kill that many servers at random points of their work, then let one go on."""
    hear, tell = os.pipe()
    for version in range(1, kills + 1):
        child = os.fork()
        if child == 0:
            asyncio.run(serve(url, folder, broker, tell))
            os._exit(0)
        os.read(hear, 1)  # it works
        asyncio.run(warn(url, folder, version))
        time.sleep(random.uniform(0, 0.3))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    asyncio.run(serve(url, folder, broker, tell))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
