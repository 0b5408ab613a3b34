"""The callback: WeChat's calls, checked, bounded, and answered within its five seconds."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse

from bot.channels.body import body_of_call
from bot.channels.wechat import wire
from bot.channels.wechat.arrival import Arrival, read
from bot.channels.wechat.pace import Pace
from bot.channels.wechat.seal import Forged, Seal
from bot.channels.wechat.wire import MAX_BODY, Fields, Unreadable

log = structlog.get_logger(__name__)

PATH = "/wechat"
DONE = "success"
"""What WeChat takes for "received, say nothing"."""
MAX_ECHO = 200

_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"description": "The reply, or that there is none.", "content": {"application/xml": {}, "text/plain": {}}},
    403: {"description": "Not signed or not sealed by WeChat, or too old."},
    413: {"description": "Too large."},
    503: {"description": "Not handled: to be asked again."},
}

Accept = Callable[[Arrival, str, float], Awaitable[str | None]]


class Callback:
    """Receives what people do. `clock` gives aware times."""

    def __init__(self, seal: Seal, pace: Pace, clock: Callable[[], datetime]) -> None:
        self._seal = seal
        self._pace = pace
        self._clock = clock
        self._accept: Accept | None = None

    def open(self, accept: Accept) -> None:
        """From now on hand arrivals to `accept`."""
        self._accept = accept

    def shut(self) -> None:
        """From now on let WeChat ask again."""
        self._accept = None

    def router(self) -> APIRouter:
        """The routes."""
        router = APIRouter()
        router.add_api_route(
            PATH,
            self._verify,
            methods=["GET"],
            response_class=PlainTextResponse,
            responses={403: {"description": "Not signed by WeChat."}},
        )
        router.add_api_route(PATH, self._receive, methods=["POST"], response_class=Response, responses=_ANSWERS)
        return router

    async def _verify(self, request: Request) -> Response:
        """WeChat's question whether this address is ours: its own word back."""
        echo = request.query_params.get("echostr", "")
        if not self._genuine(request) or not 1 <= len(echo) <= MAX_ECHO:
            return Response(status_code=403)
        return PlainTextResponse(echo, headers={"X-Content-Type-Options": "nosniff"})

    async def _receive(self, request: Request) -> Response:
        began = asyncio.get_running_loop().time()
        if not self._genuine(request):
            return Response(status_code=403)
        accept = self._accept
        if accept is None:
            return Response(status_code=503)
        body = await body_of_call(request, MAX_BODY)
        if body is None:
            return Response(status_code=413)
        try:
            fields, message = self._opened(body, request)
        except Forged as forged:
            log.warning("wechat_call_refused", reason=str(forged))
            return Response(status_code=403)
        except Unreadable:
            # WeChat would repeat it, and tell the person that the service is broken.
            log.warning("wechat_call_unreadable")
            return PlainTextResponse(DONE)
        arrival = read(fields)
        if arrival is None:
            return PlainTextResponse(DONE)
        left = self._pace.passive - (asyncio.get_running_loop().time() - began)
        text = await accept(arrival, message, left)
        if text is None:
            return Response(status_code=503)
        return self._answer(fields, text) if text else PlainTextResponse(DONE)

    def _genuine(self, request: Request) -> bool:
        """Signed by WeChat, and not long ago."""
        query = request.query_params
        at, nonce = query.get("timestamp", ""), query.get("nonce", "")
        if not self._seal.signed(query.get("signature", ""), at, nonce):
            return False
        if not (at.isascii() and at.isdecimal() and len(at) <= 12):
            return False
        return abs(self._clock().timestamp() - int(at)) <= self._pace.window

    def _opened(self, body: bytes, request: Request) -> tuple[Fields, str]:
        """The message, as fields and as text. Raises `Forged` and `Unreadable`."""
        fields = wire.read(body)
        if not self._seal.closed:
            return fields, body.decode("utf-8", "replace")
        # In compatible mode the message is there in the open too; only the sealed one is looked at, as nobody can forge it.
        sealed, query = fields.get("Encrypt", ""), request.query_params
        parts = (query.get("timestamp", ""), query.get("nonce", ""), sealed)
        if not sealed or not self._seal.signed(query.get("msg_signature", ""), *parts):
            raise Forged("not sealed by this account")
        message = self._seal.open(sealed)
        return wire.read(message), message.decode("utf-8", "replace")

    def _answer(self, fields: Fields, text: str) -> Response:
        at = str(int(self._clock().timestamp()))
        reply = wire.text_reply(fields, text, int(at))
        if self._seal.closed:
            sealed, nonce = self._seal.close(reply), at[::-1]
            signed = self._seal.sign(at, nonce, sealed)
            reply = wire.write({"Encrypt": sealed, "MsgSignature": signed, "TimeStamp": at, "Nonce": nonce})
        return Response(reply, media_type="application/xml")
