"""The page's security headers, and the check that a request comes from the page itself."""

import re

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger(__name__)

_HOST = re.compile(r"[A-Za-z0-9.\-]+(:\d+)?|\[[0-9A-Fa-f:.]+\](:\d+)?")
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self' blob:; "
    "connect-src 'self'{lines}; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "microphone=(self), geolocation=(self), camera=()",
}


def content_policy(host: str | None) -> str:
    """The Content-Security-Policy; the host's WebSocket is named because older Safari leaves it out of 'self'."""
    named = host if host and _HOST.fullmatch(host) else None
    return _POLICY.format(lines=f" ws://{named} wss://{named}" if named else "")


def same_origin(connection: HTTPConnection) -> bool:
    """Whether the page that asks was served under the very host it asks; without an Origin it is refused."""
    origin = connection.headers.get("origin", "")
    host = connection.headers.get("host", "")
    scheme, _, netloc = origin.partition("://")
    if scheme in {"http", "https"} and netloc and netloc.lower() == host.lower():
        return True
    log.warning("foreign_origin", origin=origin[:200], host=host[:200], hint="a proxy in front must pass Host on")
    return False


class SecurityHeaders:
    """Adds the headers to every response that does not set them itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        policy = content_policy(HTTPConnection(scope).headers.get("host"))

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("Content-Security-Policy", policy)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, guarded)
