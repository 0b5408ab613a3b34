"""The channels of one process: which of them take messages in here, and which deliver what is sent unasked."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fastapi import APIRouter

from bot.app import System
from bot.channels.base import Channel, Handler
from bot.leader import AlwaysLeads, Leader
from bot.parts import Part
from bot.running.telegram import telegram_channel
from bot.running.wechat import wechat_channel

if TYPE_CHECKING:
    from bot.channels.telegram.channel import TelegramChannel
    from bot.channels.wechat import WeChatChannel

Task = Callable[[Handler], Awaitable[None]]


@dataclass(slots=True)
class Channels:
    """`tasks` run as long as the process, `routers` belong to its HTTP, `delivering` is what its delivery sends on."""

    tasks: list[Task] = field(default_factory=list)
    routers: list[APIRouter] = field(default_factory=list)
    delivering: list[Channel] = field(default_factory=list)
    standing: dict[str, Callable[[], str]] = field(default_factory=dict)

    def stand(self) -> Mapping[str, str]:
        """How each of them stands, for operators."""
        return {name: tell() for name, tell in self.standing.items()}


def channels(system: System, parts: frozenset[Part], polling: Leader) -> Channels:
    """All but the web chat. `polling` decides which process fetches Telegram's updates where no webhook is set."""
    found = Channels()
    _telegram(found, system, parts, polling)
    _wechat(found, system, parts)
    return found


def _telegram(found: Channels, system: System, parts: frozenset[Part], polling: Leader) -> None:
    channel = telegram_channel(system)
    if channel is None:
        return
    found.standing["telegram"] = lambda: channel.state.value
    if Part.WORKER in parts:
        found.delivering.append(channel)
    if Part.WEB not in parts:
        found.tasks.append(lambda _: _until_cancelled(channel))
    elif system.settings.telegram_webhook_url or isinstance(polling, AlwaysLeads):
        found.routers.append(channel.webhook_router())
        found.tasks.append(channel.run)
    else:
        found.tasks.append(lambda handler: _poll(found, system, polling, handler))
        if Part.WORKER in parts:
            found.tasks.append(lambda _: _until_cancelled(channel))


def _wechat(found: Channels, system: System, parts: frozenset[Part]) -> None:
    channel = wechat_channel(system)
    if channel is None:
        return
    found.standing["wechat"] = lambda: "on"
    if Part.WORKER in parts:
        found.delivering.append(channel)
    if Part.WEB in parts:
        found.routers.append(channel.router())
        found.tasks.append(channel.run)
    else:
        found.tasks.append(lambda _: _until_cancelled(channel))


async def _until_cancelled(channel: "TelegramChannel | WeChatChannel") -> None:
    """Nothing but close a channel that only sends, at the end."""
    try:
        await asyncio.Event().wait()
    finally:
        await channel.close()


async def _poll(found: Channels, system: System, polling: Leader, handler: Handler) -> None:
    """Fetch updates while this process leads in that: with a channel of its own each time, for one that has run is closed."""

    async def work() -> None:
        channel = telegram_channel(system)
        if channel is not None:
            found.standing["telegram"] = lambda: channel.state.value
            await channel.run(handler)
            await asyncio.Event().wait()  # refused: another process would be, too

    found.standing["telegram"] = lambda: "waiting"
    await polling.run(work)
