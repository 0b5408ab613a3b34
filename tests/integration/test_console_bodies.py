"""Requests that no page of the console makes: bodies that are too large, addresses that do not exist, broken forms."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from urllib.parse import urlsplit

import pytest

from knowledge_base.store import Store
from tests.fakes.console import fake_console
from tests.fakes.desk import Desk, open_desk

LINE = b"POST /console/sign-in HTTP/1.1\r\nHost: x\r\nOrigin: http://x\r\nContent-Type: application/x-www-form-urlencoded\r\n"


@pytest.fixture
async def desk(store: Store, now: datetime) -> AsyncIterator[Desk]:
    async with open_desk(store, now) as desk:
        yield desk


@pytest.mark.parametrize(
    "sent",
    [
        LINE + b"Content-Length: 50000000\r\n\r\nname=",
        LINE + b"Transfer-Encoding: chunked\r\n\r\n" + (b"20000\r\n" + b"x" * 0x20000 + b"\r\n") * 16,
    ],
    ids=["declared", "chunked"],
)
async def test_the_answer_does_not_wait_for_the_end(sent: bytes, store: Store, now: datetime) -> None:
    async with fake_console(store, now) as console, console.served() as address:
        place = urlsplit(address)
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
        writer.write(sent)
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 60)
        assert head.startswith(b"HTTP/1.1 413 ")
        body = await asyncio.wait_for(reader.readuntil(b"</html>"), 60)
        assert "内容太大了".encode() in body
        writer.close()
        await writer.wait_closed()


async def test_large_bodies_are_refused_before_they_are_read(desk: Desk) -> None:
    agent = await desk.console.client("agent")
    assert (await agent.post("/console/desk", {"text": "x" * 1_900_000})).status_code == 303
    answer = await agent.post("/console/desk", {"text": "x" * 2_000_001})
    assert answer.status_code == 413
    assert "内容太大了" in answer.text
    upload = {"file": ("a.xlsx", b"x" * 2_900_000)}
    assert (await agent.post("/console/desk/file", {"text": "表"}, upload)).status_code == 303
    assert (
        await agent.post("/console/desk/file", {"text": "表"}, {"file": ("a", b"x" * 3_000_001)})
    ).status_code == 413

    async def endless() -> AsyncIterator[bytes]:
        yield b"text="
        for _ in range(40):
            yield b"x" * 100_000

    headers = {"X-CSRF-Token": agent.token, "Content-Type": "application/x-www-form-urlencoded"}
    streamed = await agent.http.post("/console/desk", content=endless(), headers=headers)
    assert streamed.status_code == 413
    assert [len(text) for text in desk.written] == [1_900_000, 1]


async def test_broken_requests_get_a_plain_page(desk: Desk) -> None:
    agent = await desk.console.client("operator", errors=False)
    assert (await agent.get("/console/none")).status_code == 404
    assert "没有这一页" in (await agent.get("/console/accounts/of/nobody")).text
    for method, path, status in (
        ("GET", "/console/audit?before=x", 400),
        ("GET", "/console/audit?before=99999999999999999999", 400),
        ("GET", "/console/audit?subject=%00", 400),
        ("GET", "/console/accounts/of/%00", 400),
        ("PUT", "/console/desk", 405),
        ("POST", "/console/accounts/of/nobody/close", 404),
    ):
        answer = await agent.http.request(method, path, headers={"X-CSRF-Token": agent.token})
        assert (path, answer.status_code, answer.headers["content-type"]) == (path, status, "text/html; charset=utf-8")
    headers = {"X-CSRF-Token": agent.token, "Content-Type": "multipart/form-data; boundary=x"}
    broken = await agent.http.post("/console/accounts/new", content=b"no multipart", headers=headers)
    assert broken.status_code == 400
    writer = await desk.console.client("agent", errors=False)
    failed = await writer.post("/console/desk/break")
    assert failed.status_code == 500
    assert "后台出错了" in failed.text
    assert "RuntimeError" not in failed.text


async def test_pages_are_not_kept_and_files_are(desk: Desk) -> None:
    agent = await desk.console.client("agent")
    page = await agent.get("/console/")
    assert page.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    nobody = await desk.console.client()
    file = await nobody.get(f"/console/static/{desk.console.kit.version}/htmx.min.js")
    assert file.status_code == 200
    assert "immutable" in file.headers["cache-control"]
