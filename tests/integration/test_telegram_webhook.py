"""Telegram by webhook: calls checked, answered once handled, repeated by Telegram until then."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from bot.channels.telegram import Pace, TelegramChannel
from bot.channels.telegram.webhook import HEADER, MAX_BODY
from tests.fakes.assistant import Assistant
from tests.fakes.bot_api import BotApi
from tests.fakes.telegram import PACE, channel_at, running, settled

WANG, LI = 7, 8
SECRET = "s3cret_token-for-tests"


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with BotApi(repeat_pause=0.02, webhook_retry=0.01) as api:
        yield api


@pytest.fixture
def assistant() -> Assistant:
    return Assistant()


async def asked(assistant: Assistant, count: int) -> None:
    """The assistant has been called that often."""
    async with asyncio.timeout(60):
        while len(assistant.asked) < count:
            assistant.begun.clear()
            await assistant.begun.wait()


@asynccontextmanager
async def hooked(api: BotApi, assistant: Assistant, pace: Pace = PACE) -> AsyncIterator[tuple[str, TelegramChannel]]:
    """A channel by webhook, in a real web server; yields the webhook's address as well."""
    config = uvicorn.Config(app := FastAPI(), port=0, log_level="warning", lifespan="off")
    server = uvicorn.Server(config)
    socket = config.bind_socket()
    url = f"http://127.0.0.1:{socket.getsockname()[1]}/telegram/hook"
    channel = channel_at(api, webhook_url=url, webhook_secret=SECRET, pace=pace)
    app.include_router(channel.webhook_router())
    serving = asyncio.create_task(server.serve(sockets=[socket]))
    try:
        async with running(api, assistant, channel=channel):
            await api.until(lambda: bool(api.called("setWebhook")))
            yield url, channel
    finally:
        server.should_exit = True
        await serving


async def test_webhook(api: BotApi, assistant: Assistant) -> None:
    async with hooked(api, assistant):
        api.user_says(WANG, "一")
        api.user_says(WANG, "二")
        api.user_says(LI, "甲")
        await settled(api)
        (told,) = api.called("setWebhook")
        assert told["secret_token"] == SECRET
        assert told["allowed_updates"] == '["message", "edited_message", "callback_query"]'
        assert int(told["max_connections"]) == 2 * PACE.parallel
    assert api.texts(WANG) == ["您说：一", "您说：二"]
    assert api.texts(LI) == ["您说：甲"]
    assert not api.called("getUpdates")


async def test_webhook_calls_are_checked(api: BotApi, assistant: Assistant) -> None:
    patient = replace(PACE, webhook=60)
    async with hooked(api, assistant, patient) as (url, _), httpx.AsyncClient(timeout=60) as client:
        right = {HEADER: SECRET}
        message = {"update_id": 1, "message": api.chats.incoming(WANG, {"text": "假的"})}
        statuses = [
            (await client.post(url, json=message)).status_code,
            (await client.post(url, json=message, headers={HEADER: "wrong"})).status_code,
            (await client.post(url, json=message, headers={HEADER.encode(): "错".encode()})).status_code,
            (await client.post(url, content=b"x" * (MAX_BODY + 1), headers=right)).status_code,
            (await client.post(url, content=b"{", headers=right)).status_code,
            (await client.post(url, content=b'"\xff"', headers=right)).status_code,
            (await client.post(url, json={"update_id": "?"}, headers=right)).status_code,
            (await client.get(url, headers=right)).status_code,
        ]
        assert statuses == [403, 403, 403, 413, 400, 400, 200, 405]
        assert not assistant.asked
        assert (await client.post(url, json=message, headers=right)).status_code == 200
    assert assistant.texts == ["假的"]


async def test_webhook_leaves_to_telegram_what_is_not_answered(api: BotApi, assistant: Assistant) -> None:
    assistant.gates["慢"] = asyncio.Event()
    async with hooked(api, assistant, pace=replace(PACE, webhook=0.05, waiting=0)) as (url, _):
        api.user_says(WANG, "慢")
        await api.until(lambda: len(api.deliveries.attempts) >= 3)
        assert {status for _, status in api.deliveries.attempts} == {503}
        assert len(assistant.asked) == 1, "the repeated call waits for the same turn"
        assistant.gates["慢"].set()
        await settled(api)
        assert api.texts(WANG) == ["您说：慢"]
        assistant.gates["停"] = asyncio.Event()
        api.user_says(WANG, "停")
        await asked(assistant, 2)
    assert api.pending == 1, "stopped in the middle: Telegram still has it"
    async with httpx.AsyncClient() as client:
        with pytest.raises(httpx.ConnectError):
            await client.get(url)


async def test_webhook_says_later_while_the_channel_is_off(api: BotApi) -> None:
    channel = channel_at(api, webhook_url="https://example.org/hook", webhook_secret=SECRET)
    app = FastAPI()
    app.include_router(channel.webhook_router())
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        answer = await client.post("/hook", json={}, headers={HEADER: SECRET})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    await channel.close()


async def test_polling_and_webhook_take_turns(api: BotApi, assistant: Assistant) -> None:
    async with hooked(api, assistant):
        assert api.deliveries.hook
    api.user_says(WANG, "攒着的")
    async with running(api, assistant):
        await settled(api)
    assert api.deliveries.hook is None
    assert api.texts(WANG) == ["您说：攒着的"]
