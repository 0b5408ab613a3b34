"""Telegram under the contract, at the fake Bot API server."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import ClassVar

from fastapi import FastAPI

from bot.channels.telegram.texts import Texts
from bot.channels.web.server import HttpServer
from tests.contract.rig import LARGEST_VOICE, PATIENCE, Rig, Shown
from tests.fakes.bot_api import BotApi, Sent
from tests.fakes.telegram import PACE, Naps, channel_at

WORDS = Texts.load()
WANG = 7_000_123_456


class TelegramRig(Rig):
    """One person in a private chat. `settings` of the channel decide whether it polls."""

    unsupported: ClassVar[Mapping[str, str]] = {
        "test_a_push_sent_again_is_shown_once": "the Bot API has no key by which it would know a message again",
        "test_a_choice_comes_back_by_its_number": "its choices are buttons and bear no numbers",
        "test_the_colour_of_a_warning_is_marked": "messages have no colour; the text says it",
        "test_presence_tells_who_is_there": "people need not be there",
    }

    def __init__(self, api: BotApi, **settings: str) -> None:
        super().__init__()
        self.user = str(WANG)
        self._api = api
        api.chats.known.add(WANG)
        self._pace = replace(PACE, tries=1, request=PATIENCE, webhook=PATIENCE)
        self.channel = self.bot = channel_at(
            api, pace=self._pace, mouth=None, max_bytes=LARGEST_VOICE, sleep=Naps(), texts=WORDS, **settings
        )
        self._running = asyncio.create_task(self.channel.run(self.assistant))

    def shown(self) -> list[Shown]:
        return [_shown(sent) for sent in self._api.sent if sent.chat == WANG]

    async def settled(self) -> None:
        await self._api.until(lambda: not self._api.pending)

    async def says(self, text: str, *, twice: bool = False, waits: bool = True) -> None:
        self._api.user_says(WANG, text)
        if waits:
            await self._dealt_with(twice=twice)

    async def speaks(self, data: bytes, *, twice: bool = False) -> None:
        self._api.user_sends_voice(WANG, data)
        await self._dealt_with(twice=twice)

    async def places(self, latitude: float, longitude: float) -> None:
        self._api.user_sends_location(WANG, latitude, longitude)
        await self.settled()

    async def presses(self, label: str) -> None:
        offer = next(sent for sent in reversed(self._api.sent) if sent.buttons)
        self._api.user_presses(offer, next(data for text, data in offer.flat_buttons if text == label))
        await self.settled()

    async def presses_unknown(self) -> None:
        self._api.user_presses(self._api.sent[-1], "nobody:offered:this")
        await self.settled()

    async def details(self) -> str:
        return "".join(shown.detail for shown in self.shown())

    async def blocks(self) -> None:
        self._api.user_blocks(WANG)

    def limits(self) -> None:
        self._api.fail_next("sendMessage", 429, retry_after=11)

    def refuses(self) -> None:
        self._api.fail_next("sendMessage", 400, description="Bad Request: message is too long")

    def hangs(self) -> None:
        assert self.bot._api is not None
        self.bot._api._pace = replace(self._pace, request=1)
        self._api.hang_next("sendMessage")

    async def vanishes(self) -> None:
        await self._api.stop()

    async def stops(self) -> None:
        self._running.cancel()
        await asyncio.gather(self._running, return_exceptions=True)

    async def _dealt_with(self, *, twice: bool) -> None:
        await self.settled()
        if twice:
            self._api.updates.redeliver()
            await self.settled()


def _shown(sent: Sent) -> Shown:
    text = sent.text.encode("utf-16-le")
    detail = b""
    for entity in json.loads(sent.params.get("entities", "[]")):
        start, end = 2 * entity["offset"], 2 * (entity["offset"] + entity["length"])
        if entity["type"] == "expandable_blockquote":
            text, detail = text[:start] + text[end:], text[start:end]
    choices = tuple(label for label, _ in sent.flat_buttons)
    return Shown(text.decode("utf-16-le"), choices, detail.decode("utf-16-le"))


@asynccontextmanager
async def telegram() -> AsyncIterator[TelegramRig]:
    """A rig that polls, at work until the end of the block."""
    async with BotApi(repeat_pause=0.02) as api:
        rig = TelegramRig(api)
        yield rig
        await rig.stops()


class _Hooked(TelegramRig):
    """Behind a web server of its own, which ends with it."""

    def __init__(self, api: BotApi, port: int) -> None:
        super().__init__(api, webhook_url=f"http://127.0.0.1:{port}/telegram", webhook_secret="s3cret_token-for-tests")
        app = FastAPI()
        app.include_router(self.bot.webhook_router())
        self._server = HttpServer("127.0.0.1", port)
        self._serving = asyncio.create_task(self._server.run(app))

    async def stops(self) -> None:
        await super().stops()
        self._serving.cancel()
        await asyncio.gather(self._serving, return_exceptions=True)


@asynccontextmanager
async def telegram_by_webhook(port: int) -> AsyncIterator[TelegramRig]:
    """A rig that Telegram calls, at work until the end of the block."""
    async with BotApi(webhook_retry=0.01) as api:
        rig = _Hooked(api, port)
        await api.until(lambda: bool(api.called("setWebhook")))
        yield rig
        await rig.stops()
