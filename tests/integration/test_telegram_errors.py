"""Telegram: what the channel does when Telegram, the network, the assistant or the settings fail."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from bot.channels.base import Blocked, RateLimited, Rejected, SendError, Unreachable
from bot.channels.telegram import State, TelegramChannel
from bot.channels.telegram.texts import Texts
from dialogs.messages import Reply, ReplyKind
from tests.fakes.assistant import Assistant
from tests.fakes.bot_api import BotApi, Ceilings
from tests.fakes.telegram import PACE, Naps, channel_at, running, sending, settled
from tests.fakes.until import until

WANG = 7
WORDS = Texts.load()
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


async def test_429_is_waited_out(api: BotApi) -> None:
    api.fail_next("sendMessage", 429, retry_after=4, times=2)
    assert await sending(api, REPLY) == [4, 4]
    assert api.texts(WANG) == ["明早有霜冻。"]


async def test_an_answer_in_many_messages_keeps_to_the_ceilings() -> None:
    naps = Naps()
    ceilings = Ceilings(chat_burst=1, clock=lambda: sum(naps.taken))
    async with BotApi(ceilings=ceilings) as api:
        api.chats.known.add(WANG)
        channel = channel_at(api, sleep=naps)
        await channel.send("7", Reply(ReplyKind.INFO, "一句一句说。" * 3000))
        await channel.close()
    assert len(api.sent) == 5
    assert ceilings.refused == 4
    assert naps.taken == [1, 1, 1, 1]


async def test_429_without_a_time_is_waited_out_too(api: BotApi) -> None:
    api.fail_next("sendMessage", 429, description="Too Many Requests")
    (pause,) = await sending(api, REPLY)
    assert pause > 0
    assert api.texts(WANG) == ["明早有霜冻。"]


async def test_429_beyond_patience_is_reported(api: BotApi) -> None:
    api.fail_next("sendMessage", 429, retry_after=11)
    with pytest.raises(RateLimited) as caught:
        await sending(api, REPLY)
    assert caught.value.retry_after == 11
    assert len(api.called("sendMessage")) == 1


@pytest.mark.parametrize("failure", [500, 502, "garble", "lose", "hang"])
async def test_a_failing_server_is_asked_again(api: BotApi, failure: int | str) -> None:
    if failure == "garble":
        api.garble_next("sendMessage", times=2)
    elif failure == "lose":
        api.lose_next("sendMessage")
    elif failure == "hang":
        api.hang_next("sendMessage")
        asyncio.get_running_loop().call_later(0.05, api.faults.release.set)
    else:
        assert isinstance(failure, int)
        api.fail_next("sendMessage", failure, times=2)
    naps = await sending(api, REPLY)
    assert naps[0] == PACE.retry
    # Where the answer got lost nobody can know whether the message arrived: it comes twice rather than not at all.
    assert api.texts(WANG) == ["明早有霜冻。"] * (2 if failure == "lose" else 1)


async def test_a_time_out_is_unreachable(api: BotApi) -> None:
    api.hang_next("sendMessage")
    channel = channel_at(api, pace=replace(PACE, request=1, tries=1))
    with pytest.raises(Unreachable):
        await channel.send("7", REPLY)
    await channel.close()


async def test_patience_ends(api: BotApi) -> None:
    api.fail_next("sendMessage", 500, times=PACE.tries)
    with pytest.raises(Unreachable):
        await sending(api, REPLY)
    assert api.faults.left == 0


@pytest.mark.parametrize(
    ("status", "description", "error"),
    [
        (403, "Forbidden: bot was blocked by the user", Blocked),
        (403, "Forbidden: user is deactivated", Blocked),
        (400, "Bad Request: chat not found", Blocked),
        (400, "Bad Request: PEER_ID_INVALID", Blocked),
        (400, "Bad Request: message is too long", Rejected),
        (413, "Request Entity Too Large", Rejected),
        (401, "Unauthorized", Unreachable),
        (404, "Not Found", Unreachable),
    ],
)
async def test_refusals_are_told_apart(api: BotApi, status: int, description: str, error: type[SendError]) -> None:
    api.fail_next("sendMessage", status, description=description)
    with pytest.raises(SendError) as caught:
        await sending(api, REPLY)
    assert isinstance(caught.value, error)
    assert caught.value.retryable is (error is Unreachable)
    assert len(api.called("sendMessage")) == 1


@pytest.mark.parametrize("user", ["", "王", "7; drop", "1" * 30])
async def test_send_takes_chat_ids_only(api: BotApi, user: str) -> None:
    with pytest.raises(Rejected):
        await sending(api, REPLY, user)


async def test_who_has_blocked_us_holds_up_nobody(api: BotApi, assistant: Assistant) -> None:
    api.user_blocks(WANG)
    async with running(api, assistant):
        api.user_says(WANG, "一")
        api.user_says(8, "甲")
        await settled(api)
    assert api.texts(8) == ["您说：甲"]
    assert len(api.called("sendMessage")) == 2


async def test_an_answer_survives_a_long_outage(api: BotApi, assistant: Assistant) -> None:
    assistant.gates["断网"] = asyncio.Event()
    naps = Naps()
    async with running(api, assistant, sleep=naps) as channel:
        api.user_says(WANG, "断网")
        async with asyncio.timeout(60):
            await assistant.begun.wait()
        await api.stop()
        assistant.gates["断网"].set()
        await naps.until(lambda taken: taken.count(PACE.retry_most) >= 3)
        assert stands(channel) is State.UNREACHABLE
        await api.start()
        await settled(api)
        await until(lambda: stands(channel) is State.ON)  # once a poll is answered
    assert api.texts(WANG) == ["您说：断网"]
    assert len(assistant.asked) == 1


async def test_a_message_that_cannot_be_delivered_is_given_up(api: BotApi, assistant: Assistant) -> None:
    """Only this chat fails, so it must not hold back the confirmation of all others for ever."""
    api.chats.failing.add(WANG)
    with capture_logs() as lines:
        async with running(api, assistant):
            api.user_says(WANG, "一")
            api.user_says(8, "甲")
            await settled(api)
    assert api.texts(8) == ["您说：甲"]
    assert len(api.called("sendMessage")) >= 1 + PACE.tries * PACE.turns
    assert assistant.texts.count("一") == 1
    (line,) = [line for line in lines if line["log_level"] == "error"]
    assert (line["event"], line["error"]) == ("telegram_message_not_answered", "Unreachable")


async def test_a_broken_assistant_is_asked_again_and_then_excused(api: BotApi, assistant: Assistant) -> None:
    assistant.fails = 2
    async with running(api, assistant):
        api.user_says(WANG, "一")
        await settled(api)
        assert api.texts(WANG) == ["您说：一"]
        assistant.fails = 1000
        with capture_logs() as lines:
            api.user_says(WANG, "二")
            await settled(api)
    assert api.texts(WANG)[1:] == [WORDS.trouble]
    (line,) = [line for line in lines if line["log_level"] == "error"]
    assert (line["event"], line["error"]) == ("telegram_message_not_answered", "RuntimeError")
    assert "assistant.py" in line["at"]
    assert "二" not in str(line), "what people write is not logged"
