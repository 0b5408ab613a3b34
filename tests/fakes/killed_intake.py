"""Run as a program: warnings are taken in by processes that are killed with -9 again and again.

Each life is a process of its own, forked so that it need not load everything anew. From a folder: killed before every
third statement, commit and renaming in turn, until one life has put all files away. By HTTP: killed at random moments; the
last server lives until this program's standard input ends.
"""

import asyncio
import os
import random
import signal
import sys
import time
from itertools import count
from pathlib import Path

from fastapi import FastAPI
from sqlalchemy import event
from sqlalchemy.engine import Engine

from bot.channels.base import Handler
from bot.channels.web.channel import WebChannel
from bot.channels.web.lines import Lines
from bot.warnings.endpoint import warning_endpoint
from bot.warnings.folder import WatchedFolder
from knowledge_base.store import Store
from tests.fakes.warning_desk import WarningDesk
from tests.fakes.web import CannedHandler

KEY = "a-key-of-some-length"


async def scan(url: str, folder: Path, last: int) -> None:
    """Look into the folder once, and be killed before the step number `last`."""
    numbers = count(1)

    def before(*_: object) -> None:
        if next(numbers) == last:
            os.kill(os.getpid(), signal.SIGKILL)

    store = Store(url)
    event.listen(Engine, "before_cursor_execute", before)
    event.listen(Engine, "commit", before)
    sys.addaudithook(lambda name, _: before() if name == "os.rename" else None)
    failed: list[str] = []
    await WatchedFolder(folder, WarningDesk(store).intake, failed.append).scan()
    assert not failed
    await store.close()


async def serve(url: str, port: int, tell: int) -> None:
    """Take warnings by HTTP; into `tell` goes a byte as soon as it does."""
    desk = WarningDesk(Store(url))

    def build(_handler: Handler) -> FastAPI:
        app = FastAPI()
        app.include_router(warning_endpoint(desk.intake, KEY))
        return app

    web = WebChannel(build, Lines(), "127.0.0.1", port)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(web.run(CannedHandler()))
        await web.ready.wait()
        os.write(tell, b".")
        await asyncio.to_thread(sys.stdin.read)
        running.cancel()


def from_folder(url: str, folder: Path) -> int:
    """How many were killed."""
    for kills in count():
        child = os.fork()
        if child == 0:
            asyncio.run(scan(url, folder, 3 * kills + 1))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            assert os.waitstatus_to_exitcode(status) == 0
            return kills
    raise AssertionError


def by_http(url: str, port: int, kills: int) -> None:
    """Kill that many, and let one go on."""
    hear, tell = os.pipe()
    for _ in range(kills):
        child = os.fork()
        if child == 0:
            asyncio.run(serve(url, port, tell))
            os._exit(0)
        os.read(hear, 1)  # it serves
        time.sleep(random.uniform(0, 0.12))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    asyncio.run(serve(url, port, tell))


if __name__ == "__main__":
    if sys.argv[1] == "folder":
        sys.stdout.write(f"{from_folder(sys.argv[2], Path(sys.argv[3]))}\n")
    else:
        by_http(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
