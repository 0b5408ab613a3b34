"""A channel that keeps what it is given to send, and an observer of deliveries."""

import asyncio
from collections.abc import Callable, Collection

from bot.channels.base import Capabilities, Handler
from dialogs.messages import Reply


class Room:
    """People who come and go."""

    def __init__(self, *people: str) -> None:
        self.people = set(people)
        self._tell: list[Callable[[str], None]] = []

    def here(self) -> Collection[str]:
        return list(self.people)

    def on_arrival(self, tell: Callable[[str], None]) -> None:
        self._tell.append(tell)

    def enter(self, user: str) -> None:
        """Somebody comes."""
        self.people.add(user)
        for tell in self._tell:
            tell(user)


class PaperChannel:
    """Sends to a list: (user, text, message id). `faults` are raised first, by user, one at a time."""

    capabilities = Capabilities(voice_out=False, buttons=False, location_in=False, max_text=1000)

    def __init__(self, name: str = "paper", room: Room | None = None) -> None:
        self.name = name
        self.presence = room
        self.tried: list[str] = []
        self.sent: list[tuple[str, str, str | None]] = []
        self.faults: dict[str, list[Exception]] = {}
        self.gate: asyncio.Event | None = None
        """When set, sending waits for it."""
        self._news = asyncio.Event()

    async def run(self, handler: Handler) -> None:
        await asyncio.Event().wait()

    async def send(self, user: str, reply: Reply, message_id: str | None = None) -> None:
        self.tried.append(user)
        self._news.set()
        if self.gate is not None:
            await self.gate.wait()
        if self.faults.get(user):
            raise self.faults[user].pop(0)
        self.sent.append((user, reply.text, message_id))
        self._news.set()

    async def until(self, enough: Callable[["PaperChannel"], bool]) -> None:
        """Wait for what was tried and sent to satisfy a condition."""
        async with asyncio.timeout(60):
            while not enough(self):
                self._news.clear()
                await self._news.wait()


class Watcher:
    """Keeps how deliveries ended."""

    def __init__(self) -> None:
        self.outcomes: list[tuple[str, str]] = []
        self.failures: list[str] = []
        self._news = asyncio.Event()

    def delivered(self, channel: str, what: str) -> None:
        self.outcomes.append((channel, what))
        self._news.set()

    def failed(self, where: str) -> None:
        self.failures.append(where)
        self._news.set()

    async def until(self, enough: int | Callable[["Watcher"], bool]) -> None:
        """Wait for that many tries to have ended and been recorded, or for a condition."""
        condition = enough if callable(enough) else lambda one: len(one.outcomes) >= enough
        async with asyncio.timeout(60):
            while not condition(self):
                self._news.clear()
                await self._news.wait()
