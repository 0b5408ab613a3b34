"""A started assistant, and how much memory its processes hold."""

import asyncio
import os
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from bot.settings import Settings

START_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Served:
    """A running `xiangyin serve`; `seconds` from start to the page."""

    port: int
    pid: int
    seconds: float

    def memory(self) -> dict[str, float]:
        """Resident megabytes of the process and of its children, by name."""
        pids = [self.pid, *_children(self.pid)]
        return {f"{_name(pid)} ({pid})": _resident(pid) for pid in pids}


@asynccontextmanager
async def served(home: Path) -> AsyncIterator[Served]:
    """`xiangyin serve` on a home of its own, with the models that are there already."""
    home.mkdir(parents=True, exist_ok=True)
    for shared in ("models", "rasa", "cache"):
        (home / shared).symlink_to(Settings().home / shared)
    port = _free_port()
    environment = {**os.environ, "XIANGYIN_HOME": str(home), "XIANGYIN_PORT": str(port)}
    started = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.cli", "serve", env=environment, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        await _answering(f"http://127.0.0.1:{port}/healthz")
        yield Served(port, process.pid, time.perf_counter() - started)
    finally:
        process.terminate()
        await process.wait()


async def _answering(url: str) -> None:
    async with asyncio.timeout(START_SECONDS), httpx.AsyncClient() as client:
        while True:
            try:
                (await client.get(url)).raise_for_status()
            except httpx.TransportError:
                await asyncio.sleep(0.05)
            else:
                return


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _children(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in children]


def _name(pid: int) -> str:
    command = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    return "rasa" if any("nlu/rasa" in part for part in command) else "xiangyin"


def _resident(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024
