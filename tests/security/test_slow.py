"""Who connects and does not ask is shown out; who asks in time stays."""

import asyncio

import pytest
from starlette.types import Receive, Scope, Send

from bot.channels.web import server
from bot.channels.web.server import HttpServer

ASKED = b"GET / HTTP/1.1\r\nHost: a\r\n"


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers everything after a while."""
    if scope["type"] == "lifespan":
        return
    await asyncio.sleep(0.3)
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def test_who_says_nothing_is_shown_out(monkeypatch: pytest.MonkeyPatch, unused_tcp_port: int) -> None:
    monkeypatch.setattr(server, "FIRST", 0.1)
    serving = asyncio.create_task((http := HttpServer("127.0.0.1", unused_tcp_port)).run(app))
    await http.ready.wait()
    for said in (b"", b"GET / HTTP/1.1\r\n", ASKED + b"X-Slow: "):
        reader, writer = await asyncio.open_connection("127.0.0.1", unused_tcp_port)
        writer.write(said)
        assert await asyncio.wait_for(reader.read(), 5) == b""
        writer.close()
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)


async def test_who_asks_in_time_stays(monkeypatch: pytest.MonkeyPatch, unused_tcp_port: int) -> None:
    """An answer may take longer, and so may a pause between two requests; the second one may not be slow either."""
    monkeypatch.setattr(server, "FIRST", 0.1)
    serving = asyncio.create_task((http := HttpServer("127.0.0.1", unused_tcp_port)).run(app))
    await http.ready.wait()
    reader, writer = await asyncio.open_connection("127.0.0.1", unused_tcp_port)
    for _ in range(2):
        writer.write(ASKED + b"\r\n")
        assert b"204" in await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
        await asyncio.sleep(0.2)
    writer.write(ASKED)
    assert await asyncio.wait_for(reader.read(), 5) == b""
    writer.close()
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)
