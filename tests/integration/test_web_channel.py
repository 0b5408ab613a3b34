"""The web chat served on a real socket: pushes, lost lines, large uploads, stopping."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosedError, ConnectionClosedOK
from websockets.typing import Origin

from bot.channels.base import Channel, Unreachable
from bot.channels.web.app import create_web
from bot.channels.web.channel import WebChannel
from bot.channels.web.lines import Lines
from bot.channels.web.server import AddressTaken
from bot.channels.web.texts import load_texts
from dialogs.messages import Reply, ReplyKind
from tests.fakes.web import CannedHandler, HummingMouth

SECRET = "the secret of the tests"
REMINDER = Reply(kind=ReplyKind.INFO, text="明早八点，收割机到您家地头。", spoken="明早八点，收割机到。")


class Served:
    """A running channel and a visitor of it."""

    def __init__(self, port: int) -> None:
        self.base = f"http://127.0.0.1:{port}"
        self.handler = CannedHandler()
        self.lines = Lines()
        self.channel = WebChannel(
            lambda handler: create_web(handler, HummingMouth(), load_texts(), SECRET, lines=self.lines),
            self.lines,
            "127.0.0.1",
            port,
            confirm_seconds=60,
        )
        self.cookie = ""

    @contextlib.asynccontextmanager
    async def line(self) -> AsyncIterator[ClientConnection]:
        address = self.base.replace("http", "ws", 1) + "/chat"
        async with connect(address, additional_headers={"Cookie": self.cookie}, origin=Origin(self.base)) as line:
            assert (await receive(line))["type"] == "hello"
            yield line

    async def visitor(self) -> str:
        """The visitor's id, as the handler sees it."""
        async with self.line() as line:
            await say(line, "玉米")
            await receive(line)
            await receive(line)
        return self.handler.inbounds[-1].user


async def receive(line: ClientConnection) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(await line.recv())
    return message


async def say(line: ClientConnection, text: str, message_id: str | None = None) -> None:
    await line.send(json.dumps({"type": "text", "id": message_id or str(uuid4()), "text": text}))


@pytest.fixture
async def served(unused_tcp_port: int) -> AsyncIterator[Served]:
    served = Served(unused_tcp_port)
    running = asyncio.create_task(served.channel.run(served.handler))
    await served.channel.ready.wait()
    async with httpx.AsyncClient(timeout=60) as client:
        cookie = (await client.get(served.base)).headers["set-cookie"]
    served.cookie = cookie.partition(";")[0]
    yield served
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not served.channel.ready.is_set()


async def test_is_a_channel(served: Served) -> None:
    channel: Channel = served.channel
    assert channel.name == "web"
    assert channel.capabilities.buttons


async def test_push_reaches_every_open_page_and_is_confirmed(served: Served) -> None:
    visitor = await served.visitor()
    async with served.line() as first, served.line() as second:
        sending = asyncio.create_task(served.channel.send(visitor, REMINDER))
        pushed, same = await receive(first), await receive(second)
        assert pushed == same
        assert pushed["reply"]["text"] == REMINDER.text
        assert pushed["reply"]["speech"].startswith("/speech/")
        await first.send(json.dumps({"type": "got", "id": pushed["reply"]["id"]}))
        await sending


async def test_push_to_nobody_is_unreachable(served: Served) -> None:
    with pytest.raises(Unreachable) as error:
        await served.channel.send("nobody", REMINDER)
    assert error.value.retryable


async def test_an_unconfirmed_message_is_tried_again_under_the_same_id(served: Served) -> None:
    visitor = await served.visitor()
    async with served.line() as line:
        with pytest.MonkeyPatch.context() as soon:
            soon.setattr(served.channel, "_confirm_seconds", 0.3)
            with pytest.raises(Unreachable):
                await served.channel.send(visitor, REMINDER, "m1")
        first = await receive(line)
        sending = asyncio.create_task(served.channel.send(visitor, REMINDER, "m1"))
        assert await receive(line) == first
        await line.send(json.dumps({"type": "got", "id": first["reply"]["id"]}))
        await sending
        sending = asyncio.create_task(served.channel.send(visitor, REMINDER))
        third = await receive(line)
        assert third["reply"]["id"] != first["reply"]["id"]
        await line.send(json.dumps({"type": "got", "id": third["reply"]["id"]}))
        await sending


async def test_the_channel_tells_who_is_there_and_who_comes(served: Served) -> None:
    visitor = await served.visitor()
    came: list[str] = []
    served.channel.presence.on_arrival(came.append)
    async with served.line():
        assert came == [visitor]
        assert list(served.channel.presence.here()) == [visitor]


async def test_message_sent_again_on_a_new_line_joins_the_turn_under_way(served: Served) -> None:
    message_id = str(uuid4())
    served.handler.gate = asyncio.Event()
    async with served.line() as line:
        await say(line, "玉米", message_id)
        assert (await receive(line))["type"] == "received"
        await served.handler.started.wait()
    async with served.line() as line:
        await say(line, "玉米", message_id)
        assert (await receive(line))["type"] == "received"
        served.handler.gate.set()
        answer = await receive(line)
    assert (answer["id"], answer["duplicate"]) == (message_id, False)
    assert len(served.handler.inbounds) == 1


async def test_messages_of_one_visitor_are_answered_in_order(served: Served) -> None:
    served.handler.gate = asyncio.Event()
    async with served.line() as line:
        for text in ("你说一", "你说二", "你说三"):
            await say(line, text)
            assert (await receive(line))["type"] == "received"
        await served.handler.started.wait()
        assert len(served.handler.inbounds) == 1
        served.handler.gate.set()
        assert [(await receive(line))["replies"][0]["text"] for _ in range(3)] == ["一", "二", "三"]


async def test_ping(served: Served) -> None:
    async with served.line() as line:
        await line.send('{"type": "ping"}')
        assert await receive(line) == {"type": "pong"}


async def test_frame_over_the_limit_closes_only_its_line(served: Served) -> None:
    async with served.line() as other:
        async with served.line() as line:
            with contextlib.suppress(ConnectionClosedError):
                await line.send("长" * 1_000_000)
            with pytest.raises(ConnectionClosedError) as closed:
                await line.recv()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1009
        await say(other, "玉米")
        assert (await receive(other))["type"] == "received"
        await receive(other)


async def test_upload_of_100_megabytes_is_refused_in_a_sentence(served: Served) -> None:
    async def recording() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield bytes(1_000_000)

    headers = {"Cookie": served.cookie, "Origin": served.base}
    async with httpx.AsyncClient(timeout=60) as client:
        response = await client.post(f"{served.base}/voice?id={uuid4()}", content=recording(), headers=headers)
    assert (response.status_code, response.json()["code"]) == (413, "too_large")
    assert "20兆" in response.json()["text"]
    assert served.handler.inbounds == []


async def test_stopping_closes_the_lines(unused_tcp_port: int) -> None:
    served = Served(unused_tcp_port)
    running = asyncio.create_task(served.channel.run(served.handler))
    await served.channel.ready.wait()
    async with httpx.AsyncClient(timeout=60) as client:
        served.cookie = (await client.get(served.base)).headers["set-cookie"].partition(";")[0]
    async with served.line() as line:
        assert served.lines.visitors == 1
        running.cancel()
        with pytest.raises((ConnectionClosedError, ConnectionClosedOK)):
            await line.recv()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert served.lines.visitors == 0


async def test_address_in_use(served: Served) -> None:
    port = int(served.base.rpartition(":")[2])
    second = WebChannel(lambda _: create_web(CannedHandler(), None, load_texts(), SECRET), Lines(), "127.0.0.1", port)
    with pytest.raises(AddressTaken, match=str(port)):
        await second.run(CannedHandler())
