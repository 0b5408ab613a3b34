"""How fast messages may go to Telegram: all together, and to one chat."""

import asyncio
import heapq
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from bot.channels.base import RateLimited
from bot.channels.telegram.pace import Pace
from bot.shared.slots import Slots

_REMEMBERED = 1_000
_SPREAD = 0.9
_LATE = 0.1
"""Seconds of lateness that are made up for at once."""


class Ceiling:
    """Lets one message after the other through. A person's own conversation goes before what is sent unasked.

    The limits are those of `Pace`. No second, wherever it begins, sees more than `a_second` messages go. They are spread
    over most of it, so that what comes late is made up for in the rest. With `slots` that holds for all processes
    together: each books a place for the message at the head of its own line, so an answer waits for no more pushes than
    there are other processes.
    """

    def __init__(self, pace: Pace, slots: Slots | None = None) -> None:
        self._slots = slots
        self._shared_gap = 1 / max(1, pace.a_second - 1)
        """One less, for what the clocks of several processes push together."""
        self._gap = _SPREAD / pace.a_second
        self._went: deque[float] = deque(maxlen=pace.a_second)
        """When the last ones went, on the loop's clock."""
        self._planned = float("-inf")
        """When the last one was to go, had no timer been late."""
        self._chat, self._group, self._burst = 1 / pace.chat_a_second, 60 / pace.group_a_minute, pace.burst
        self._chats: dict[int, float] = {}
        """When a chat would have had all its messages at its own rate; what has passed is forgotten."""
        self._line: list[tuple[bool, int, asyncio.Future[None]]] = []
        self._numbers = count()
        self._timer: asyncio.TimerHandle | asyncio.Task[None] | None = None
        self._pauses = 0
        self._shut_until = float("-inf")

    async def turn(self, chat: int, *, push: bool) -> None:
        """Wait until a message may go to this chat. Raises `RateLimited` while the server wants a long silence."""
        loop = asyncio.get_running_loop()
        await asyncio.sleep(await self._own(chat, loop.time()))
        if (left := self._shut_until - loop.time()) > 0:
            raise RateLimited(left)
        place: asyncio.Future[None] = loop.create_future()
        heapq.heappush(self._line, (push, next(self._numbers), place))
        self._go()
        await place

    @contextmanager
    def pause(self) -> Iterator[None]:
        """Let nothing through within the block."""
        self._pauses += 1
        try:
            yield
        finally:
            self._pauses -= 1
            self._go()

    def shut(self, seconds: float) -> None:
        """Refuse everything for so long, which is more than anybody should wait for."""
        self._shut_until = max(self._shut_until, asyncio.get_running_loop().time() + seconds)

    async def _own(self, chat: int, now: float) -> float:
        """Book a message to this chat; how long it has to wait for the sake of that chat alone."""
        if len(self._chats) > _REMEMBERED:
            self._chats = {one: until for one, until in self._chats.items() if until > now}
        step = self._group if chat < 0 else self._chat
        until = max(self._chats.get(chat, now), now) + step
        self._chats[chat] = until
        wait = max(0.0, until - now - self._burst * step)
        if self._slots is not None:
            wait = max(wait, await self._slots.book(f"chat:{chat}", step, self._burst))
        return wait

    def _go(self) -> None:
        """Let through who is at the head of the line as soon as it is time."""
        if self._timer is not None or self._pauses or not self._line:
            return
        at = self._planned + self._gap
        if len(self._went) == self._went.maxlen:
            at = max(at, self._went[0] + 1)
        loop = asyncio.get_running_loop()
        self._timer = loop.call_at(max(at, loop.time()), self._pass if self._slots is None else self._book)

    def _book(self) -> None:
        if self._slots is not None:
            self._timer = asyncio.create_task(self._pass_at(self._slots))

    async def _pass_at(self, slots: Slots) -> None:
        # Who is at the head is decided when the place comes: an answer may have got into the line meanwhile.
        await asyncio.sleep(await slots.book("all", self._shared_gap))
        self._pass()

    def _pass(self) -> None:
        self._timer = None
        if self._pauses:
            return
        while self._line:
            _, _, place = heapq.heappop(self._line)
            if not place.done():  # its task was not cancelled meanwhile
                place.set_result(None)
                now = asyncio.get_running_loop().time()
                self._planned = max(self._planned + self._gap, now - _LATE)
                self._went.append(now)
                break
        self._go()
