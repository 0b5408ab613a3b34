"""Who connects and does not ask is shown out; who asks in time stays."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from bot.channels.web import server
from bot.channels.web.server import HttpServer
from tests.acceptance.stage import free_port
from tests.fakes.until import until

ASKED = b"GET / HTTP/1.1\r\nHost: a\r\n"
PATIENCE = 60.0
"""Seconds for what is certain to come, on a machine with other work."""


class Hourglass:
    """Stands for the loop's timers of so many seconds: they end when it is turned, however slow the machine."""

    def __init__(self, seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
        self._timers: list[tuple[asyncio.TimerHandle, Callable[..., object]]] = []
        loop = asyncio.get_running_loop()
        real = loop.call_later

        def call_later(delay: float, callback: Callable[..., object], *arguments: Any, **more: Any) -> Any:
            timer = real(100 * delay if delay >= 1 else delay, callback, *arguments, **more)
            if delay == seconds:
                self._timers.append((timer, callback))
            return timer

        monkeypatch.setattr(loop, "call_later", call_later)

    @property
    def running(self) -> int:
        """How many run."""
        return sum(not timer.cancelled() for timer, _ in self._timers)

    def turn(self) -> None:
        """Their time is over."""
        for timer, callback in self._timers:
            if not timer.cancelled():
                timer.cancel()
                callback()
        self._timers.clear()


class Slow:
    """An application that answers once it may."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.may = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return
        self.asked.set()
        await self.may.wait()
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})


@asynccontextmanager
async def serving(app: Slow) -> AsyncIterator[int]:
    """On a port of its own."""
    port = free_port()
    running = asyncio.create_task((http := HttpServer("127.0.0.1", port)).run(app))
    await http.ready.wait()
    yield port
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def rest(reader: asyncio.StreamReader) -> bytes:
    """What comes until the server closes."""
    try:
        return await asyncio.wait_for(reader.read(), PATIENCE)
    except ConnectionResetError:  # closed before it has read what was said
        return b""


async def test_who_says_nothing_is_shown_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "FIRST", 0.1)
    async with serving(Slow()) as port:
        for said in (b"", b"GET / HTTP/1.1\r\n", ASKED + b"X-Slow: "):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(said)
            assert await rest(reader) == b""
            writer.close()


async def test_who_asks_in_time_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer may take longer, and so may a pause between two requests; the second one may not be slow either."""
    first = Hourglass(server.FIRST, monkeypatch)
    async with serving(app := Slow()) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await until(lambda: first.running == 1)
        for _ in range(2):
            app.asked.clear()
            app.may.clear()
            writer.write(ASKED + b"\r\n")
            await app.asked.wait()
            first.turn()  # while it is answered
            app.may.set()
            assert b"204" in await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)
            first.turn()  # while nothing is asked
        writer.write(ASKED)
        await until(lambda: first.running == 1)
        first.turn()
        assert await rest(reader) == b""
        writer.close()
