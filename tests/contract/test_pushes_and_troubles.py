"""What every channel does with what is sent unasked, and when something breaks: cases here, channels in conftest.py."""

import asyncio
import io
import re
from pathlib import Path

import pytest

from bot.channels.base import Blocked, RateLimited, Rejected, SendError, Unreachable
from dialogs.messages import Reply, ReplyKind
from tests.contract.rig import MARK, PATIENCE, Rig
from tests.contract.talk import QUESTION
from tests.contract.telegram_rig import TelegramRig
from tests.contract.web_rig import WebRig
from tests.contract.wechat_rig import WeChatRig
from tests.fakes.until import until

REMINDER = Reply(ReplyKind.INFO, f"明早八点收{MARK}。")
PROMPT = 30.0
"""Seconds that the end of `run` may take on a busy machine; what the channels themselves wait for is far less here."""
HOSTILE = {
    "empty": "",
    "blank": " \n\t ",
    "controls": f"{MARK}\x00\x07\x1b[2J\x85\u202e\ufeff",
    "long": "x" * 100_000,
    "markup": f"<xml><b>{MARK}</b>]]>&amp;%s{{0}}`*_[",
    "command": f"/start@nobody {MARK}",
    "number": "99999999999999999999",
}


def ours(task: "asyncio.Task[object]") -> bool:
    """Whether a task is the program's own, or that of the server it runs."""
    code = getattr(task.get_coro(), "cr_code", None)
    return code is not None and any(part in code.co_filename for part in ("/bot/", "/uvicorn/"))


@pytest.mark.parametrize("kind", [WebRig, TelegramRig, WeChatRig])
def test_exceptions_name_cases_that_exist(kind: type[Rig]) -> None:
    files = Path(__file__).parent.glob("test_*.py")
    cases = {name for file in files for name in re.findall(r"^async def (test_\w+)", file.read_text(), re.MULTILINE)}
    assert set(kind.unsupported) <= cases


# --- what is sent unasked


async def test_a_push_is_shown(rig: Rig) -> None:
    await rig.channel.send(rig.user, REMINDER, "m" * 48)
    assert [shown.text for shown in rig.shown()] == [REMINDER.text]
    assert rig.assistant.asked == []


async def test_a_push_sent_again_is_shown_once(rig: Rig) -> None:
    for _ in range(2):
        await rig.channel.send(rig.user, REMINDER, "m1")
    assert len(rig.shown()) == 1


async def test_without_a_key_each_push_is_a_message(rig: Rig) -> None:
    for _ in range(2):
        await rig.channel.send(rig.user, REMINDER)
    assert len(rig.shown()) == 2


async def test_who_blocks_is_told_apart(rig: Rig) -> None:
    await rig.blocks()
    with pytest.raises(Blocked) as caught:
        await rig.channel.send(rig.user, REMINDER, "m1")
    assert not caught.value.retryable


async def test_a_limit_of_rate_says_how_long_to_wait(rig: Rig) -> None:
    rig.limits()
    with pytest.raises(RateLimited) as caught:
        await rig.channel.send(rig.user, REMINDER, "m1")
    assert caught.value.retryable
    assert caught.value.retry_after > 0
    assert rig.shown() == []


async def test_what_is_refused_is_told_apart(rig: Rig) -> None:
    rig.refuses()
    with pytest.raises(Rejected) as caught:
        await rig.channel.send(rig.user, REMINDER, "m1")
    assert not caught.value.retryable


async def test_a_far_end_that_is_gone_is_unreachable(rig: Rig) -> None:
    await rig.vanishes()
    with pytest.raises(Unreachable) as caught:
        await rig.channel.send(rig.user, REMINDER, "m1")
    assert caught.value.retryable


async def test_a_far_end_that_never_confirms_is_unreachable(rig: Rig) -> None:
    rig.hangs()
    with pytest.raises(Unreachable):
        async with asyncio.timeout(PATIENCE):
            await rig.channel.send(rig.user, REMINDER, "m1")


async def test_nobody_s_address_is_an_error_of_the_contract(rig: Rig) -> None:
    for user in ("", "王", "7; drop", "1" * 300):
        with pytest.raises(SendError):
            await rig.channel.send(user, REMINDER, "m1")
    assert rig.shown() == []


async def test_presence_tells_who_is_there(rig: Rig) -> None:
    presence = rig.channel.presence
    assert presence is not None
    assert list(presence.here()) == [rig.user]
    await rig.vanishes()
    assert list(presence.here()) == []


# --- when something breaks


async def test_a_handler_that_breaks_is_never_met_with_silence(rig: Rig, logged: io.StringIO) -> None:
    rig.assistant.fails = 1_000
    await rig.says(QUESTION)
    (shown,) = rig.shown()
    assert shown.text.endswith("。")
    assert "broken" not in shown.text
    assert '"level": "error"' in logged.getvalue(), "the operator hears of it"
    rig.assistant.fails = 0
    await rig.says(f"{MARK}呢")
    assert rig.shown()[-1].text == f"您说：{MARK}呢"


async def test_hostile_input_is_answered_and_ends_nothing(rig: Rig) -> None:
    for kind, text in HOSTILE.items():
        before = len(rig.shown())
        await rig.says(text)
        assert len(rig.shown()) > before, kind
    await rig.says(QUESTION)
    assert rig.shown()[-1].text == f"您说：{QUESTION}"


async def test_half_a_letter_is_answered_and_ends_nothing(rig: Rig) -> None:
    await rig.says(f"{MARK}\ud800")
    assert len(rig.shown()) == 1
    await rig.says(QUESTION)
    assert rig.shown()[-1].text == f"您说：{QUESTION}"


async def test_run_ends_promptly_and_leaves_nothing_behind(rig: Rig) -> None:
    rig.assistant.gates[f"{MARK}慢"] = asyncio.Event()
    rig.assistant.begun.clear()
    await rig.says(f"{MARK}慢", waits=False)
    async with asyncio.timeout(PATIENCE):
        await rig.assistant.begun.wait()
        assert any(ours(task) for task in asyncio.all_tasks())
    began = asyncio.get_running_loop().time()
    await rig.stops()
    assert asyncio.get_running_loop().time() - began < PROMPT
    await until(lambda: not any(ours(task) for task in asyncio.all_tasks()))


async def test_run_ends_promptly_though_the_far_end_is_gone(rig: Rig) -> None:
    await rig.says(QUESTION)
    await rig.vanishes()
    began = asyncio.get_running_loop().time()
    await rig.stops()
    assert asyncio.get_running_loop().time() - began < PROMPT
    await until(lambda: not any(ours(task) for task in asyncio.all_tasks()))
