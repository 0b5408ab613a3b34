"""The line "typing ..." or "recording a voice message ..." while the assistant works."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from aiogram.enums import ChatAction
from aiogram.methods import SendChatAction

from bot.channels.base import SendError
from bot.channels.telegram.api import Api


@asynccontextmanager
async def showing(api: Api, chat: int, action: ChatAction, *, after: float, every: float) -> AsyncIterator[None]:
    """Show the action from `after` seconds on, renewed every `every` seconds; failing to show it is no failure."""

    async def show() -> None:
        await asyncio.sleep(after)
        while True:
            with suppress(SendError):
                await api.once(SendChatAction(chat_id=chat, action=action))
            await asyncio.sleep(every)

    task = asyncio.create_task(show())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
