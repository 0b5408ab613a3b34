"""WebSocket /chat: typed words, choices and positions in; answers and pushed replies out."""

import asyncio
import json
from collections.abc import Callable

from pydantic import ValidationError
from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.channels.web.guard import same_origin
from bot.channels.web.limits import Limits, Pace
from bot.channels.web.lines import Line, Lines
from bot.channels.web.protocol import (
    Chose,
    Error,
    ErrorCode,
    Got,
    Hello,
    Ping,
    Pong,
    Received,
    SaidText,
    Stands,
    client_message,
)
from bot.channels.web.speech import Speeches
from bot.channels.web.texts import WebTexts
from bot.channels.web.turns import Turns, clean
from bot.channels.web.visitor import Visitors
from dialogs.messages import Location

STRANGER = 4401
"""Close code: no valid cookie; the page fetches itself again to get one."""
CROWDED = 4429
"""Close code: the visitor has too many lines open."""

_AT_ONCE = 50
"""Messages of one line in work at the same time; more wait in its network buffer."""


Grave = Callable[[str | None, str | None], bool]
"""Whether what was typed, or the button that was pressed, may be about a life: such a message never waits."""


class Chat:
    """The WebSocket endpoint."""

    def __init__(
        self,
        visitors: Visitors,
        turns: Turns,
        lines: Lines,
        speeches: Speeches,
        *,
        pace: Pace,
        texts: WebTexts,
        limits: Limits,
        grave: Grave,
    ) -> None:
        self._visitors = visitors
        self._turns = turns
        self._lines = lines
        self._speeches = speeches
        self._pace = pace
        self._texts = texts
        self._limits = limits
        self._grave = grave

    async def serve(self, socket: WebSocket) -> None:
        """One line, from opening to close."""
        if not same_origin(socket):
            await socket.close(1008)  # before acceptance: the browser gets a 403
            return
        await socket.accept()
        line = Line(socket, self._speeches)
        visitor = self._visitors.recognise(socket)
        if visitor is None:
            await line.send(self._error(None, "stranger"))
            await socket.close(STRANGER)
            return
        if self._lines.count(visitor) >= self._limits.lines:
            await line.send(self._error(None, "busy", retry_after=30))
            await socket.close(CROWDED)
            return
        self._lines.add(visitor, line)
        answering: set[asyncio.Task[None]] = set()
        try:
            await line.send(Hello(voice=self._speeches.has_voice))
            while (message := await socket.receive())["type"] == "websocket.receive":
                if len(answering) >= _AT_ONCE:
                    await asyncio.wait(answering, return_when=asyncio.FIRST_COMPLETED)
                task = asyncio.create_task(self._take(visitor, line, message.get("text")))
                answering.add(task)
                task.add_done_callback(answering.discard)
        except WebSocketDisconnect:
            pass
        finally:
            self._lines.remove(visitor, line)
            for task in answering:
                task.cancel()

    async def _take(self, visitor: str, line: Line, raw: str | None) -> None:
        if raw is None:
            await line.send(self._error(None, "broken"))
            return
        if len(raw) > self._limits.frame:
            await line.send(self._error(_id_in(raw), "too_long", limit=self._limits.text))
            return
        try:
            message = client_message.validate_json(raw)
        except ValidationError:
            await line.send(self._error(_id_in(raw), "broken"))
            return
        if isinstance(message, Ping):
            await line.send(Pong())
        elif isinstance(message, Got):
            self._lines.got(visitor, message.id)
        else:
            await self._answer(visitor, line, message)

    async def _answer(self, visitor: str, line: Line, message: SaidText | Chose | Stands) -> None:
        message_id = str(message.id)
        text = clean(message.text) if isinstance(message, SaidText) else None
        if text is not None and len(text) > self._limits.text:
            await line.send(self._error(message_id, "too_long", limit=self._limits.text))
            return
        if text == "":
            await line.send(self._error(message_id, "empty"))
            return
        choice = message.choice if isinstance(message, Chose) else None
        if not self._grave(text, choice) and (wait := self._pace.wait(visitor)):
            await line.send(self._error(message_id, "too_fast", retry_after=wait))
            return
        await line.send(Received(id=message_id))
        if choice is not None:
            answer = await self._turns.take(visitor, message_id, choice=choice)
        elif isinstance(message, Stands):
            location = Location(message.latitude, message.longitude)
            answer = await self._turns.take(visitor, message_id, location=location)
        else:
            answer = await self._turns.take(visitor, message_id, text=text)
        await line.send(answer)

    def _error(
        self, message_id: str | None, code: ErrorCode, retry_after: float | None = None, **values: object
    ) -> Error:
        return Error(id=message_id, code=code, text=self._texts.error(code, **values), retry_after=retry_after)


def _id_in(raw: str) -> str | None:
    """The id of a message that was not understood, so that the page does not send it for ever."""
    try:
        message = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    message_id = message.get("id") if isinstance(message, dict) else None
    return message_id if isinstance(message_id, str) and len(message_id) <= 64 and message_id.isascii() else None
