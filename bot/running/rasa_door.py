"""The door of the `understanding` part: GET /health and POST /model/parse for who holds the token, passed on to Rasa."""

import hmac
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import APIRouter, Request, Response

from nlu.rasa_process import Endpoint

MOST_BYTES = 64 * 1024
"""Of a request; Rasa's own bound."""
PATIENCE = 3.0
"""Seconds that Rasa may take; who asks gives up after one."""

_ANSWERS: dict[int | str, dict[str, Any]] = {
    401: {"description": "Not the token."},
    413: {"description": "Too large."},
    503: {"description": "Rasa does not answer."},
}


class RasaDoor:
    """`endpoint` says where Rasa answers on this machine, None while it does not: 503."""

    def __init__(self, endpoint: Callable[[], Endpoint | None], token: str) -> None:
        if not token:
            raise ValueError("a door without a token would be open to everybody")
        self._endpoint = endpoint
        self._token = token
        self._client: httpx.AsyncClient | None = None

    def router(self) -> APIRouter:
        """The two routes, for the process's own HTTP."""
        router = APIRouter()
        router.add_api_route("/health", self._health, responses=_ANSWERS)
        router.add_api_route("/model/parse", self._parse, methods=["POST"], responses=_ANSWERS)
        return router

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """For as long as the block lasts, requests are passed on."""
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as self._client:
            yield
        self._client = None

    async def _health(self, request: Request) -> Response:
        """Whether Rasa answers."""
        return await self._pass(request, "GET", "/health", b"")

    async def _parse(self, request: Request) -> Response:
        """What Rasa makes of a sentence."""
        body = bytearray()
        if self._good(request):  # nothing is read from who may not ask
            async for chunk in request.stream():
                body += chunk
                if len(body) > MOST_BYTES:
                    return Response(status_code=413)
        return await self._pass(request, "POST", "/model/parse", bytes(body))

    def _good(self, request: Request) -> bool:
        given = request.headers.get("authorization", "")
        return hmac.compare_digest(given.encode(), f"Bearer {self._token}".encode())

    async def _pass(self, request: Request, method: str, path: str, body: bytes) -> Response:
        if not self._good(request):
            return Response(status_code=401, headers={"WWW-Authenticate": "Bearer"})
        endpoint = self._endpoint()
        if endpoint is None or self._client is None:
            return Response(status_code=503, headers={"Retry-After": "2"})
        headers = {**endpoint.headers, "Content-Type": "application/json"}
        try:
            answer = await self._client.request(method, endpoint.url + path, content=body, headers=headers)
        except httpx.HTTPError:
            return Response(status_code=503, headers={"Retry-After": "2"})
        return Response(answer.content, answer.status_code, media_type="application/json")
