"""Bodies bounded before anybody reads them."""

import asyncio
from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_DISCARDED = 64_000_000
_SECONDS = 30.0


class BodyLimit:
    """Answers 413 with the application `refusal` where a body is larger than `largest`, or than its path's own limit.

    Nothing is kept of such a body. What is still being sent is thrown away for a while, since a browser looks at the
    answer only when it has sent all; who sends more than that is cut off.
    """

    def __init__(self, app: ASGIApp, largest: int, paths: Mapping[str, int], refusal: ASGIApp) -> None:
        self._app = app
        self._largest = largest
        self._paths = paths
        self._refusal = refusal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = str(scope["path"]).removeprefix(str(scope.get("root_path", "")))
        largest = self._paths.get(path, self._largest)
        declared = Headers(scope=scope).get("content-length", "0")
        if not declared.isdecimal() or int(declared) > largest:
            await self._refuse(scope, receive, send, unread=True)
            return
        seen = 0
        began = False

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > largest:
                raise _TooLarge(message.get("more_body", False))
            return message

        async def watched(message: Message) -> None:
            nonlocal began
            began = began or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, counted, watched)
        except _TooLarge as large:
            if began:
                raise
            await self._refuse(scope, receive, send, unread=large.unread)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, *, unread: bool) -> None:
        async def drained(message: Message) -> None:
            if unread and message["type"] == "http.response.body" and not message.get("more_body", False):
                await send({**message, "more_body": True})
                await _throw_away(receive)
                message = {"type": "http.response.body", "body": b"", "more_body": False}
            await send(message)

        await self._refusal(scope, receive, drained)


class _TooLarge(BaseException):
    """More has arrived than was declared or is accepted. Not an Exception: no handler of the application may take it."""

    def __init__(self, unread: bool) -> None:
        super().__init__()
        self.unread = unread


async def _throw_away(receive: Receive) -> None:
    seen = 0
    try:
        async with asyncio.timeout(_SECONDS):
            while seen <= _DISCARDED:
                message = await receive()
                seen += len(message.get("body", b""))
                if message["type"] == "http.disconnect" or not message.get("more_body", False):
                    return
    except TimeoutError:
        return
