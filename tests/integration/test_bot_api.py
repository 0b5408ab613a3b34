"""The Bot API server of the tests itself: what other tests rely on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import httpx
import pytest

from tests.fakes.bot_api import BotApi, Ceilings
from tests.fakes.bot_api.errors import ApiError


class Caller:
    """Calls methods with JSON; returns the status and the reply."""

    def __init__(self, api: BotApi, client: httpx.AsyncClient) -> None:
        self.api = api
        self.client = client

    async def __call__(self, method: str, **params: Any) -> tuple[int, dict[str, Any]]:
        reply = await self.client.post(f"{self.api.base}/bot{self.api.token}/{method}", json=params)
        return reply.status_code, reply.json()


@pytest.fixture
async def call() -> AsyncIterator[Caller]:
    async with BotApi(repeat_pause=60) as api, httpx.AsyncClient(timeout=60) as client:
        yield Caller(api, client)


async def test_updates_stay_until_a_higher_offset(call: Caller) -> None:
    for text in "一二三":
        call.api.user_says(7, text)
    _, first = await call("getUpdates", limit=2)
    numbers = [update["update_id"] for update in first["result"]]
    assert len(numbers) == 2
    _, again = await call("GETUPDATES", offset=numbers[0])
    assert len(again["result"]) == 3
    _, repeated = await call("getUpdates", offset=numbers[0])
    assert len(repeated["result"]) == 1, "whoever repeats an offset at once gets one update"
    _, rest = await call("getUpdates", offset=numbers[1] + 1)
    assert [update["message"]["text"] for update in rest["result"]] == ["三"]
    _, last = await call("getUpdates", offset=-1)
    assert [update["message"]["text"] for update in last["result"]] == ["三"]
    _, future = await call("getUpdates", offset=10**9)
    assert len(future["result"]) == 1, "an offset from the future confirms nothing"


async def test_long_poll_ends_with_news_and_with_a_second_poll(call: Caller) -> None:
    poll = asyncio.create_task(call("getUpdates", timeout=60))
    await call.api.until(lambda: bool(call.api.called("getUpdates")))
    call.api.user_says(7, "来了")
    _, reply = await poll
    assert reply["result"][0]["message"]["text"] == "来了"
    offset = reply["result"][0]["update_id"] + 1
    first = asyncio.create_task(call("getUpdates", offset=offset, timeout=60))
    await call.api.until(lambda: not call.api.pending)
    second = asyncio.create_task(call("getUpdates", offset=offset, timeout=60))
    status, conflict = await first
    assert (status, conflict["error_code"]) == (409, 409)
    assert "terminated by other getUpdates request" in conflict["description"]
    status, _ = await call("setWebhook", url="http://127.0.0.1:9/")
    assert status == 200
    status, conflict = await second
    assert "terminated by setWebhook" in conflict["description"]
    status, conflict = await call("getUpdates")
    assert "while webhook is active" in conflict["description"]
    _, info = await call("getWebhookInfo")
    assert info["result"]["url"] == "http://127.0.0.1:9/"
    await call("deleteWebhook")
    assert (await call("getUpdates"))[0] == 200


@pytest.mark.parametrize(
    ("method", "params", "code", "description"),
    [
        ("sendMessage", {"chat_id": 7, "text": "x" * 4097}, 400, "message is too long"),
        ("sendMessage", {"chat_id": 7, "text": "🌽" * 2049}, 400, "message is too long"),
        ("sendMessage", {"chat_id": 7, "text": " \n"}, 400, "message text is empty"),
        ("sendMessage", {"chat_id": 9, "text": "x"}, 400, "chat not found"),
        ("sendMessage", {"chat_id": 8, "text": "x"}, 403, "blocked by the user"),
        (
            "sendMessage",
            {
                "chat_id": 7,
                "text": "x",
                "reply_markup": '{"inline_keyboard":[[{"text":"a","callback_data":"%s"}]]}' % ("x" * 65),
            },
            400,
            "BUTTON_DATA_INVALID",
        ),
        ("sendMessage", {"chat_id": 7, "text": "x", "entities": '[{"offset":0,"length":2}]'}, 400, "entity"),
        ("sendVoice", {"chat_id": 7, "voice": "attach://x"}, 400, "file must be non-empty"),
        ("getFile", {"file_id": "none"}, 400, "wrong file_id"),
        ("answerCallbackQuery", {"callback_query_id": "none"}, 400, "query is too old"),
        ("editMessageReplyMarkup", {"chat_id": 7, "message_id": 99}, 400, "message to edit not found"),
        ("noSuchMethod", {}, 404, "method not found"),
        ("call", {}, 404, "method not found"),
    ],
)
async def test_refusals(call: Caller, method: str, params: dict[str, Any], code: int, description: str) -> None:
    call.api.chats.known |= {7, 8}
    call.api.user_blocks(8)
    status, reply = await call(method, **params)
    assert (status, reply["ok"], reply["error_code"]) == (code, False, code)
    assert description in reply["description"]
    assert not call.api.sent


@pytest.mark.parametrize(("token", "code"), [("42:other", 401), ("nonsense", 404)])
async def test_tokens(call: Caller, token: str, code: int) -> None:
    reply = await call.client.get(f"{call.api.base}/bot{token}/getMe")
    assert reply.status_code == code


async def test_kinds_that_are_not_asked_for_do_not_come(call: Caller) -> None:
    await call("getUpdates", allowed_updates='["callback_query"]')
    call.api.user_says(7, "没人要")
    assert not call.api.pending


async def test_files_are_handed_out_at_their_path(call: Caller) -> None:
    call.api.user_sends_voice(7, b"OggS")
    _, reply = await call("getFile", file_id="file1")
    base = f"{call.api.base}/file/bot"
    path = reply["result"]["file_path"]
    assert (await call.client.get(f"{base}{call.api.token}/{path}")).content == b"OggS"
    assert (await call.client.get(f"{base}42:other/{path}")).status_code == 404


def admitted(ceilings: Ceilings, chats: list[int]) -> list[bool]:
    """Which of these messages pass at this moment."""
    outcome = []
    for chat in chats:
        before = ceilings.refused
        with suppress(ApiError):
            ceilings.admit(chat)
        outcome.append(ceilings.refused == before)
    return outcome


def test_the_documented_ceilings() -> None:
    now = [0.0]
    ceilings = Ceilings(clock=lambda: now[0])
    assert sum(admitted(ceilings, list(range(1, 41)))) == 30, "thirty at once to different people"
    now[0] = 1
    assert sum(admitted(ceilings, list(range(101, 141)))) == 30, "and thirty a second later"
    now[0] = 10
    assert admitted(ceilings, [7, 7, 7, 7]) == [True, True, True, False]
    now[0] = 11
    assert admitted(ceilings, [7, 7]) == [True, False], "one a second to one person"
    now[0] = 100
    assert sum(admitted(ceilings, [-5] * 25)) == 20, "twenty a minute to a group"
    now[0] = 103
    assert admitted(ceilings, [-5, -5]) == [True, False]


async def test_ceilings_answer_429() -> None:
    ceilings = Ceilings(chat_burst=1, clock=lambda: 0.0)
    async with BotApi(ceilings=ceilings) as api, httpx.AsyncClient(timeout=60) as client:
        api.chats.known.add(7)
        call = Caller(api, client)
        assert (await call("sendMessage", chat_id=7, text="一"))[0] == 200
        status, reply = await call("sendMessage", chat_id=7, text="二")
        assert (status, reply["parameters"]) == (429, {"retry_after": 1})
        assert len(api.sent) == 1
