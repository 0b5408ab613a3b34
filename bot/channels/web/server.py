"""The HTTP server of a process: listens, serves one application until cancelled, lets open requests finish."""

import asyncio
import contextlib
import errno
import socket
from collections.abc import Generator

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LARGEST_FRAME = 131_072
"""Bytes of a WebSocket message, unless said otherwise."""

FIRST = 15.0
"""Seconds in which the head of a request must be there."""


class AddressTaken(Exception):
    """The address to listen on is in use by another program."""


class AddressUnusable(AddressTaken):
    """The address to listen on is not this machine's, or not allowed."""


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


class _Patient(HttpToolsProtocol):
    """Shows out who connects and does not ask: uvicorn itself would wait for ever."""

    _waits: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait()

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._wait()

    def on_headers_complete(self) -> None:
        """Its head is there."""
        self._stop()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop()
        super().connection_lost(exc)

    def _wait(self) -> None:
        if self._waits is None:
            self._waits = self.loop.call_later(FIRST, self.transport.close)

    def _stop(self) -> None:
        if self._waits is not None:
            self._waits.cancel()
            self._waits = None


class HttpServer:
    """One address. `ready` is set while it can be reached."""

    def __init__(self, host: str, port: int, *, frame: int = LARGEST_FRAME) -> None:
        self._host = host
        self._port = port
        self._frame = frame
        self.ready = asyncio.Event()

    def check(self) -> None:
        """Say now, before anything is loaded, what `run` would say later. Raises `AddressTaken`."""
        self._listen().close()

    async def run(self, app: ASGIApp) -> None:
        """Serve until cancelled; open requests get five seconds to finish. Raises `AddressTaken`."""
        config = uvicorn.Config(
            app,
            http=_Patient,
            log_config=None,
            access_log=False,
            server_header=False,
            ws_max_size=self._frame,
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
            fault = AddressTaken if error.errno == errno.EADDRINUSE else AddressUnusable
            raise fault(f"{self._host}:{self._port}: {error.strerror}") from error
        return listener
