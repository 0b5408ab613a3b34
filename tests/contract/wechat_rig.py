"""WeChat under the contract, at the fake of its server."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import httpx
from fastapi import FastAPI

from bot.channels.wechat.texts import Texts
from knowledge_base.store import Store
from tests.contract.rig import LARGEST_VOICE, MARK, PATIENCE, Rig, Shown, Unsupported
from tests.fakes.wechat import WeChat
from tests.fakes.wechat.people import Shown as Message
from tests.fakes.wechat_channel import PACE, channel_at, ledger_store

WANG = "oWang_-7000123456"
WORDS = Texts.load()


class WeChatRig(Rig):
    """Plain mode; the envelope of safe mode has tests of its own."""

    unsupported: ClassVar[Mapping[str, str]] = {
        "test_a_push_sent_again_is_shown_once": "WeChat has no key by which it would know a message again",
        "test_the_colour_of_a_warning_is_marked": "messages have no colour; the text says it",
        "test_presence_tells_who_is_there": "people need not be there",
        "test_half_a_letter_is_answered_and_ends_nothing": "XML in UTF-8 cannot hold it",
    }

    def __init__(self, wechat: WeChat, store: Store) -> None:
        super().__init__()
        self.user = WANG
        self._wechat = wechat
        wechat.followers.add(WANG)
        wechat.quota.grant(WANG, "message")
        pace = replace(PACE, tries=1, passive=PATIENCE, request=PATIENCE)
        self.channel = self._account = channel_at(wechat, store, pace=pace, max_bytes=LARGEST_VOICE, texts=WORDS)
        self.app = FastAPI()
        self.app.include_router(self.channel.router())
        self._running = asyncio.create_task(self.channel.run(self.assistant))
        self._doing: set[asyncio.Task[None]] = set()

    def shown(self) -> list[Shown]:
        return [_shown(message) for message in self._wechat.shown.get(WANG, [])]

    async def settled(self) -> None:
        await asyncio.gather(*self._doing)
        # What follows the reply to a call is sent by the channel in its own time.
        while any(_of_channel(task) for task in asyncio.all_tasks()):  # noqa: ASYNC110 nothing tells of its end
            await asyncio.sleep(0.005)

    async def says(self, text: str, *, twice: bool = False, waits: bool = True) -> None:
        if not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text):
            raise Unsupported("a lone surrogate")
        self._wechat.lose_replies = int(twice)
        await self._does(self._wechat.says(WANG, text), waits=waits)

    async def speaks(self, data: bytes, *, twice: bool = False) -> None:
        self._wechat.lose_replies = int(twice)
        await self._does(self._wechat.speaks(WANG, data))

    async def places(self, latitude: float, longitude: float) -> None:
        await self._does(self._wechat.places(WANG, latitude, longitude))

    async def presses(self, label: str) -> None:
        """Where the choices came in writing, as in the reply to a call, there is nothing to touch but the keys."""
        offer = self._offer()
        if not offer.menu:
            await self.counts(label)
            return
        entry = next(entry for entry in offer.menu if entry[1] == label)
        await self._does(self._wechat.touches(WANG, entry))

    async def presses_unknown(self) -> None:
        await self._does(self._wechat.touches(WANG, ("4711", f"{MARK}咋不见了")))

    async def counts(self, label: str) -> None:
        await self.says(str(_shown(self._offer()).choices.index(label) + 1))

    async def details(self) -> str:
        before = len(self.shown())
        await self.presses(WORDS.detail)
        return "".join(shown.text for shown in self.shown()[before:])

    async def blocks(self) -> None:
        self._wechat.followers.discard(WANG)

    def limits(self) -> None:
        self._wechat.faults.order("custom/send", 45011)

    def refuses(self) -> None:
        self._wechat.faults.order("custom/send", 45002)

    def hangs(self) -> None:
        self._wechat.faults.order("custom/send", manner="hang")
        self._account._api._http().timeout = httpx.Timeout(0.3)

    async def vanishes(self) -> None:
        assert self._wechat._runner is not None
        await self._wechat._runner.cleanup()

    async def stops(self) -> None:
        self._running.cancel()
        await asyncio.gather(self._running, return_exceptions=True)

    def _offer(self) -> Message:
        return next(one for one in reversed(self._wechat.shown[WANG]) if _shown(one).choices)

    async def _does(self, deed: Any, *, waits: bool = True) -> None:
        task = asyncio.create_task(deed)
        self._doing.add(task)
        task.add_done_callback(self._doing.discard)
        await asyncio.sleep(0)
        if waits:
            await self.settled()


def _of_channel(task: asyncio.Task[Any]) -> bool:
    return getattr(task.get_coro(), "__qualname__", "") == "Lanes._run"


def _shown(message: Message) -> Shown:
    if message.menu:
        return Shown(message.text.removesuffix(WORDS.touch).rstrip(), tuple(label for _, label in message.menu))
    text, numbered, below = message.text.partition(WORDS.numbered)
    if numbered:
        return Shown(text.rstrip(), tuple(re.findall(r"^\d+ (.+)$", below, re.MULTILINE)))
    return Shown(message.text)


@asynccontextmanager
async def wechat(folder: Path) -> AsyncIterator[WeChatRig]:
    """A rig, at work until the end of the block."""
    async with WeChat(aes_key="", patience=2 * PATIENCE) as server, ledger_store(folder) as store:
        rig = WeChatRig(server, store)
        await asyncio.sleep(0)
        transport = httpx.ASGITransport(rig.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://callback") as client:
            server.client = client
            yield rig
            await rig.stops()
