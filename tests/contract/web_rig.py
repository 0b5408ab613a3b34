"""The web chat under the contract, on a real socket, with a visitor that does as the page does."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import date
from typing import Any, ClassVar
from uuid import uuid4

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin

from bot.channels.web.app import create_web
from bot.channels.web.channel import WebChannel
from bot.channels.web.limits import Limits
from bot.channels.web.lines import Lines
from bot.channels.web.texts import load_texts
from bot.channels.web.visitor import COOKIE
from tests.contract.rig import LARGEST_VOICE, PATIENCE, Rig, Shown, Unsupported

SECRET = "the secret of the tests"
WORDS = load_texts()


class WebRig(Rig):
    """One visitor with one page open."""

    unsupported: ClassVar[Mapping[str, str]] = {
        "test_who_blocks_is_told_apart": "a visitor leaves by closing the page",
        "test_a_limit_of_rate_says_how_long_to_wait": "the line to a page has none",
        "test_what_is_refused_is_told_apart": "a page refuses nothing",
        "test_a_choice_comes_back_by_its_number": "its choices are buttons and bear no numbers",
    }

    def __init__(self, port: int) -> None:
        super().__init__()
        self._base = f"http://127.0.0.1:{port}"
        self._lines = Lines()
        limits = Limits(voice_bytes=LARGEST_VOICE, burst=1_000, grace=0.2)
        self.channel = self._chat = WebChannel(
            lambda handler: create_web(handler, None, WORDS, SECRET, limits=limits, lines=self._lines),
            self._lines,
            "127.0.0.1",
            port,
            limits=limits,
            confirm_seconds=PATIENCE,
        )
        self._running = asyncio.create_task(self.channel.run(self.assistant))
        self._shown: list[tuple[str, Shown]] = []
        self._offered: dict[str, str] = {}
        self._waiting: dict[str, dict[str, Any]] = {}
        self._answered = asyncio.Event()
        self._confirms = True
        self._line: ClientConnection | None = None
        self._reading: asyncio.Task[None] | None = None
        self._headers: dict[str, str] = {}

    async def opens(self) -> None:
        """Open the page."""
        async with asyncio.timeout(PATIENCE):
            await self._chat.ready.wait()
        async with httpx.AsyncClient(verify=False, timeout=PATIENCE) as client:
            page = await client.get(self._base)
        value = page.cookies[COOKIE]
        self.user = value.strip('"').partition(".")[0]
        self._headers = {"Cookie": f"{COOKIE}={value}", "Origin": self._base}
        await self._connects()

    def shown(self) -> list[Shown]:
        return [shown for _, shown in self._shown]

    async def settled(self) -> None:
        async with asyncio.timeout(PATIENCE):
            while self._waiting:
                self._answered.clear()
                await self._answered.wait()

    async def says(self, text: str, *, twice: bool = False, waits: bool = True) -> None:
        await self._sends({"type": "text", "text": text}, twice=twice, waits=waits)

    async def speaks(self, data: bytes, *, twice: bool = False) -> None:
        message_id = str(uuid4())
        async with httpx.AsyncClient(headers=self._headers, verify=False, timeout=PATIENCE) as client:
            for _ in range(1 + twice):
                answer = await client.post(f"{self._base}/voice?id={message_id}", content=data)
                self._takes(answer.json())

    async def places(self, latitude: float, longitude: float) -> None:
        await self._sends({"type": "location", "latitude": latitude, "longitude": longitude})

    async def presses(self, label: str) -> None:
        await self._sends({"type": "choice", "choice": self._offered[label]})

    async def presses_unknown(self) -> None:
        await self._sends({"type": "choice", "choice": "nobody:offered:this"})

    async def details(self) -> str:
        return self.shown()[-1].detail

    def hangs(self) -> None:
        self._confirms = False
        self._chat._confirm_seconds = 0.2

    async def vanishes(self) -> None:
        reading, self._reading = self._reading, None
        if reading is not None:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
        if self._line is not None:
            await self._line.close()
        async with asyncio.timeout(PATIENCE):
            while self._lines.visitors:  # noqa: ASYNC110 no event tells that the server has noticed
                await asyncio.sleep(0.005)

    async def stops(self) -> None:
        self._running.cancel()
        await asyncio.gather(self._running, return_exceptions=True)

    async def _connects(self) -> None:
        cookie = {"Cookie": self._headers["Cookie"]}
        address = self._base.replace("http", "ws", 1) + "/chat"
        self._line = await connect(address, additional_headers=cookie, origin=Origin(self._base))
        assert json.loads(await self._line.recv())["type"] == "hello"
        self._reading = asyncio.create_task(self._reads(self._line))

    async def _reads(self, line: ClientConnection) -> None:
        with suppress(ConnectionClosed):
            async for raw in line:
                message = json.loads(raw)
                self._takes(message)
                if message["type"] == "push" and self._confirms:
                    await line.send(json.dumps({"type": "got", "id": message["reply"]["id"]}))

    async def _sends(self, message: dict[str, Any], *, twice: bool = False, waits: bool = True) -> None:
        assert self._line is not None
        assert self._reading is not None
        message = {**message, "id": str(uuid4())}
        for _ in range(1 + twice):
            self._waiting[message["id"]] = message
            sending = asyncio.create_task(self._line.send(json.dumps(message)))
            await asyncio.wait({sending, self._reading}, return_when=asyncio.FIRST_COMPLETED)
            if waits:
                await asyncio.wait(
                    {asyncio.create_task(self.settled()), self._reading}, return_when=asyncio.FIRST_COMPLETED
                )
        if self._reading.done():  # the line was closed, which the page takes for a lost network
            raise Unsupported("the line was closed")

    def _takes(self, message: dict[str, Any]) -> None:
        """Show it; a reply that stands there already is not shown again."""
        match message["type"]:
            case "answer":
                for number, reply in enumerate(message["replies"]):
                    self._shows(reply, message["heard"] if number == 0 else None)
            case "push":
                self._shows(message["reply"], None)
            case "error":
                self._shown.append(("", Shown(message["text"])))
        if message["type"] in {"answer", "error"}:
            if message["id"] is None:  # the page's own oldest message, by order
                self._waiting.pop(next(iter(self._waiting)), None)
            else:
                self._waiting.pop(message["id"], None)
            self._answered.set()

    def _shows(self, reply: dict[str, Any], heard: str | None) -> None:
        if any(known == reply["id"] for known, _ in self._shown):
            return
        above = [WORDS.page["heard"] + heard] if heard else []
        below = [_source(source) for source in reply["sources"]]
        self._offered |= {choice["label"]: choice["id"] for choice in reply["choices"]}
        labels = tuple(choice["label"] for choice in reply["choices"])
        text = "\n".join([*above, reply["text"], *below])
        self._shown.append((reply["id"], Shown(text, labels, reply["detail"], reply["colour"])))


def _source(source: dict[str, Any]) -> str:
    day = date.fromisoformat(source["date"])
    written = WORDS.page["date"].format(year=day.year, month=day.month, day=day.day)
    return f"{WORDS.page['source']}{source['publisher']} {source['title']} {source['article'] or ''} {written}"


@asynccontextmanager
async def web(port: int) -> AsyncIterator[WebRig]:
    """A rig, at work until the end of the block."""
    rig = WebRig(port)
    try:
        await rig.opens()
        yield rig
    finally:
        await rig.stops()
        if rig._reading is not None:
            rig._reading.cancel()
            await asyncio.gather(rig._reading, return_exceptions=True)
