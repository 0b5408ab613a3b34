"""POST /voice: a recording in, its answer out.

An upload of its own and not a frame on the WebSocket: it is bounded and refused while it arrives, a long one does not
hold up the line's pings and answers, a proxy's limits and HTTP's status codes apply, and sending it again is a plain
repetition with the same id.
"""

from uuid import UUID

from fastapi import Request, Response
from starlette.requests import ClientDisconnect

from bot.channels.body import BodyTooLarge, BodyTooSlow, read_body
from bot.channels.web.guard import same_origin
from bot.channels.web.limits import Limits, Pace
from bot.channels.web.protocol import Answer, Error, ErrorCode
from bot.channels.web.texts import WebTexts
from bot.channels.web.turns import Turns
from bot.channels.web.visitor import Visitors
from dialogs.messages import Voice

STATUS: dict[ErrorCode, int] = {
    "broken": 400,
    "empty": 400,
    "stranger": 401,
    "foreign": 403,
    "too_slow": 408,
    "too_large": 413,
    "too_fast": 429,
    "failed": 500,
    "busy": 503,
}


class _Refused(Exception):
    """The recording is not taken."""

    def __init__(self, code: ErrorCode, retry_after: float | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.retry_after = retry_after


class Upload:
    """The endpoint for recordings."""

    def __init__(self, visitors: Visitors, turns: Turns, pace: Pace, texts: WebTexts, limits: Limits) -> None:
        self._visitors = visitors
        self._turns = turns
        self._pace = pace
        self._texts = texts
        self._limits = limits
        self._arriving = 0

    async def post(self, request: Request) -> Response:
        """`?id=` is the page's own uuid for the recording, the body the recording as the browser made it."""
        message_id = _uuid(request.query_params.get("id", ""))
        try:
            answer = await self._take(request, message_id)
        except _Refused as refused:
            text = self._texts.error(refused.code, limit=f"{self._limits.voice_bytes / 1_000_000:g}")
            answer = Error(id=message_id, code=refused.code, text=text, retry_after=refused.retry_after)
        return Response(
            answer.model_dump_json(),
            status_code=STATUS[answer.code] if isinstance(answer, Error) else 200,
            media_type="application/json",
            headers={"Cache-Control": "no-store"},
        )

    async def _take(self, request: Request, message_id: str | None) -> Answer | Error:
        if not same_origin(request):
            raise _Refused("foreign")
        visitor = self._visitors.recognise(request)
        if visitor is None:
            raise _Refused("stranger")
        if message_id is None:
            raise _Refused("broken")
        if wait := self._pace.wait(visitor):
            raise _Refused("too_fast", wait)
        voice = Voice(
            await self._recording(request), request.headers.get("content-type", "application/octet-stream")[:100]
        )
        return await self._turns.take(visitor, message_id, voice=voice)

    async def _recording(self, request: Request) -> bytes:
        if self._arriving >= self._limits.uploads:
            raise _Refused("busy", 5)
        self._arriving += 1
        try:
            return await read_body(request, self._limits.voice_bytes, self._limits.upload_seconds)
        except BodyTooLarge:
            raise _Refused("too_large") from None
        except (BodyTooSlow, ClientDisconnect):
            raise _Refused("too_slow") from None
        finally:
            self._arriving -= 1


def _uuid(value: str) -> str | None:
    try:
        return str(UUID(value))
    except ValueError:
        return None
