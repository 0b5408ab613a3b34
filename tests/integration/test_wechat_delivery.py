"""WeChat: nothing lost, nothing twice: its five seconds, repeated calls, lost replies, several processes, restarts."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from bot.channels.wechat.callback import PATH
from bot.channels.wechat.ledger import Ledger, Verdict
from bot.channels.wechat.models import ArrivalRow
from bot.channels.wechat.texts import Texts
from bot.channels.wechat.wire import MAX_BODY
from knowledge_base.store import Store
from tests.fakes.assistant import Assistant, answer
from tests.fakes.wechat import WeChat
from tests.fakes.wechat.envelope import sign
from tests.fakes.wechat.people import BROKEN
from tests.fakes.wechat_channel import PACE, ledger_store, now, running

WANG, LI = "oWang_-1", "oLi"
AT_ONCE = replace(PACE, passive=60)
"""For answers that come as the reply to the call, however busy the machine is."""
WORDS = Texts.load()


@pytest.fixture
async def wechat() -> AsyncIterator[WeChat]:
    async with WeChat(patience=120) as wechat:  # who waits longer for a busy machine does not ask again
        yield wechat


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with ledger_store(tmp_path) as store:
        yield store


@pytest.fixture
def assistant() -> Assistant:
    return Assistant()


async def rows(store: Store) -> list[ArrivalRow]:
    async with store.session() as session:
        return list(await session.scalars(select(ArrivalRow).order_by(ArrivalRow.at)))


async def until_settled(store: Store) -> None:
    """Nothing is owed any more."""
    async with asyncio.timeout(60):
        while any(row.body for row in await rows(store)):  # noqa: ASYNC110 another process may be the one that settles it
            await asyncio.sleep(0.01)


async def begun(assistant: Assistant, count: int = 1) -> None:
    """The assistant has been called that often."""
    async with asyncio.timeout(60):
        while len(assistant.asked) < count:
            assistant.begun.clear()
            await assistant.begun.wait()


async def test_a_slow_answer_is_acknowledged_in_time_and_sent_when_it_is_ready(
    wechat: WeChat, store: Store, assistant: Assistant
) -> None:
    gate = assistant.gates["慢"] = asyncio.Event()
    async with running(wechat, store, assistant):
        await wechat.says(WANG, "慢")
        assert wechat.calls == [200], "WeChat need not ask again"
        assert wechat.texts(WANG) == []
        (owed,) = await rows(store)
        assert owed.body is not None
        assert not owed.passive
        gate.set()
        await wechat.until(lambda: wechat.texts(WANG) == ["您说：慢"])
        await until_settled(store)
    assert wechat.shown[WANG][0].how == "custom"
    assert (await rows(store))[0].body is None, "what a person wrote is not kept longer than needed"


async def test_one_person_in_order_others_meanwhile(wechat: WeChat, store: Store, assistant: Assistant) -> None:
    gate = assistant.gates["一"] = asyncio.Event()
    async with running(wechat, store, assistant):
        await asyncio.gather(wechat.says(WANG, "一"), wechat.says(WANG, "二"), wechat.says(LI, "甲"))
        await wechat.until(lambda: wechat.texts(LI) == ["您说：甲"])
        gate.set()
        await wechat.until(lambda: len(wechat.texts(WANG)) == 2)
    assert wechat.texts(WANG) == ["您说：一", "您说：二"]


async def test_a_reply_that_got_lost_is_given_again_to_the_repeated_call(
    wechat: WeChat, store: Store, assistant: Assistant
) -> None:
    long = "".join(f"第{n}步：先看苗，再看天，后动手，别着急。" for n in range(1, 60))
    assistant.script = lambda _: answer(long)
    wechat.lose_replies = 1
    async with running(wechat, store, assistant, pace=AT_ONCE):
        await wechat.says(WANG, "怎么种")
        await until_settled(store)
        await wechat.until(lambda: len(wechat.texts(WANG)) == 2)
    assert wechat.calls == [200, 200]
    assert sorted(one.how for one in wechat.shown[WANG]) == ["custom", "reply"], "and what follows it is sent once"
    assert len(assistant.turns) == 1


async def test_an_acknowledgement_that_got_lost_does_not_send_the_answer_twice(
    wechat: WeChat, store: Store, assistant: Assistant
) -> None:
    gate = assistant.gates["慢"] = asyncio.Event()
    wechat.lose_replies = 2
    async with running(wechat, store, assistant):
        asking = asyncio.create_task(wechat.says(WANG, "慢"))
        await wechat.until(lambda: len(wechat.calls) == 2)
        gate.set()
        await asking
        await until_settled(store)
    assert wechat.texts(WANG) == ["您说：慢"]
    assert len(assistant.turns) == 1


async def test_a_repeated_call_that_reaches_another_process(wechat: WeChat, store: Store, assistant: Assistant) -> None:
    """The first process hangs on its call; the second has the message from WeChat, and nobody sends it again."""
    gate = assistant.gates["慢"] = asyncio.Event()
    async with running(wechat, store, assistant):
        await wechat.says(WANG, "慢")
        async with running(wechat, store, assistant):
            wechat.client, first = wechat.client, wechat.client
            assert first is not None
            query, body = wechat.request(_repeated(wechat))
            again = asyncio.create_task(first.post(PATH, params=query, content=body.encode()))
            await begun(assistant, 2)
            gate.set()
            assert (await again).text == "success"
            await until_settled(store)
    assert wechat.texts(WANG) == ["您说：慢"]


def _repeated(wechat: WeChat) -> dict[str, str]:
    return {
        "ToUserName": "gh_xiangyin",
        "FromUserName": WANG,
        "CreateTime": "1790000000",
        "MsgType": "text",
        "Content": "慢",
        "MsgId": str(10**15 + 1),
    }


async def test_an_answer_that_a_process_left_behind_is_sent_by_the_next(
    wechat: WeChat, store: Store, assistant: Assistant
) -> None:
    gate = assistant.gates["慢"] = asyncio.Event()
    pace = replace(PACE, lease=0.2, grace=0.01)
    async with running(wechat, store, assistant, pace=pace):
        await wechat.says(WANG, "慢")
    assert wechat.texts(WANG) == []
    gate.set()
    async with running(wechat, store, assistant, pace=pace):
        await wechat.until(lambda: wechat.texts(WANG) == ["您说：慢"])
        await until_settled(store)


async def test_what_follows_the_reply_goes_on_after_a_restart_where_it_stopped(
    wechat: WeChat, store: Store, assistant: Assistant
) -> None:
    long = "".join(f"第{n}步：先看苗，再看天，后动手，别着急。" for n in range(1, 90))
    assistant.script = lambda _: answer(long)
    async with running(wechat, store, assistant, pace=replace(AT_ONCE, lease=0.2, grace=0.01, request=60)):
        await wechat.until(lambda: wechat.menu is not None)
        wechat.faults.order("custom/send", manner="hang")
        await wechat.says(WANG, "怎么种")
        await wechat.until(lambda: bool(wechat.called("custom/send")))
    wechat.faults.release.set()
    wechat.shown[WANG] = wechat.shown[WANG][:1]
    wechat.quota.grant(WANG, "message")
    async with running(wechat, store, assistant):
        await until_settled(store)
    assert "".join(wechat.texts(WANG)) == long


async def test_an_answer_waits_while_wechat_is_busy_and_is_given_up_when_nobody_may_have_it(
    wechat: WeChat, store: Store, assistant: Assistant
) -> None:
    gate = assistant.gates["慢"] = asyncio.Event()
    async with running(wechat, store, assistant, pace=replace(PACE, tries=2)):
        await wechat.says(WANG, "慢")
        wechat.faults.order("custom/send", -1, times=3)
        gate.set()
        await wechat.until(lambda: wechat.texts(WANG) == ["您说：慢"])
        await until_settled(store)
        assistant.gates["又"] = asyncio.Event()
        await wechat.says(WANG, "又")
        wechat.quota.grants.clear()
        assistant.gates["又"].set()
        await until_settled(store)
    assert wechat.texts(WANG) == ["您说：慢"]
    assert len(wechat.called("custom/send")) == 5


@pytest.mark.parametrize("first", ["booked", "not booked"])
async def test_a_booking_that_takes_too_long_makes_the_answer_a_later_one(
    wechat: WeChat, store: Store, assistant: Assistant, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    """Whichever of the two bookings is written first: the answer is sent once, and at once."""
    booking, owing, over = Ledger.reply, Ledger.owe, asyncio.Event()

    async def slow(ledger: Ledger, *message: Any) -> Verdict:
        if first == "booked":
            verdict = await booking(ledger, *message)
            await over.wait()
            return verdict
        await over.wait()
        return await booking(ledger, *message)

    async def owed(ledger: Ledger, *message: Any) -> bool:
        mine = await owing(ledger, *message)
        over.set()
        return mine

    monkeypatch.setattr(Ledger, "reply", slow)
    monkeypatch.setattr(Ledger, "owe", owed)
    async with running(wechat, store, assistant, pace=replace(PACE, decided=0.05)):
        await wechat.says(WANG, "好")
        await wechat.until(lambda: wechat.texts(WANG) == ["您说：好"])
        await until_settled(store)
    assert wechat.calls == [200]
    assert [one.how for one in wechat.shown[WANG]] == ["custom"]


async def test_without_the_database_there_are_answers_too(wechat: WeChat, assistant: Assistant, tmp_path: Path) -> None:
    gate = assistant.gates["慢"] = asyncio.Event()
    broken = Store(f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}")
    async with running(wechat, broken, assistant):
        await wechat.says(WANG, "快")
        await wechat.says(WANG, "慢")
        gate.set()
        await wechat.until(lambda: wechat.texts(WANG) == ["您说：快", "您说：慢"])
    await broken.close()


async def test_an_error_of_ours_is_admitted(wechat: WeChat, store: Store, assistant: Assistant) -> None:
    assistant.fails = 1
    async with running(wechat, store, assistant, pace=AT_ONCE):
        await wechat.says(WANG, "坏的")
    assert wechat.texts(WANG) == [WORDS.trouble]


async def test_who_sends_too_fast_is_told(wechat: WeChat, store: Store, assistant: Assistant) -> None:
    gate = assistant.gates["0"] = asyncio.Event()
    async with running(wechat, store, assistant, pace=replace(PACE, waiting=1)):
        deeds = [asyncio.create_task(wechat.says(WANG, str(number))) for number in range(4)]
        await asyncio.gather(*deeds)
        await wechat.until(lambda: wechat.texts(WANG) == [WORDS.too_fast] * 2)
        gate.set()
        await wechat.until(lambda: len(wechat.texts(WANG)) == 4)


async def test_calls_are_checked(wechat: WeChat, store: Store, assistant: Assistant) -> None:
    message = _repeated(wechat)
    async with running(wechat, store, assistant):
        client = wechat.client
        assert client is not None

        async def status(body: bytes | str | None = None, **changed: str) -> int:
            query, right = wechat.request(message)
            content = right.encode() if body is None else body.encode() if isinstance(body, str) else body
            return (await client.post(PATH, params=query | changed, content=content)).status_code

        old, open_ = str(int(now().timestamp()) - 400), "<xml><FromUserName>oX</FromUserName></xml>"
        forged = [
            await status(signature="0" * 40),
            await status(signature="错"),
            await status(msg_signature="0" * 40),
            await status(timestamp=old),
            await status(timestamp="x", signature=_sign(wechat, "x", "1"), nonce="1"),
            await status(timestamp=old, signature=_sign(wechat, old, "1"), nonce="1"),
            await status(open_),
        ]
        assert forged == [403] * 7
        assert await status(b"x" * (MAX_BODY + 1)) == 413
        assert await status(b'<!DOCTYPE xml [<!ENTITY e "x">]><xml>&e;</xml>') == 200
        assert (await client.put(PATH)).status_code == 405
        echo = {"timestamp": str(int(now().timestamp())), "nonce": "n", "echostr": "<script>1"}
        signed = echo | {"signature": _sign(wechat, echo["timestamp"], "n")}
        told = await client.get(PATH, params=signed)
        assert (told.status_code, told.text, told.headers["content-type"]) == (
            200,
            "<script>1",
            "text/plain; charset=utf-8",
        )
        assert (await client.get(PATH, params=signed | {"signature": ""})).status_code == 403
        assert (await client.get(PATH, params=signed | {"echostr": ""})).status_code == 403
        assert not assistant.asked
        assert await status() == 200
    assert assistant.texts == ["慢"]


def _sign(wechat: WeChat, *parts: str) -> str:
    return sign(wechat.token, *parts)


async def test_while_the_channel_is_off_wechat_is_to_ask_again(
    wechat: WeChat, store: Store, assistant: Assistant
) -> None:
    async with running(wechat, store, assistant) as channel:
        pass
    app = FastAPI()
    app.include_router(channel.router())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as wechat.client:
        await wechat.says(WANG, "在吗")
    assert wechat.calls == [503] * 3
    assert wechat.texts(WANG) == [BROKEN]
