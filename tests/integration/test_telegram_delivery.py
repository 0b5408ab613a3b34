"""Telegram: nothing lost, nothing twice: order, redelivery, crashes, floods, the webhook."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.channels.lanes import Lanes
from bot.channels.preferences import KEPT, Answered
from bot.channels.telegram.texts import Texts
from tests.fakes.assistant import Assistant
from tests.fakes.bot_api import BotApi
from tests.fakes.preferences import MemoryPreferences
from tests.fakes.telegram import PACE, running, settled

WANG, LI = 7, 8
WORDS = Texts.load()


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


async def test_one_chat_in_order_others_meanwhile(api: BotApi, assistant: Assistant) -> None:
    gate = assistant.gates["一"] = asyncio.Event()
    async with running(api, assistant):
        for text in ("一", "二", "三"):
            api.user_says(WANG, text)
        await asked(assistant, 1)
        api.user_says(LI, "甲")
        await api.until(lambda: api.texts(LI) == ["您说：甲"])
        assert api.texts(WANG) == []
        assert api.pending == 4, "nothing behind the open message is confirmed"
        gate.set()
        await settled(api)
    assert api.texts(WANG) == ["您说：一", "您说：二", "您说：三"]
    assert assistant.texts == ["一", "甲", "二", "三"]


async def test_no_more_chats_at_once_than_allowed(api: BotApi, assistant: Assistant) -> None:
    gate = assistant.gates["等"] = asyncio.Event()
    async with running(api, assistant, pace=replace(PACE, parallel=3)):
        for chat in range(1, 9):
            api.user_says(chat, "等")
        await asked(assistant, 3)
        gate.set()
        await settled(api)
    assert assistant.most_at_once == 3
    assert len(api.sent) == 8


async def test_while_a_message_is_open_polls_keep_a_distance(api: BotApi, assistant: Assistant) -> None:
    gate = assistant.gates["一"] = asyncio.Event()
    async with running(api, assistant, pace=replace(PACE, poll_again=0.05)):
        api.user_says(WANG, "一")
        await asked(assistant, 1)
        before = len(api.called("getUpdates"))
        started = asyncio.get_running_loop().time()
        await api.until(lambda: len(api.called("getUpdates")) >= before + 4)
        assert asyncio.get_running_loop().time() - started >= 0.14
        gate.set()
        await settled(api)
    assert len(assistant.asked) == 1, "the open message comes with every poll and is passed over"


async def test_a_redelivery_is_not_answered_again(api: BotApi, assistant: Assistant) -> None:
    preferences = MemoryPreferences()
    async with running(api, assistant, preferences=preferences):
        number = api.user_says(WANG, "/start")
        api.user_sends_voice(WANG, b"OggS")
        await settled(api)
        sent = len(api.sent)
        api.user_says(WANG, "/start", message_id=number)
        await settled(api)
    api.updates.redeliver()
    async with running(api, assistant, preferences=preferences):
        await settled(api)
    assert sent == 4
    assert len(api.sent) == sent


async def test_stopping_confirms_what_is_done_and_leaves_the_rest(api: BotApi, assistant: Assistant) -> None:
    assistant.gates["慢"] = asyncio.Event()
    preferences = MemoryPreferences()
    async with running(api, assistant, preferences=preferences):
        api.user_says(WANG, "快")
        api.user_says(LI, "慢")
        await api.until(lambda: api.texts(WANG) == ["您说：快"])
        await asked(assistant, 2)
        await api.until(lambda: api.pending == 1)  # the answer has got through, and not only out
    assert [item.body["message"]["text"] for item in api.updates.items] == ["慢"]
    assert api.texts(LI) == []
    assistant.gates.clear()
    async with running(api, assistant, preferences=preferences):
        await settled(api)
    assert (api.texts(WANG), api.texts(LI)) == (["您说：快"], ["您说：慢"])


async def test_stopping_waits_a_little_for_answers_under_way(api: BotApi, assistant: Assistant) -> None:
    gate = assistant.gates["快好了"] = asyncio.Event()
    async with running(api, assistant, pace=replace(PACE, grace=60)):
        api.user_says(WANG, "快好了")
        await asked(assistant, 1)
        asyncio.get_running_loop().call_later(0.05, gate.set)
    assert api.texts(WANG) == ["您说：快好了"]
    assert not api.pending


async def test_a_turn_that_was_made_but_not_sent_is_sent_after_the_restart(api: BotApi, assistant: Assistant) -> None:
    """Killed between the assistant's commit and the message: the redelivery brings the recorded answer."""
    preferences = MemoryPreferences()
    api.hang_next("sendMessage")
    async with running(api, assistant, preferences=preferences, pace=replace(PACE, request=60)):
        api.user_says(WANG, "苞米长虫")
        await api.until(lambda: bool(api.called("sendMessage")))
    assert api.texts(WANG) == []
    api.faults.release.set()
    api.chats.sent.clear()
    async with running(api, assistant, preferences=preferences):
        await settled(api)
    assert len(assistant.asked) == 2
    assert api.texts(WANG) == ["您说：苞米长虫"]


CHILD = """
import asyncio, sys
from tests.fakes.telegram import PACE, channel_at
class Api: base, token = sys.argv[1:3]
async def handler(inbound):
    print("begun", flush=True)
    await asyncio.Event().wait()
asyncio.run(channel_at(Api, pace=PACE).run(handler))
"""


async def test_kill_in_the_middle_of_a_turn(api: BotApi, assistant: Assistant) -> None:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CHILD, api.base, api.token, stdout=asyncio.subprocess.PIPE
    )
    assert child.stdout
    try:
        api.user_says(WANG, "苞米长虫")
        async with asyncio.timeout(60):
            while await child.stdout.readline() != b"begun\n":
                pass
    finally:
        os.kill(child.pid, signal.SIGKILL)
        await child.communicate()
    assert api.pending == 1
    async with running(api, assistant):
        await settled(api)
    assert api.texts(WANG) == ["您说：苞米长虫"]


async def test_who_sends_too_fast_is_told_once(api: BotApi, assistant: Assistant) -> None:
    gate = assistant.gates["0"] = asyncio.Event()
    async with running(api, assistant, pace=replace(PACE, waiting=3)):
        for number in range(9):
            api.user_says(WANG, str(number))
        await asked(assistant, 1)
        gate.set()
        await settled(api)
        api.user_says(WANG, "再来")
        await settled(api)
    assert api.texts(WANG) == ["您说：0", "您说：1", "您说：2", "您说：3", WORDS.too_fast, "您说：再来"]


async def test_numbers_that_begin_anew_lower_are_followed(api: BotApi, assistant: Assistant) -> None:
    async with running(api, assistant):
        api.user_says(WANG, "一")
        await settled(api)
        api.updates.skip_ids(5)
        api.user_says(WANG, "二")
        await settled(api)
        api.user_says(WANG, "三")
        await settled(api)
    assert api.texts(WANG) == ["您说：一", "您说：二", "您说：三"]


async def test_an_update_of_an_unknown_kind_does_not_hold_up_others(api: BotApi, assistant: Assistant) -> None:
    async with running(api, assistant):
        api.user_sends_novelty(WANG)
        api.user_says(LI, "甲")
        api.user_sends_novelty(WANG)
        await settled(api)
    assert assistant.texts == ["甲"]
    assert len(assistant.asked) == 1


async def test_lanes_pass_errors_on_and_go_on() -> None:
    lanes = Lanes(1)
    done: list[int] = []

    async def job(number: int) -> None:
        if number == 1:
            raise LookupError
        done.append(number)

    futures = [lanes.submit(7, lambda n=n: job(n)) for n in range(3)]  # type: ignore[misc]
    results = await asyncio.gather(*futures, return_exceptions=True)
    assert [type(result) for result in results] == [type(None), LookupError, type(None)]
    assert done == [0, 2]
    assert lanes.waiting(7) == 0


async def test_answered_keeps_as_many_ids_as_can_come_again() -> None:
    answered = Answered(MemoryPreferences())
    for number in range(KEPT + 1):
        await answered.add("7", f"7:{number}")
    assert not await answered.has("7", "7:0")
    assert await answered.has("7", "7:1")
    assert await answered.has("7", f"7:{KEPT}")
