"""Redis for tests: one that speaks its protocol in this process, the real one where it is installed, and a line to cut."""

import asyncio
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

import pytest
from fakeredis import TcpFakeServer

from tests.acceptance.stage import free_port

needs_redis = pytest.mark.skipif(shutil.which("redis-server") is None, reason="apt-get install redis-server")
KINDS = ["fakeredis", pytest.param("redis", marks=needs_redis)]


@contextmanager
def redis_server(kind: str) -> Iterator[int]:
    """Its port on this machine."""
    if kind == "fakeredis":
        with _fake() as port:
            yield port
    else:
        with real_redis() as server:
            yield server.port


@contextmanager
def _fake() -> Iterator[int]:
    class Server(TcpFakeServer):
        request_queue_size = 128
        block_on_close = False

    server = Server(("127.0.0.1", 0))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class RedisServer:
    """The real one, without a disk; it can be killed, and started again at the same port with nothing in it."""

    def __init__(self) -> None:
        self.port = free_port()
        self.start()

    def start(self) -> None:
        """Return once it takes connections."""
        arguments = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._server = subprocess.Popen(["redis-server", *arguments], stdout=subprocess.DEVNULL, cwd="/tmp")
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
                return
            time.sleep(0.01)
        self.kill()
        raise AssertionError("redis-server does not start")

    def kill(self) -> None:
        """End it with -9."""
        self._server.kill()
        self._server.wait()


@contextmanager
def real_redis() -> Iterator[RedisServer]:
    """Certainly gone afterwards."""
    server = RedisServer()
    try:
        yield server
    finally:
        server.kill()


class Line:
    """A connection to a server that can be cut, or fall silent."""

    def __init__(self, to: int) -> None:
        self._to = to
        self._server: asyncio.Server | None = None
        self._port = 0
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._ends: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """The address at this end."""
        return f"redis://127.0.0.1:{self._port}"

    async def join(self) -> None:
        """Let it be there (again), at the same address."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]
        self._flowing.set()

    async def cut(self) -> None:
        """Close all connections, and refuse new ones."""
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for end in self._ends:
            end.transport.abort()
        self._ends.clear()

    def hush(self) -> None:
        """Take everything in and give nothing out."""
        self._flowing.clear()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._to)
        self._ends |= {writer, back}
        for source, target in ((reader, back), (there, writer)):
            task = asyncio.create_task(self._carry(source, target))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _carry(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(65_536):
                await self._flowing.wait()
                target.write(data)
        target.close()


@asynccontextmanager
async def line_to(port: int) -> AsyncIterator[Line]:
    """A line to a server."""
    line = Line(port)
    await line.join()
    try:
        yield line
    finally:
        await line.cut()


class Watcher:
    """Keeps what went wrong."""

    def __init__(self) -> None:
        self.failures: list[str] = []

    def failed(self, where: str) -> None:
        self.failures.append(where)
