"""A visitor of the web chat as the page would be: one cookie, one line, what it sends and what is pushed to it."""

import asyncio
import contextlib
import json
import time
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any
from uuid import UUID

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

PATIENCE = 60.0
"""Seconds until a message without an answer counts as unanswered."""
TRIES = 6
"""How often a message is sent again that came too fast."""

Json = dict[str, Any]
Noted = Callable[[str, float], None]
"""Is told of each answer: what kind of message it was to, and the milliseconds."""


class Unanswered(Exception):
    """A message, or a page, did not get what it had to get."""


class Visitor:
    """Messages are numbered from `random`, so that a run with the same seed sends the same."""

    def __init__(self, http: httpx.AsyncClient, random: Random, noted: Noted) -> None:
        """`http` keeps no cookies and has the server's address as its base."""
        self._http = http
        self._random = random
        self._noted = noted
        self._cookie = ""
        self._socket: ClientConnection | None = None
        self._reading: asyncio.Task[None] | None = None
        self._waiting: dict[str, asyncio.Future[Json]] = {}
        self._loose: asyncio.Queue[Json] = asyncio.Queue()
        self.pushed: Callable[[Json], Awaitable[None]] | None = None
        """Is given every reply that nobody asked for, once."""
        self._seen: set[str] = set()
        self._answering: set[asyncio.Task[None]] = set()

    @property
    def user(self) -> str:
        """Who the server takes this visitor for."""
        return self._cookie.partition("=")[2].partition(".")[0]

    @property
    def here(self) -> bool:
        """Whether the line is open."""
        return self._reading is not None and not self._reading.done()

    def new_id(self) -> str:
        """An id for a message."""
        return str(UUID(int=self._random.getrandbits(128), version=4))

    async def load(self) -> None:
        """Fetch the page, and open its line."""
        page = await self._fetch("page", "/")
        self._cookie = page.headers["set-cookie"].split(";")[0]
        await self.open()

    async def open(self) -> None:
        """Open the line; raises `Unanswered` where the server does not greet."""
        address = str(self._http.base_url).rstrip("/")
        headers = {"Cookie": self._cookie, "Origin": address}
        try:
            self._socket = await connect(
                f"ws{address.removeprefix('http')}/chat", additional_headers=headers, open_timeout=PATIENCE
            )
            async with asyncio.timeout(PATIENCE):
                hello = json.loads(await self._socket.recv())
        except (OSError, TimeoutError, ConnectionClosed) as fault:
            raise Unanswered(f"no line: {type(fault).__name__}") from None
        if hello["type"] != "hello":
            raise Unanswered(f"greeted with {hello['type']} {hello.get('code', '')}")
        self._reading = asyncio.create_task(self._read(self._socket))

    async def hang_up(self) -> None:
        """Close the line, as a phone without a network does not, but a page that is left does."""
        if self._socket is not None:
            await self._socket.close()
        if self._reading is not None:
            with contextlib.suppress(ConnectionClosed):
                await self._reading
        for task in self._answering:
            task.cancel()

    async def say(self, kind: str, message_id: str = "", **message: object) -> Json:
        """The answer to a typed word, a choice or a position. Raises `Unanswered`."""
        message_id = message_id or self.new_id()
        for _ in range(TRIES):
            began = time.perf_counter()
            answer = await self._exchange(message_id, json.dumps({"id": message_id, **message}))
            if answer["type"] == "answer":
                self._noted(kind, (time.perf_counter() - began) * 1000)
                if not answer["replies"] and not answer["duplicate"]:
                    raise Unanswered(f"{kind}: an answer without a reply")
                return answer
            if answer.get("retry_after") is None or answer["code"] == "busy":
                raise Unanswered(f"{kind}: {answer['code']}")
            await asyncio.sleep(answer["retry_after"])
        raise Unanswered(f"{kind}: too fast {TRIES} times")

    async def refused(self, raw: str | bytes) -> str:
        """The code of the refusal of a frame that names no message."""
        if self._socket is None:
            raise Unanswered("no line")
        await self._socket.send(raw)
        try:
            async with asyncio.timeout(PATIENCE):
                answer = await self._loose.get()
        except TimeoutError:
            raise Unanswered("a broken frame got no answer") from None
        return str(answer.get("code", answer["type"]))

    async def speak(self, recording: bytes, content_type: str = "audio/ogg") -> Json:
        """The answer to a recording, or the refusal of one that is none."""
        for _ in range(TRIES):
            began = time.perf_counter()
            address, headers = f"/voice?id={self.new_id()}", {"Content-Type": content_type}
            response = await self._fetch("voice", address, recording, headers)
            answer: Json = response.json()
            if answer["type"] == "answer":
                self._noted("voice", (time.perf_counter() - began) * 1000)
            if answer.get("retry_after") is None:
                return answer
            await asyncio.sleep(answer["retry_after"])
        raise Unanswered("voice: never taken")

    async def get(self, kind: str, path: str) -> None:
        """Fetch something of the page's: a spoken answer, a picture, a file. Raises `Unanswered`."""
        began = time.perf_counter()
        await self._fetch(kind, path)
        self._noted(kind, (time.perf_counter() - began) * 1000)

    async def _exchange(self, message_id: str, frame: str) -> Json:
        if self._socket is None:
            raise Unanswered("no line")
        future = self._waiting[message_id] = asyncio.get_running_loop().create_future()
        try:
            await self._socket.send(frame)
            async with asyncio.timeout(PATIENCE):
                answer: Json = await future
                return answer
        except TimeoutError:
            raise Unanswered(f"no answer in {PATIENCE:.0f} s") from None
        except ConnectionClosed:
            raise Unanswered("the line was closed") from None
        finally:
            self._waiting.pop(message_id, None)

    async def _read(self, socket: ClientConnection) -> None:
        try:
            async for frame in socket:
                message = json.loads(frame)
                if message["type"] == "push":
                    await self._push(socket, message["reply"])
                elif message["type"] != "received":
                    self._hand_over(message)
        except ConnectionClosed:
            pass
        finally:
            for waiting in self._waiting.values():
                if not waiting.done():
                    waiting.set_exception(Unanswered("the line was closed"))

    def _hand_over(self, message: Json) -> None:
        waiting = self._waiting.get(message.get("id") or "")
        if waiting is None:
            self._loose.put_nowait(message)
        elif not waiting.done():
            waiting.set_result(message)

    async def _push(self, socket: ClientConnection, reply: Json) -> None:
        await socket.send(json.dumps({"type": "got", "id": reply["id"]}))
        if reply["id"] in self._seen or self.pushed is None:
            return
        self._seen.add(reply["id"])
        task = asyncio.ensure_future(self.pushed(reply))
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    async def _fetch(
        self, kind: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        origin = {"Origin": str(self._http.base_url).rstrip("/"), **({"Cookie": self._cookie} if self._cookie else {})}
        try:
            response = await self._http.request(
                "GET" if body is None else "POST",
                path,
                content=body,
                headers=origin | (headers or {}),
                timeout=PATIENCE,
            )
        except httpx.HTTPError as fault:
            raise Unanswered(f"{kind}: {type(fault).__name__}") from None
        if response.status_code >= 500 or (response.status_code >= 400 and body is None):
            raise Unanswered(f"{kind}: {response.status_code}")
        return response
