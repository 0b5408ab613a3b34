"""A layer before the assistant: a turn ends, well or not, also where it waits for what never comes."""

import asyncio

from bot.channels.base import Handler
from dialogs.messages import Inbound, Turn
from knowledge_base.store import BUSY_SECONDS

LONGEST = BUSY_SECONDS + 10.0
"""Seconds. A turn may wait for another writer of the database; a server that is silent is given up long before."""


def in_time(inner: Handler, *, longest: float = LONGEST) -> Handler:
    """`inner`, but that it raises `TimeoutError` after so long. A recording has the time that the ear's queue takes."""

    async def handler(inbound: Inbound) -> Turn:
        if inbound.voice is not None:
            return await inner(inbound)
        async with asyncio.timeout(longest):
            return await inner(inbound)

    return handler
