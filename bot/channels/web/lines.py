"""The open sockets of each visitor: to answer on, and to push to."""

import asyncio
import time
from collections.abc import Callable, Collection, Mapping

from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.channels.web.protocol import Push, ReplyOut, ServerMessage
from bot.channels.web.speech import Speeches
from dialogs.messages import Reply


class Line:
    """One open socket."""

    def __init__(self, socket: WebSocket, speeches: Speeches) -> None:
        self._socket = socket
        self._speeches = speeches

    async def send(self, message: ServerMessage) -> bool:
        """Send, and say whether the socket was still open; the page asks again for what it missed."""
        try:
            await self._socket.send_text(message.model_dump_json())
        except (WebSocketDisconnect, RuntimeError):  # RuntimeError: closed by us, or by the server going down
            return False
        return True

    async def push(self, reply: Reply, reply_id: str) -> bool:
        """Send a reply that nobody asked for."""
        return await self.send(Push(reply=ReplyOut.of(reply, reply_id, self._speeches.offer(reply.spoken))))


class Lines:
    """Who is there. One object per process, shared by the app and its channel."""

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._open: dict[str, set[Line]] = {}
        self._came: dict[str, float] = {}
        self._awaited: dict[tuple[str, str], asyncio.Event] = {}
        self._tell: list[Callable[[str], None]] = []

    def add(self, visitor: str, line: Line) -> None:
        """The visitor has opened a line."""
        self._open.setdefault(visitor, set()).add(line)
        self._came.setdefault(visitor, self._seconds())
        for tell in self._tell:
            tell(visitor)

    def here(self) -> Collection[str]:
        """The visitors with an open line."""
        return list(self._open)

    def there_for(self) -> Mapping[str, float]:
        """The visitors with an open line, and for how many seconds they have had one; for metrics."""
        now = self._seconds()
        return {visitor: now - came for visitor, came in self._came.items()}

    def on_arrival(self, tell: Callable[[str], None]) -> None:
        """Have `tell` called with every visitor who opens a line."""
        self._tell.append(tell)

    def remove(self, visitor: str, line: Line) -> None:
        """The line is closed."""
        lines = self._open.get(visitor, set())
        lines.discard(line)
        if not lines:
            self._open.pop(visitor, None)
            self._came.pop(visitor, None)

    def count(self, visitor: str) -> int:
        """How many lines the visitor has open."""
        return len(self._open.get(visitor, ()))

    @property
    def visitors(self) -> int:
        """How many visitors are there now; for metrics."""
        return len(self._open)

    def got(self, visitor: str, reply_id: str) -> None:
        """A page of the visitor has shown the pushed reply."""
        if event := self._awaited.get((visitor, reply_id)):
            event.set()

    async def push(self, visitor: str, reply: Reply, reply_id: str, seconds: float) -> bool:
        """Send to all the visitor's lines; True once a page confirms it within `seconds`.

        Only a confirmation counts: a phone that lost its network keeps a socket that takes everything and shows nothing.
        """
        lines = list(self._open.get(visitor, ()))
        if not lines:
            return False
        event = self._awaited.setdefault((visitor, reply_id), asyncio.Event())
        try:
            await asyncio.gather(*(line.push(reply, reply_id) for line in lines))
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            return False
        finally:
            self._awaited.pop((visitor, reply_id), None)
        return True
