"""The web chat as a channel: serves the application, pushes to visitors whose page is open."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Generator
from uuid import uuid4

import uvicorn
from starlette.types import ASGIApp

from bot.channels.base import Capabilities, Handler, Unreachable
from bot.channels.web.limits import Limits
from bot.channels.web.lines import Lines
from bot.channels.web.turns import CHANNEL
from dialogs.messages import Reply


class AddressTaken(Exception):
    """The address for the web chat is in use, not this machine's, or not allowed."""


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers (the process belongs to the whole application), saying when it serves."""

    def __init__(self, config: uvicorn.Config, ready: asyncio.Event) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


class WebChannel:
    """`build` makes the application from the handler: `create_web` on the same `lines`, plus what else is mounted."""

    name = CHANNEL
    capabilities = Capabilities(voice_out=True, buttons=True, location_in=True, max_text=20_000)

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
        self._host = host
        self._port = port
        self._limits = limits or Limits()
        self._confirm_seconds = confirm_seconds
        self.ready = asyncio.Event()
        """Set while the page can be reached."""

    async def run(self, handler: Handler) -> None:
        """Serve until cancelled; open requests get five seconds to finish. Raises `AddressTaken`."""
        config = uvicorn.Config(
            self._build(handler),
            log_config=None,
            access_log=False,
            server_header=False,
            ws_max_size=self._limits.frame,
            ws_ping_interval=20,
            ws_ping_timeout=20,
            timeout_graceful_shutdown=5,
        )
        server = _Server(config, self.ready)
        with contextlib.closing(self._listen()) as listener:
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            try:
                await asyncio.shield(serving)
            finally:
                self.ready.clear()
                server.should_exit = True
                await serving

    def _listen(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((self._host, self._port))
        except OSError as error:
            listener.close()
            raise AddressTaken(f"{self._host}:{self._port}: {error.strerror}") from error
        return listener

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
