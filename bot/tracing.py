"""A number for each request: what a message or a call leads to carries it, from the channel to the log and the rows."""

import re
import time
from collections.abc import Callable
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars, get_contextvars

from bot.channels.base import Handler
from dialogs.messages import Inbound, Turn
from knowledge_base.request import REQUEST

log = structlog.get_logger(__name__)

HEADER = "X-Request-ID"
_GIVEN = re.compile(r"[0-9A-Za-z-]{8,32}")


def fresh() -> str:
    """A new number, 16 characters."""
    return uuid4().hex[:16]


def traced(inner: Handler, *, texts: bool = False, ids: Callable[[], str] = fresh) -> Handler:
    """One line of log for each turn, without what was said; with it only where `texts` is switched on for debugging."""

    async def handle(inbound: Inbound) -> Turn:
        started = time.perf_counter()
        given = get_contextvars().get(REQUEST)
        with bound_contextvars(**{REQUEST: given or ids(), "channel": inbound.channel}):
            if texts:
                log.warning("said", text=inbound.text, choice=inbound.choice)
            turn = await inner(inbound)
            log.info("turn", **_about(inbound, turn), milliseconds=round((time.perf_counter() - started) * 1000))
            if texts:
                log.warning("answered", heard=turn.heard, texts=[reply.text for reply in turn.replies])
        return turn

    return handle


def _about(inbound: Inbound, turn: Turn) -> dict[str, object]:
    forms = ("text", "voice", "location", "choice")
    return {
        "form": next(form for form in forms if getattr(inbound, form) is not None),
        "intent": turn.understanding.intent if turn.understanding else None,
        "kinds": [reply.kind.value for reply in turn.replies],
        "duplicate": turn.duplicate,
    }


class RequestNumber:
    """ASGI middleware: binds the number that a proxy in front has given, or a new one, and answers with it."""

    def __init__(self, app: ASGIApp, ids: Callable[[], str] = fresh) -> None:
        self._app = app
        self._ids = ids

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on; a WebSocket carries many messages, each of which gets its own number."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(HEADER, "")
        number = given if _GIVEN.fullmatch(given) else self._ids()

        async def numbered(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = number
            await send(message)

        with bound_contextvars(**{REQUEST: number}):
            await self._app(scope, receive, numbered)
