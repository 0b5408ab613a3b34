"""A layer before the assistant: so many messages are worked on at once, the others wait, first come, first served.

A thousand turns at once would not be done sooner than one after the other, and would wait for each other's connections to
the database until some fail. A person has one place at most: their further messages wait outside for their own turn, as
they would inside, and keep nobody out. A recording needs no place: the ear has a queue of its own.
"""

import asyncio

from bot.channels.base import Handler
from dialogs.messages import Inbound, Turn
from dialogs.turn_order import InProcessOrder

MOST = 10
"""Fewer than the database's connections of one process, so that deliveries, pages and who must not wait have some."""


def in_turn(inner: Handler, *, most: int = MOST) -> Handler:
    """`inner` for at most so many messages at once, each of another person."""
    places, persons = asyncio.Semaphore(most), InProcessOrder()

    async def handler(inbound: Inbound) -> Turn:
        async with persons.hold(inbound.channel, inbound.user):
            if inbound.voice is not None:
                return await inner(inbound)
            async with places:
                return await inner(inbound)

    return handler
