"""`create_web`: the web chat as a FastAPI application."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from fastapi import FastAPI
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from bot.channels.base import Handler
from bot.channels.web.chat import Chat, Grave
from bot.channels.web.guard import SecurityHeaders
from bot.channels.web.limits import Limits, Pace
from bot.channels.web.lines import Lines
from bot.channels.web.page import STATIC, Page, static_version
from bot.channels.web.protocol import Answer, Error
from bot.channels.web.speech import STATUS as SPEECH_STATUS
from bot.channels.web.speech import Speeches
from bot.channels.web.texts import WebTexts
from bot.channels.web.turns import Turns
from bot.channels.web.upload import STATUS as UPLOAD_STATUS
from bot.channels.web.upload import Upload
from bot.channels.web.visitor import Visitors
from nlu.speech.base import Mouth

_SPEECH: dict[int | str, dict[str, Any]] = {
    200: {"content": {"audio/ogg": {}}},
    304: {"description": "As before."},
    **{status: {"model": Error} for status in SPEECH_STATUS.values()},
}


class _KeptFiles(StaticFiles):
    """Static files under an address that changes with them."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def create_web(
    handler: Handler,
    mouth: Mouth | None,
    texts: WebTexts,
    secret: str,
    *,
    limits: Limits | None = None,
    lines: Lines | None = None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    grave: Grave = lambda _said, _choice: False,
) -> FastAPI:
    """The application; `lines` is shared with the `WebChannel` that pushes to its visitors.

    `secret` signs cookies and addresses of audio (`WeakSecret` under 16 characters); a new one makes every visitor a
    stranger to their own conversation. Without a `mouth` the page uses the phone's own voice. What is `grave` is never
    held back for speed.
    """
    limits = limits or Limits()
    lines = lines or Lines()
    version = static_version()
    visitors = Visitors(secret)
    pace = Pace(limits.burst, limits.every)
    speeches = Speeches(secret, mouth, texts, limits)
    turns = Turns(handler, speeches, texts, clock)
    page = Page(visitors, texts, limits, version, voice=mouth is not None)
    chat = Chat(visitors, turns, lines, speeches, pace=pace, texts=texts, limits=limits, grave=grave)
    upload = Upload(visitors, turns, pace, texts, limits)

    @asynccontextmanager
    async def ending(_: FastAPI) -> AsyncIterator[None]:
        yield
        await turns.close(limits.grace)

    app = FastAPI(title="Xiangyin", docs_url=None, redoc_url=None, openapi_url=None, lifespan=ending)
    app.add_middleware(SecurityHeaders)
    app.add_api_route("/", page.get, response_class=HTMLResponse)
    manifest: dict[str, Any] = {"content": {"application/manifest+json": {}}}
    app.add_api_route("/manifest.webmanifest", page.manifest, response_class=Response, responses={200: manifest})
    refused: dict[int | str, dict[str, Any]] = {status: {"model": Error} for status in UPLOAD_STATUS.values()}
    app.add_api_route("/voice", upload.post, methods=["POST"], responses={200: {"model": Answer}, **refused})
    for method, speech in (("GET", speeches.get), ("POST", speeches.remind)):
        app.add_api_route("/speech/{speech_id}", speech, methods=[method], response_class=Response, responses=_SPEECH)
    app.add_api_websocket_route("/chat", chat.serve)
    app.mount(f"/static/{version}", _KeptFiles(directory=STATIC), name="static")
    return app
