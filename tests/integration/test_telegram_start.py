"""Telegram: starting and stopping, with settings, tokens and networks that do not work; and what the logs may say."""

import asyncio
import io
import logging
import traceback
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest
import structlog
from structlog.testing import capture_logs

from bot.channels.base import SendError, Unreachable
from bot.channels.telegram import State, TelegramChannel
from dialogs.messages import Reply, ReplyKind
from tests.fakes.assistant import Assistant
from tests.fakes.bot_api import BotApi
from tests.fakes.telegram import PACE, Naps, channel_at, running, sending, settled

WANG = 7
REPLY = Reply(ReplyKind.INFO, "明早有霜冻。")


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with BotApi(repeat_pause=0.02) as api:
        api.chats.known.add(WANG)
        yield api


@pytest.fixture
def assistant() -> Assistant:
    return Assistant()


def stands(channel: TelegramChannel) -> State:
    """How it stands at this moment."""
    return channel.state


@pytest.mark.parametrize("token", ["", "nonsense", "42:wrong-token", "42:with space"])
async def test_a_bad_token_turns_off_the_channel_and_nothing_else(
    api: BotApi, assistant: Assistant, token: str
) -> None:
    channel = channel_at(api, token=token)
    with capture_logs() as lines:
        await channel.run(assistant)
    assert [line["event"] for line in lines if line["log_level"] == "error"] == ["telegram_off"]
    assert channel.state is State.OFF
    assert token == "" or token not in str(lines)
    with pytest.raises(SendError):
        await channel.send("7", REPLY)
    await channel.close()


async def test_a_token_revoked_later_turns_off_the_channel(api: BotApi, assistant: Assistant) -> None:
    channel = channel_at(api)
    task = asyncio.create_task(channel.run(assistant))
    await api.until(lambda: bool(api.called("getUpdates")))
    assert stands(channel) is State.ON
    api.token = "42:another-token"
    api.updates.abort_poll("a new token")
    await asyncio.wait_for(task, 60)
    assert stands(channel) is State.OFF


@pytest.mark.parametrize("secret", ["", "with space", "密", "x" * 257])
async def test_a_webhook_needs_a_proper_secret(api: BotApi, assistant: Assistant, secret: str) -> None:
    channel = channel_at(api, webhook_url="https://example.org/hook", webhook_secret=secret)
    with capture_logs() as lines:
        await channel.run(assistant)
    assert [line["event"] for line in lines] == ["telegram_off"]
    assert channel.webhook_router().routes == []
    assert not api.calls


async def test_a_webhook_that_telegram_refuses_is_reported(api: BotApi, assistant: Assistant) -> None:
    channel = channel_at(api, webhook_url="http://example.org/hook", webhook_secret="s3cret")
    with capture_logs() as lines:
        await channel.run(assistant)
    assert "An HTTPS URL must be provided" in lines[-1]["error"]
    assert channel.state is State.OFF


async def test_no_network_at_the_start_is_waited_out(api: BotApi, assistant: Assistant) -> None:
    await api.stop()
    naps = Naps()
    with capture_logs() as lines:
        async with running(api, assistant, sleep=naps) as channel:
            await naps.until(lambda taken: len(taken) >= 9)
            assert channel.state is State.UNREACHABLE
            await api.start()
            api.fail_next("setMyCommands", 400)
            api.fail_next("deleteWebhook", 429, retry_after=3)
            api.user_says(WANG, "通了吗")
            await settled(api)
    assert naps.taken[:9] == [0.5, 1, 2, 4, 8, 16, 32, 60, 60]
    assert 3 in naps.taken
    assert api.texts(WANG) == ["您说：通了吗"]
    assert [line["event"] for line in lines] == [
        "telegram_unreachable",
        "telegram_connected",
        "telegram_menu_not_set",
        "telegram_connected",
        "telegram_on",
    ]


async def test_another_program_with_the_same_token_is_reported(api: BotApi, assistant: Assistant) -> None:
    with capture_logs() as lines:
        async with running(api, assistant):
            await api.until(lambda: bool(api.called("getUpdates")))
            api.fail_next("getUpdates", 409)
            api.updates.abort_poll("other getUpdates request; make sure that only one bot instance is running")
            api.user_says(WANG, "一")
            await settled(api)
    assert {line.get("kind") for line in lines} >= {"Taken"}
    assert api.texts(WANG) == ["您说：一"]


@pytest.fixture
def everything_logged() -> Iterator[io.StringIO]:
    """All that any library or we ourselves log, in one buffer."""
    buffer = io.StringIO()
    root = logging.getLogger()
    handler, level = logging.StreamHandler(buffer), root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    before = structlog.get_config()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(buffer), cache_logger_on_first_use=False)
    yield buffer
    structlog.configure(**before)
    root.removeHandler(handler)
    root.setLevel(level)


async def test_the_token_is_in_no_log_and_no_error(
    api: BotApi, assistant: Assistant, everything_logged: io.StringIO
) -> None:
    asyncio.get_running_loop().set_debug(True)
    api.user_sends_voice(WANG, b"OggS")
    api.fail_next("file", 404)
    api.user_sends_voice(8, b"OggS")
    api.fail_next("getUpdates", 401, description=f"Unauthorized: bot{api.token}")
    await channel_at(api).run(assistant)
    api.fail_next("getMe", 500)
    api.garble_next("getMe")
    async with running(api, assistant):
        await settled(api)
        assistant.fails = 100
        api.user_says(WANG, "坏")
        await settled(api)
    errors = []
    for order in (
        lambda: api.fail_next("sendMessage", 400, description=f"Bad Request: http://x/bot{api.token}/"),
        api.stop,
    ):
        if (stopping := order()) is not None:
            await stopping
        with pytest.raises(SendError) as caught:
            await sending(api, REPLY)
        errors += [*traceback.format_exception(caught.value), repr(caught.value)]
    secret = api.token.partition(":")[2]
    assert "***" in "".join(errors)
    assert "telegram_message_not_answered" in everything_logged.getvalue()
    assert secret not in everything_logged.getvalue() + "".join(errors)


async def test_a_broken_address_does_not_leak_the_token(api: BotApi) -> None:
    channel = channel_at(api, api_base="http://[::1", pace=replace(PACE, tries=1))
    with pytest.raises(Unreachable) as caught:
        await channel.send("7", REPLY)
    await channel.close()
    assert api.token.partition(":")[2] not in "".join(traceback.format_exception(caught.value))
