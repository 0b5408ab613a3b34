"""A WeChat channel at the fake server, quick of pace."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from bot.channels.base import Handler
from bot.channels.wechat import Pace, WeChatChannel
from bot.channels.wechat.models import ArrivalRow
from knowledge_base.models import Base
from knowledge_base.store import Store
from tests.fakes.preferences import MemoryPreferences
from tests.fakes.wechat import WeChat

PACE = Pace(passive=0.3, request=15, retry=0.01, look=0.05, grace=0.2)
PATIENCE = 5.0
"""Seconds after which WeChat asks again: the real ones, for a machine that is busy with other tests."""


def now() -> datetime:
    """The real time: signatures carry it."""
    return datetime.now(UTC)


def channel_at(wechat: WeChat, store: Store, **settings: Any) -> WeChatChannel:
    """A channel for the fake server; anything given goes before the defaults."""
    defaults: dict[str, Any] = {
        "preferences": MemoryPreferences(),
        "clock": now,
        "api_base": wechat.base,
        "pace": PACE,
        "secret": wechat.secret,
        "token": wechat.token,
        "aes_key": wechat.aes_key,
    }
    return WeChatChannel(wechat.app_id, store=store, **defaults | settings)


@asynccontextmanager
async def ledger_store(folder: Path) -> AsyncIterator[Store]:
    """A database with the channel's own table alone, which takes no second to make."""
    store = Store(f"sqlite+aiosqlite:///{folder / 'wechat.db'}")
    async with store.engine.begin() as connection:
        await connection.run_sync(lambda sync: Base.metadata.create_all(sync, tables=[ArrivalRow.__table__]))  # type: ignore[list-item]
    yield store
    await store.close()


@asynccontextmanager
async def running(wechat: WeChat, store: Store, handler: Handler, **settings: Any) -> AsyncIterator[WeChatChannel]:
    """The channel, serving until the end of the block; people's deeds reach it, if they have no other one yet."""
    channel = settings.pop("channel", None) or channel_at(wechat, store, **settings)
    app = FastAPI()
    app.include_router(channel.router())
    task = asyncio.create_task(channel.run(handler))
    await asyncio.sleep(0)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://callback") as client:
        before, wechat.client = wechat.client, client
        try:
            yield channel
        finally:
            wechat.client = before
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
