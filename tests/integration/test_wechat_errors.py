"""WeChat: pushes, and what becomes of them when WeChat refuses, is busy or cannot be reached; access tokens."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.channels.base import Blocked, RateLimited, Rejected, SendError, Unreachable
from bot.channels.preferences import VOICE
from bot.channels.wechat import WeChatChannel
from bot.channels.wechat.access import Access
from bot.channels.wechat.faults import AccountRefused, EnoughSent, NotAllowed, WindowOver
from bot.delivery.outbox import Envelope, Outbox
from bot.delivery.worker import Bounds, Worker
from dialogs.messages import Reply, ReplyKind
from knowledge_base.store import Store
from nlu.speech.base import Clip
from tests.conftest import NOW
from tests.fakes.assistant import Assistant
from tests.fakes.post import Watcher
from tests.fakes.preferences import MemoryPreferences
from tests.fakes.wechat import WeChat
from tests.fakes.wechat.server import TEMPLATE
from tests.fakes.wechat_channel import PACE, channel_at, ledger_store, now, running

WANG, LI = "oWang_-1", "oLi"
WARNING = Reply(ReplyKind.INFO, "【暴雨红色预警】", spoken="暴雨红色预警。")


@pytest.fixture
async def wechat() -> AsyncIterator[WeChat]:
    async with WeChat() as wechat:
        wechat.followers |= {WANG, LI}
        wechat.quota.grant(WANG, "message")
        yield wechat


@pytest.fixture
async def small(tmp_path: Path) -> AsyncIterator[Store]:
    async with ledger_store(tmp_path) as store:
        yield store


@pytest.fixture
async def channel(wechat: WeChat, small: Store) -> AsyncIterator[WeChatChannel]:
    channel = channel_at(wechat, small)
    yield channel
    await channel.close()


CODES: list[tuple[int, type[SendError], bool]] = [
    (-1, Unreachable, True),
    (40003, Blocked, False),
    (43004, Blocked, False),
    (43019, Blocked, False),
    (45015, WindowOver, False),
    (45047, EnoughSent, False),
    (45002, Rejected, False),
    (48001, NotAllowed, False),
    (40164, AccountRefused, True),
    (50002, AccountRefused, True),
    (48004, AccountRefused, True),
    (45009, RateLimited, True),
    (45011, RateLimited, True),
    (99999, Rejected, False),
]


@pytest.mark.parametrize(("code", "kind", "retryable"), CODES)
async def test_return_codes(
    wechat: WeChat, channel: WeChatChannel, code: int, kind: type[SendError], retryable: bool
) -> None:
    wechat.faults.order("custom/send", code, times=3)
    with pytest.raises(SendError) as raised:
        await channel.send(WANG, WARNING)
    assert type(raised.value) is kind
    assert raised.value.retryable is retryable
    assert wechat.secret not in str(raised.value)
    assert len(wechat.called("custom/send")) == (3 if code == -1 else 1)


async def test_waits_are_sensible(wechat: WeChat, channel: WeChatChannel) -> None:
    waits = []
    for code in (45009, 45011):
        wechat.faults.order("custom/send", code)
        with pytest.raises(RateLimited) as raised:
            await channel.send(WANG, WARNING)
        waits.append(raised.value.retry_after)
    assert waits == [3_600, 60]


@pytest.mark.parametrize("manner", ["garble", "lose"])
async def test_a_server_that_fails_is_tried_again(wechat: WeChat, channel: WeChatChannel, manner: str) -> None:
    wechat.faults.order("custom/send", manner=manner)  # type: ignore[arg-type]
    await channel.send(WANG, WARNING)
    assert wechat.texts(WANG) == [WARNING.text] * (2 if manner == "lose" else 1), "twice is better than never"
    wechat.faults.order("custom/send", manner=manner, times=3)  # type: ignore[arg-type]
    with pytest.raises(Unreachable):
        await channel.send(WANG, WARNING)


async def test_a_server_that_hangs_or_is_not_there(wechat: WeChat, small: Store) -> None:
    channel = channel_at(wechat, small, pace=replace(PACE, request=0.1, tries=2))
    wechat.faults.order("stable_token", manner="hang", times=2)
    with pytest.raises(Unreachable):
        await channel.send(WANG, WARNING)
    elsewhere = channel_at(wechat, small, api_base="http://127.0.0.1:9", pace=replace(PACE, tries=2))
    with pytest.raises(Unreachable):
        await elsewhere.send(WANG, WARNING)
    for one in (channel, elsewhere):
        await one.close()


async def test_who_may_not_be_written_to(wechat: WeChat, channel: WeChatChannel) -> None:
    with pytest.raises(WindowOver):
        await channel.send(LI, WARNING)
    for _ in range(5):
        await channel.send(WANG, WARNING)
    with pytest.raises(EnoughSent):
        await channel.send(WANG, WARNING)
    with pytest.raises(Blocked):
        await channel.send("oStranger", WARNING)
    before = len(wechat.requests)
    with pytest.raises(Rejected):
        await channel.send("not an openid", WARNING)
    assert len(wechat.requests) == before
    assert wechat.texts(WANG) == [WARNING.text] * 5


async def test_a_warning_is_told_of_by_the_template_where_nothing_else_may_be_sent(
    wechat: WeChat, small: Store
) -> None:
    red = Reply(ReplyKind.INFO, "【暴雨红色预警】开封市祥符区气象台\n预计三小时内……", colour="red")
    channel = channel_at(wechat, small, template=f"{TEMPLATE} thing1=title time2=time thing3=hint", clock=lambda: NOW)
    await channel.send(LI, red)
    with pytest.raises(WindowOver):
        await channel.send(LI, WARNING)
    await channel.close()
    broken = channel_at(wechat, small, template="TEMPLATE_of-another thing1=title")
    with pytest.raises(Rejected):
        await broken.send(LI, red)
    await broken.close()
    assert wechat.texts(LI) == ["【暴雨红色预警】开封市祥符区气象台|2026-11-22 09:00|请回“有什么预警”看全文"]


async def test_who_has_left_is_not_asked_for_and_who_comes_back_is(wechat: WeChat, small: Store) -> None:
    async with running(wechat, small, Assistant()) as channel:
        await wechat.event(WANG, "unsubscribe")
        with pytest.raises(Blocked):
            await channel.send(WANG, WARNING)
        assert not wechat.called("custom/send")
        await wechat.says(WANG, "又来了")
        await channel.send(WANG, WARNING)
    assert wechat.texts(WANG) == ["您说：又来了", WARNING.text]


async def test_the_outbox_records_honestly_what_became_of_a_push(wechat: WeChat, store: Store) -> None:
    channel = channel_at(wechat, store)
    outbox, watcher = Outbox(store, now), Watcher()
    async with store.session() as session:
        until = now() + timedelta(hours=1)
        people = (WANG, LI, "oStranger")
        await outbox.put(session, [Envelope("wechat", who, "w", WARNING, expires_at=until) for who in people])
    worker = Worker(outbox, channel, clock=now, observer=watcher, bounds=Bounds(poll=0.05))
    working = asyncio.create_task(worker.run())
    await watcher.until(3)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    await channel.close()
    assert sorted(what for _, what in watcher.outcomes) == ["blocked", "sent", "windowover"]


async def test_the_voice_of_a_push_follows_its_text_for_who_wants_it(wechat: WeChat, small: Store) -> None:
    clip = Clip((Path(__file__).parents[1] / "clips" / "lodging.ogg").read_bytes(), 2.0)

    class Tongue:
        async def speak(self, text: str, *, slow: bool = False) -> Clip:
            assert (text, slow) == (WARNING.spoken, False)
            return clip

    preferences = MemoryPreferences()
    preferences.values[WANG, VOICE] = "on"
    channel = channel_at(wechat, small, preferences=preferences, mouth=Tongue())
    await channel.send(WANG, WARNING)
    await wechat.until(lambda: len(wechat.shown[WANG]) == 2)
    await channel.close()
    assert [one.kind for one in wechat.shown[WANG]] == ["text", "voice"]


async def test_a_token_that_has_ended_is_renewed_once_for_all(wechat: WeChat, channel: WeChatChannel) -> None:
    await channel.send(WANG, WARNING)
    assert len(wechat.called("stable_token")) == 1
    wechat.expire_token()
    wechat.quota.grant(WANG, "message")
    await asyncio.gather(*(channel.send(WANG, WARNING) for _ in range(3)))
    assert len(wechat.called("stable_token")) == 2
    assert not any(call["force_refresh"] for call in wechat.called("stable_token"))
    wechat.faults.order("custom/send", 42001)
    await channel.send(WANG, WARNING)
    assert [call["force_refresh"] for call in wechat.called("stable_token")[2:]] == [False, True]
    wechat.faults.order("custom/send", 40014, times=2)
    with pytest.raises(AccountRefused):
        await channel.send(WANG, WARNING)


@pytest.mark.parametrize("wrong", ["secret", "app_id"])
async def test_wrong_credentials_are_the_operators_affair(wechat: WeChat, small: Store, wrong: str) -> None:
    right = {"app_id": wechat.app_id, "secret": wechat.secret}
    given = right | {wrong: "wrong"}
    channel = WeChatChannel(
        given["app_id"],
        given["secret"],
        wechat.token,
        store=small,
        preferences=MemoryPreferences(),
        clock=now,
        api_base=wechat.base,
        pace=PACE,
    )
    with pytest.raises(AccountRefused) as raised:
        await channel.send(WANG, WARNING)
    await channel.close()
    assert raised.value.retryable, "what waits goes out once it is mended"
    assert len(wechat.requests) == 1


async def test_settings_that_cannot_work_end_the_channel_with_one_line(wechat: WeChat, small: Store) -> None:
    for settings in ({"aes_key": "short-secret"}, {"token": ""}, {"template": "no template"}):
        channel = channel_at(wechat, small, **settings)
        with capture_logs() as logs:
            await channel.run(Assistant())
        (line,) = logs
        assert line["event"] == "wechat_off"
        assert "short-secret" not in str(line)
        assert not channel.router().routes
        with pytest.raises(Rejected):
            await channel.send(WANG, WARNING)


async def test_secrets_and_words_are_in_no_log(wechat: WeChat, small: Store) -> None:
    assistant = Assistant()
    with capture_logs() as logs:
        async with running(wechat, small, assistant):
            wechat.faults.order("menu/get", 40164)
            assistant.fails = 1
            await wechat.says(WANG, "我的秘密")
            await wechat.does(WANG, {"MsgType": "text"})
            await wechat.speaks(WANG, b"")
    said = str(logs)
    assert logs
    for word in (wechat.secret, wechat.token, wechat.aes_key, wechat.access_token, "秘密", WANG):
        assert word not in said


async def test_tokens_are_fetched_early_and_one_at_a_time() -> None:
    fetched, at = [], [0.0]
    gate = asyncio.Event()

    async def fetch(anew: bool) -> tuple[str, float]:
        fetched.append(anew)
        await gate.wait()
        return f"T{len(fetched)}", 7200.0 if len(fetched) == 1 else 60.0

    access = Access(fetch, lambda: at[0])
    asking = [asyncio.create_task(access.token()) for _ in range(5)]
    await asyncio.sleep(0)
    gate.set()
    assert set(await asyncio.gather(*asking)) == {"T1"}
    at[0] = 7_079
    assert await access.token() == "T1"
    at[0] = 7_080
    assert await access.token() == "T2"
    assert await access.token() == "T2", "a token that ends soon is not fetched with every call"
    await access.renew("T1")
    assert fetched == [False, False]
