"""The web chat as a channel: serves the application, pushes to visitors whose page is open."""

import asyncio
from collections.abc import Callable
from uuid import uuid4

from starlette.types import ASGIApp

from bot.channels.base import Capabilities, Handler, Unreachable
from bot.channels.web.limits import Limits
from bot.channels.web.lines import Lines
from bot.channels.web.server import HttpServer
from bot.channels.web.turns import CHANNEL
from dialogs.messages import Reply


class WebChannel:
    """`build` makes the application from the handler: `create_web` on the same `lines`, plus what else is mounted."""

    name = CHANNEL
    capabilities = Capabilities(voice_out=True, buttons=True, location_in=True, max_text=None)

    def __init__(
        self,
        build: Callable[[Handler], ASGIApp],
        lines: Lines,
        host: str,
        port: int,
        *,
        limits: Limits | None = None,
        confirm_seconds: float = 10.0,
    ) -> None:
        self._build = build
        self._lines = lines
        self._server = HttpServer(host, port, frame=(limits or Limits()).frame)
        self._confirm_seconds = confirm_seconds

    @property
    def ready(self) -> asyncio.Event:
        """Set while the page can be reached."""
        return self._server.ready

    async def run(self, handler: Handler) -> None:
        """Serve until cancelled; open requests get five seconds to finish. Raises `AddressTaken`."""
        await self._server.run(self._build(handler))

    @property
    def presence(self) -> Lines:
        """A visitor can be reached while a page of theirs is open."""
        return self._lines

    async def send(self, user: str, reply: Reply, message_id: str | None = None) -> None:
        """Push to every open page of the visitor. Raises `Unreachable` unless one confirms in time.

        A page shows a `message_id` once: one that missed only the confirmation does not show the message twice.
        """
        reply_id = f"push.{message_id or uuid4().hex}"
        if not await self._lines.push(user, reply, reply_id, self._confirm_seconds):
            raise Unreachable("no open page has confirmed the message")
