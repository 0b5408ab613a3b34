"""A Telegram channel at the fake server, quick of pace."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from bot.channels.base import Handler
from bot.channels.telegram import Pace, TelegramChannel
from dialogs.messages import Reply
from nlu.speech.base import Clip, NoVoice
from tests.fakes.bot_api import BotApi
from tests.fakes.preferences import MemoryPreferences

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
PACE = Pace(
    poll=20,
    poll_again=0.03,
    request=30,
    flood=10,
    typing_after=30,
    grace=0.2,
    webhook=45,
    a_second=1_000,
    chat_a_second=1_000,
    group_a_minute=60_000,
)


class Naps:
    """Stands for `asyncio.sleep`: notes how long, and hardly sleeps."""

    def __init__(self) -> None:
        self.taken: list[float] = []
        self._another = asyncio.Event()

    async def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)
        self._another.set()
        await asyncio.sleep(0.001)

    async def until(self, enough: Callable[[list[float]], bool]) -> None:
        """Wait for the naps taken to satisfy a condition."""
        async with asyncio.timeout(60):
            while not enough(self.taken):
                self._another.clear()
                await self._another.wait()


class Tongue:
    """A mouth whose clips are the text itself."""

    def __init__(self) -> None:
        self.mute = False
        self.free = asyncio.Event()
        """While it is not set, speaking takes its time."""
        self.free.set()

    async def speak(self, text: str, *, slow: bool = False) -> Clip:
        """The clip, or `NoVoice` when mute."""
        await self.free.wait()
        if self.mute:
            raise NoVoice
        return Clip(f"OggS{text}".encode(), 2.4 if slow else 1.2)


def channel_at(api: BotApi, **settings: Any) -> TelegramChannel:
    """A channel for the fake server; anything given goes before the defaults."""
    defaults: dict[str, Any] = {
        "preferences": MemoryPreferences(),
        "clock": lambda: NOW,
        "mouth": Tongue(),
        "api_base": api.base,
        "pace": PACE,
        "sleep": Naps(),
    }
    return TelegramChannel(settings.pop("token", api.token), **defaults | settings)


@asynccontextmanager
async def running(api: BotApi, handler: Handler, **settings: Any) -> AsyncIterator[TelegramChannel]:
    """The channel, serving until the end of the block."""
    channel = settings.pop("channel", None) or channel_at(api, **settings)
    task = asyncio.create_task(channel.run(handler))
    try:
        yield channel
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def settled(api: BotApi) -> None:
    """Everything that people sent is handled and confirmed."""
    await api.until(lambda: not api.pending)


async def sending(api: BotApi, reply: Reply, user: str = "7") -> list[float]:
    """Send once; the pauses that were taken."""
    naps = Naps()
    channel = channel_at(api, sleep=naps)
    try:
        await channel.send(user, reply)
    finally:
        await channel.close()
    return naps.taken
