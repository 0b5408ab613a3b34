"""People on the web chat of a really running program, over real sockets."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Self

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.fakes.served import Served

PATIENCE = 300.0
"""Seconds that an answer may take on a machine with other work."""
Answer = dict[str, Any]


class Visitor:
    """One browser: a cookie, and a line while the program runs. `pushed` is what came without being asked for."""

    def __init__(self, program: Served) -> None:
        self._program = program
        self._cookie = ""
        self._line: ClientConnection | None = None
        self._reading: asyncio.Task[None] | None = None
        self._waiting: dict[str, asyncio.Future[Answer]] = {}
        self.pushed: list[Answer] = []
        self.came = asyncio.Event()

    async def arrive(self, client: httpx.AsyncClient | None = None) -> Self:
        """Open the page, and a line."""
        if not self._cookie:
            self._cookie = await self._welcomed(client)
        self._line = await connect(
            f"ws://127.0.0.1:{self._program.port}/chat",
            additional_headers=self.headers,
            open_timeout=PATIENCE,
            ping_interval=None,
            compression=None,
            proxy=None,
        )
        self._reading = asyncio.create_task(self._read(self._line))
        return self

    async def _welcomed(self, client: httpx.AsyncClient | None) -> str:
        async with AsyncExitStack() as stack:
            if client is None:
                client = await stack.enter_async_context(httpx.AsyncClient(trust_env=False, timeout=PATIENCE))
            page = await client.get(self._program.url)
            return str(page.headers["set-cookie"]).split(";")[0]

    async def __aenter__(self) -> Self:
        return await self.arrive()

    async def __aexit__(self, *_: object) -> None:
        await self.leave()

    async def leave(self) -> None:
        """Close the line; whoever waits for an answer hears of it."""
        if self._line is not None and self._reading is not None:
            await self._line.close()
            await asyncio.gather(self._reading, return_exceptions=True)

    @property
    def headers(self) -> dict[str, str]:
        """What a browser sends along."""
        return {"Cookie": self._cookie, "Origin": self._program.url}

    async def say(self, text: str, message_id: str = "") -> Answer:
        """The answer to typed words. Raises `ConnectionError` when the line ends before."""
        return await self._send(message_id, type="text", text=text)

    async def press(self, label: str, answer: Answer) -> Answer:
        """The answer to a button under an answer."""
        choice = next(c["id"] for reply in answer["replies"] for c in reply["choices"] if c["label"] == label)
        return await self._send("", type="choice", choice=choice)

    async def play(self, recording: bytes) -> Answer:
        """The answer to a recording."""
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as client:
            address = f"{self._program.url}/voice?id={uuid.uuid4()}"
            answer = await client.post(
                address, content=recording, headers={**self.headers, "Content-Type": "audio/ogg"}
            )
        found: Answer = answer.json()
        return found

    async def _send(self, message_id: str, **message: str) -> Answer:
        message_id = message_id or str(uuid.uuid4())
        assert self._line is not None
        answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[message_id] = answered
        try:
            await self._line.send(json.dumps({"id": message_id, **message}))
            async with asyncio.timeout(PATIENCE):
                return await answered
        except ConnectionClosed as closed:
            raise ConnectionError(str(closed)) from None
        finally:
            self._waiting.pop(message_id, None)

    async def _read(self, line: ClientConnection) -> None:
        try:
            async for raw in line:
                message = json.loads(raw)
                if message["type"] == "push":
                    await line.send(json.dumps({"type": "got", "id": message["reply"]["id"]}))
                    self.pushed.append(message["reply"])
                    self.came.set()
                elif message["type"] in {"answer", "error"}:
                    answered = self._waiting.get(message["id"])
                    if answered is not None and not answered.done():
                        answered.set_result(message)
        except ConnectionClosed:
            pass
        finally:
            for answered in self._waiting.values():
                if not answered.done():
                    answered.set_exception(ConnectionError("the line has ended"))


@asynccontextmanager
async def visitors(program: Served, count: int) -> AsyncIterator[list[Visitor]]:
    """So many people with an open line each, all there before the first one speaks."""
    limits = httpx.Limits(max_connections=20)
    gate = asyncio.Semaphore(50)
    async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE, limits=limits) as client:
        client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # each is a person of their own

        async def arrives() -> Visitor:
            async with gate:
                return await Visitor(program).arrive(client)

        found = await asyncio.gather(*(arrives() for _ in range(count)))
    try:
        yield found
    finally:
        await asyncio.gather(*(one.leave() for one in found))


def texts(answer: Answer) -> list[str]:
    """What an answer says."""
    return [reply["text"] for reply in answer["replies"]] if answer["type"] == "answer" else [answer["text"]]


def subject(answer: Answer) -> str | None:
    """The entry that an answer gives."""
    return next((reply["subject"] for reply in answer.get("replies", ()) if reply["subject"]), None)
