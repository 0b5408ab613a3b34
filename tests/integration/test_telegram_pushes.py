"""Telegram: what is sent unasked goes out as text at once; its voice follows, to those who want one, and holds up nobody."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from bot.channels.preferences import VOICE, note_spoke
from bot.channels.spoken_pushes import AT_ONCE, SpokenPushes
from bot.delivery.outbox import Envelope, Outbox
from bot.delivery.worker import Bounds, Worker
from dialogs.messages import Reply, ReplyKind
from knowledge_base.store import Store
from nlu.speech.base import Clip, NoVoice
from tests.fakes.assistant import Assistant
from tests.fakes.bot_api import BotApi
from tests.fakes.post import Watcher
from tests.fakes.preferences import MemoryPreferences
from tests.fakes.telegram import PACE, Tongue, channel_at, running, settled
from tests.fakes.until import until

WANG, LI = 7, 8
WARNING = Reply(ReplyKind.INFO, "【暴雨红色预警】", spoken="暴雨红色预警。")


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with BotApi(repeat_pause=0.02) as api:
        for person in (WANG, LI):
            api.user_says(person, "您好")
        yield api


@pytest.fixture
def preferences() -> MemoryPreferences:
    kept = MemoryPreferences()
    kept.values["7", VOICE] = "on"
    return kept


def voices(api: BotApi) -> list[bytes]:
    return [sent.data for sent in api.sent if sent.method == "sendVoice"]


async def test_the_text_is_delivered_once_however_long_its_voice_takes(
    api: BotApi, preferences: MemoryPreferences, store: Store
) -> None:
    """Both are out, and recorded, while the speech has not even begun to come."""
    tongue = Tongue()
    tongue.free.clear()
    channel = channel_at(api, preferences=preferences, mouth=tongue)

    def clock() -> datetime:
        return datetime.now(UTC)

    outbox, watcher = Outbox(store, clock), Watcher()
    worker = Worker(outbox, channel, clock=clock, observer=watcher, bounds=Bounds(parallel=1, poll=0.05))
    async with store.session() as session:
        until = clock() + timedelta(hours=1)
        await outbox.put(session, (Envelope("telegram", str(n), "w", WARNING, expires_at=until) for n in (WANG, LI)))
    working = asyncio.create_task(worker.run())
    await watcher.until(2)
    assert watcher.outcomes == [("telegram", "sent")] * 2
    assert [sent.method for sent in api.sent] == ["sendMessage"] * 2, "nobody waits for another's voice"
    tongue.free.set()
    await api.until(lambda: len(voices(api)) == 1)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    await channel.close()
    assert [sent.method for sent in api.sent] == ["sendMessage", "sendMessage", "sendVoice"]


async def test_who_spoke_last_gets_pushes_spoken_too(api: BotApi) -> None:
    kept = MemoryPreferences()
    async with running(api, Assistant(), preferences=kept) as channel:
        await settled(api)
        api.user_sends_voice(WANG, b"OggS")
        await settled(api)
        heard = len(voices(api))
        for user in (WANG, LI):
            await channel.send(str(user), WARNING)
        await api.until(lambda: len(voices(api)) == heard + 1)
        assert [sent.chat for sent in api.sent if sent.method == "sendVoice"][heard:] == [WANG]
        api.user_says(WANG, "这回打字")
        await settled(api)
        before = len(voices(api))
        await channel.send(str(WANG), WARNING)
        api.user_sends_voice(LI, b"OggS")
        await settled(api)
        assert [sent.chat for sent in api.sent if sent.method == "sendVoice"][before:] == [LI]


async def test_a_button_leaves_who_speaks_one_who_speaks(api: BotApi) -> None:
    kept = MemoryPreferences()
    async with running(api, Assistant(), preferences=kept):
        api.user_sends_voice(WANG, b"OggS")
        await settled(api)
        api.user_sends_location(WANG, 34.1, 115.3)
        await settled(api)
    assert kept.values["7", "spoke"] == "1"


class Counted(Tongue):
    """Counts how many texts it is asked to speak, and how many at once."""

    def __init__(self) -> None:
        super().__init__()
        self.at_once = self.most = self.asked = 0

    async def speak(self, text: str, *, slow: bool = False) -> Clip:
        self.asked += 1
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        try:
            await asyncio.sleep(0)
            if text == "坏的":
                raise NoVoice
            return await super().speak(text, slow=slow)
        finally:
            self.at_once -= 1


class Sent:
    """Stands for the way out."""

    def __init__(self) -> None:
        self.clips: list[tuple[str, str]] = []
        self.enough = asyncio.Event()

    async def clip(self, user: str, clip: Clip) -> None:
        self.clips.append((user, clip.data.decode()))
        self.enough.set()


def queue(sent: Sent, tongue: Tongue, **bounds: float) -> SpokenPushes:
    kept = MemoryPreferences()
    kept.values |= {(str(user), VOICE): "on" for user in range(100)}
    return SpokenPushes(sent.clip, tongue, kept, channel="telegram", **bounds)  # type: ignore[arg-type]


async def test_few_at_a_time_and_a_failure_is_only_logged() -> None:
    sent, tongue = Sent(), Counted()
    pushes = queue(sent, tongue)
    for user in range(10):
        pushes.add(str(user), "坏的" if user == 3 else "好的")
    async with asyncio.timeout(60):
        while len(sent.clips) < 9:
            sent.enough.clear()
            await sent.enough.wait()
    await pushes.close()
    assert tongue.most == AT_ONCE
    assert sorted(user for user, _ in sent.clips) == ["0", "1", "2", "4", "5", "6", "7", "8", "9"]


async def test_too_many_and_too_late_are_dropped_with_a_line_in_the_log_and_close_ends_it() -> None:
    sent, tongue = Sent(), Counted()
    tongue.free.clear()
    pushes = queue(sent, tongue, most=3, stale=-1.0)
    with capture_logs() as logs:
        for user in range(AT_ONCE):
            pushes.add(str(user), "慢的")
        await until(lambda: tongue.asked == AT_ONCE)
        for user in range(10):
            pushes.add(str(user), "慢的")
        assert [line["reason"] for line in logs] == ["too many wait"], "once, not seven times"
        tongue.free.set()
        await until(lambda: len(logs) == 1 + AT_ONCE + 3)
        assert {line["reason"] for line in logs[1:]} == {"too late"}
        assert not sent.clips
        tongue.free.clear()
        pushes.add("1", "慢的")
        await until(lambda: tongue.asked == AT_ONCE + 3 + 1)
        async with asyncio.timeout(60):
            await pushes.close()
        pushes.add("1", "关了以后")
    assert len(asyncio.all_tasks()) == 1


async def test_preferences_that_do_not_answer_do_not_repeat_the_text(api: BotApi) -> None:
    class Broken(MemoryPreferences):
        async def get(self, user: str, key: str) -> str | None:
            raise OSError("database")

    channel = channel_at(api, preferences=Broken(), pace=replace(PACE, tries=1))
    await channel.send(str(WANG), WARNING)
    await channel.close()
    assert [sent.method for sent in api.sent] == ["sendMessage"]
    await note_spoke(MemoryPreferences(), "7", spoke=False)
