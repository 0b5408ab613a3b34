"""The webhook: Telegram's calls, checked, bounded, and answered once the message is handled."""

import asyncio
import hmac
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import structlog
from aiogram import Bot
from aiogram.types import Update
from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from bot.channels.body import body_of_call
from bot.channels.telegram.pace import Pace

log = structlog.get_logger(__name__)

HEADER = "X-Telegram-Bot-Api-Secret-Token"
MAX_BODY = 1_000_000
"""Bytes; updates carry no files, a few kilobytes are usual."""

_ANSWERS: dict[int | str, dict[str, Any]] = {
    400: {"description": "Not JSON."},
    403: {"description": "Not the secret token."},
    413: {"description": "Too large."},
    503: {"description": "Not handled yet: to be sent again."},
}

Accept = Callable[[Update], "asyncio.Future[None]"]


class Webhook:
    """Receives updates. The answer to a call comes after the message was handled, not before.

    Telegram keeps an update and repeats it until a call succeeds, one at a time per chat. So a crash, a shutdown or a
    time-out in between loses nothing, and no queue of our own is needed.
    """

    def __init__(self, url: str, secret: str, pace: Pace) -> None:
        self._path = urlsplit(url).path or "/"
        self._secret = secret.encode()
        self._pace = pace
        self._accept: Accept | None = None
        self._bot: Bot | None = None

    def open(self, accept: Accept, bot: Bot) -> None:
        """From now on hand updates to `accept`."""
        self._accept, self._bot = accept, bot

    def shut(self) -> None:
        """From now on let Telegram come again later."""
        self._accept = self._bot = None

    def router(self) -> APIRouter:
        """The route, at the path of the webhook's URL."""
        router = APIRouter()
        router.add_api_route(self._path, self._receive, methods=["POST"], response_class=Response, responses=_ANSWERS)
        return router

    async def _receive(self, request: Request) -> Response:
        if not hmac.compare_digest(request.headers.get(HEADER, "").encode(), self._secret):
            return Response(status_code=403)
        accept, bot = self._accept, self._bot
        if accept is None or bot is None:
            return _later()
        body = await body_of_call(request, MAX_BODY)
        if body is None:
            return Response(status_code=413)
        try:
            update = Update.model_validate(json.loads(body), context={"bot": bot})
        except ValidationError:
            # Telegram would repeat what cannot be read for a day, and hold back that chat.
            log.warning("telegram_update_unreadable")
            return Response()
        except (ValueError, RecursionError):
            return Response(status_code=400)
        future = accept(update)
        await asyncio.wait({future}, timeout=self._pace.webhook)
        return Response() if future.done() and not future.cancelled() else _later()


def _later() -> Response:
    return Response(status_code=503, headers={"Retry-After": "5"})
