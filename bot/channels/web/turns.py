"""A visitor's messages, one after the other, each handled once however often it arrives."""

import asyncio
import traceback
import unicodedata
from collections.abc import Callable
from datetime import datetime
from weakref import WeakValueDictionary

import structlog

from bot.channels.base import Handler
from bot.channels.web.protocol import Answer, Error, ReplyOut
from bot.channels.web.speech import Speeches
from bot.channels.web.texts import WebTexts
from dialogs.messages import Inbound, Location, Turn, Voice

log = structlog.get_logger(__name__)

CHANNEL = "web"


def clean(text: str) -> str:
    """The text without control characters (line breaks stay) and without space around it."""
    return "".join(
        c if c == "\n" else " " if c == "\t" else "" if unicodedata.category(c) in {"Cc", "Cs"} else c for c in text
    ).strip()


class Turns:
    """Runs the handler.

    A turn goes on when its socket is lost: the page sends the message again, and joins the turn that is under way.
    """

    def __init__(self, handler: Handler, speeches: Speeches, texts: WebTexts, clock: Callable[[], datetime]) -> None:
        self._handler = handler
        self._speeches = speeches
        self._texts = texts
        self._clock = clock
        self._running: dict[tuple[str, str], asyncio.Task[Answer | Error]] = {}
        self._order: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def take(
        self,
        visitor: str,
        message_id: str,
        *,
        text: str | None = None,
        voice: Voice | None = None,
        location: Location | None = None,
        choice: str | None = None,
    ) -> Answer | Error:
        """The answer to one message, of which exactly one kind is given."""
        key = (visitor, message_id)
        if (task := self._running.get(key)) is None:
            inbound = Inbound(
                CHANNEL, visitor, message_id, self._clock(), text=text, voice=voice, location=location, choice=choice
            )
            task = self._running[key] = asyncio.create_task(self._run(inbound))
            task.add_done_callback(lambda _: self._running.pop(key, None))
        return await asyncio.shield(task)

    async def close(self, grace: float) -> None:
        """Let turns that are under way end within `grace` seconds, cancel the rest: their pages ask again."""
        if self._running:
            _, late = await asyncio.wait(self._running.values(), timeout=grace)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _run(self, inbound: Inbound) -> Answer | Error:
        lock = self._order.setdefault(inbound.user, asyncio.Lock())
        async with lock:
            try:
                return self._answer(inbound.external_id, await self._handler(inbound))
            except Exception as error:  # noqa: BLE001 - the handler promises not to raise; its bug must not end the line
                # Logged without the error's message, which may hold what the person said.
                where = traceback.extract_tb(error.__traceback__)[-1]
                log.error("turn_failed", error=type(error).__name__, where=f"{where.filename}:{where.lineno}")
                return Error(id=inbound.external_id, code="failed", text=self._texts.error("failed"))

    def _answer(self, message_id: str, turn: Turn) -> Answer:
        return Answer(
            id=message_id,
            heard=turn.heard,
            duplicate=turn.duplicate,
            replies=[
                ReplyOut.of(reply, f"{message_id}.{n}", self._speeches.offer(reply.spoken))
                for n, reply in enumerate(turn.replies)
            ],
        )
