"""Telegram's updates out of order, each several times, at two processes at once: one turn each, and the right answer."""

import asyncio
import random
import shutil
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from bot.channels.telegram.webhook import HEADER
from bot.preferences import StoredPreferences
from dialogs.models import HandledRow
from knowledge_base.store import Store
from nlu.text.segmenter import Segmenter
from nlu.words import Words
from tests.fakes.bot_api import BotApi
from tests.fakes.house import House
from tests.fakes.telegram import channel_at

pytestmark = pytest.mark.timeout(600)

SECRET = "s3cret_token-for-tests"
ADDRESS = "https://example.org/hook"
CHATS = range(1, 6)
ASKED = {
    "玉米叶子上有好多洞，长虫了咋整": "草地贪夜蛾",
    "小麦蚜虫咋治": "蚜虫",
    "番茄晚疫病咋治": "晚疫病",
}
COPIES = 2
"""At each of the two processes."""


@asynccontextmanager
async def process(api: BotApi, house: House) -> AsyncIterator[httpx.AsyncClient]:
    """One web process: a channel with its webhook, and the way to it."""
    preferences = StoredPreferences(house.store, "telegram")
    channel = channel_at(api, webhook_url=ADDRESS, webhook_secret=SECRET, preferences=preferences)
    app = FastAPI()
    app.include_router(channel.webhook_router())
    serving = asyncio.create_task(channel.run(house.assistant.turn))
    hooks = len(api.called("setWebhook"))
    await api.until(lambda: len(api.called("setWebhook")) > hooks)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test", headers={HEADER: SECRET}) as client:
        yield client
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)


@pytest.fixture
async def houses(shipped: Path, words: Words, segmenter: Segmenter, tmp_path: Path) -> AsyncIterator[list[House]]:
    """Two assistants on one database."""
    shutil.copy(shipped, tmp_path / "both.db")
    stores = [Store(f"sqlite+aiosqlite:///{tmp_path / 'both.db'}") for _ in range(2)]
    yield [House(store, words, segmenter, datetime(2026, 11, 22, 1, tzinfo=UTC)) for store in stores]
    for store in stores:
        await store.close()


async def until_taken(client: httpx.AsyncClient, update: dict[str, Any]) -> None:
    """Send an update until it is taken, as Telegram does."""
    for _ in range(1_000):
        if (await client.post("/hook", json=update)).status_code == 200:
            return
        await asyncio.sleep(0.05)
    raise AssertionError("never taken")


async def test_each_message_has_one_turn_and_its_own_answer(houses: list[House]) -> None:
    updates: list[dict[str, Any]] = []
    async with BotApi() as api, AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(process(api, house)) for house in houses]
        for chat in CHATS:
            for question in ASKED:
                message = api.chats.incoming(chat, {"text": question})
                updates.append({"update_id": len(updates) + 1, "message": message})
        sent = [(client, update) for update in updates for client in clients for _ in range(COPIES)]
        random.Random(8).shuffle(sent)
        await asyncio.gather(*(until_taken(client, update) for client, update in sent))
        answers = {chat: [text for text in api.texts(chat) if "【" in text] for chat in CHATS}

    async with houses[0].store.session() as session:
        handled = Counter(await session.scalars(select(HandledRow.user)))
    assert handled == {str(chat): len(ASKED) for chat in CHATS}, "one turn for each message"
    for chat in CHATS:
        titles = Counter(next(word for word in ASKED.values() if word in text) for text in answers[chat])
        assert set(titles) == set(ASKED.values())
        assert max(titles.values()) <= len(clients), "once from each process at most, and the same"
    assert [house.observer.failures for house in houses] == [[], []]
