"""A layer before the assistant: so many messages are worked on at once, the others wait, first come, first served.

A thousand turns at once would not be done sooner than one after the other, and would wait for each other's connections to
the database until some fail. What may be about a life does not wait, nor does a recording: the ear has a queue of its own.
"""

import asyncio
from collections.abc import Callable

from bot.channels.base import Handler
from bot.limiting import grave
from dialogs.messages import Inbound, Turn

MOST = 10
"""Fewer than the database's connections of one process, so that deliveries, pages and who must not wait have some."""


def in_turn(inner: Handler, *, normalised: Callable[[str], str], most: int = MOST) -> Handler:
    """`inner` for at most so many messages at once. `normalised` gives dialect words their standard form."""
    places = asyncio.Semaphore(most)

    async def handler(inbound: Inbound) -> Turn:
        if inbound.voice is not None or grave(inbound.text, inbound.choice, normalised):
            return await inner(inbound)
        async with places:
            return await inner(inbound)

    return handler
