"""Asking a service for JSON: bounded in time and size, from where we asked and nowhere else."""

import asyncio
import ssl
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus

import httpx

from knowledge_base.weather.source import SourceDown, SourceGarbage

_GZIP = zlib.MAX_WBITS | 16
"""What tells zlib that gzip is meant."""


@cache
def _tls() -> ssl.SSLContext:
    """Made once: it takes longer than a call."""
    return httpx.create_ssl_context()


@dataclass(frozen=True, slots=True)
class Bounds:
    """Seconds to connect, to wait for the next bytes, and for everything together; bytes of a body once unpacked."""

    connect: float = 1.0
    read: float = 2.0
    wall: float = 2.5
    body: int = 1_000_000


class JsonService:
    """One service at `base` (http or https). Follows no redirect; tries once more what failed on the way, within the wall."""

    def __init__(self, base: str, bounds: Bounds | None = None) -> None:
        self.bounds = bounds or Bounds()
        self._client = httpx.AsyncClient(
            base_url=base.rstrip("/"),
            timeout=httpx.Timeout(self.bounds.read, connect=self.bounds.connect),
            headers={"Accept": "application/json", "Accept-Encoding": "gzip"},
            follow_redirects=False,
            verify=_tls(),
        )

    async def get(self, path: str, params: Mapping[str, str], headers: Mapping[str, str] | None = None) -> bytes:
        """The body of the answer. Raises `SourceDown`, or `SourceGarbage` where it is too long or says that it is no JSON."""
        try:
            async with asyncio.timeout(self.bounds.wall):
                try:
                    return await self._once(path, params, headers)
                except _Passing:
                    return await self._once(path, params, headers)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, _Passing) as error:
            raise SourceDown(str(error) if isinstance(error, _Passing) else type(error).__name__) from None

    async def close(self) -> None:
        """Give the connections back."""
        await self._client.aclose()

    async def _once(self, path: str, params: Mapping[str, str], headers: Mapping[str, str] | None) -> bytes:
        try:
            async with self._client.stream("GET", path, params=dict(params), headers=headers) as answer:
                status = answer.status_code
                if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                    raise _Passing(f"HTTP {status}")
                if status != HTTPStatus.OK:
                    raise SourceDown(f"HTTP {status}")
                kind = answer.headers.get("content-type", "").split(";")[0].strip().lower()
                if kind != "application/json" and not kind.endswith("+json"):
                    raise SourceGarbage("content type")
                return await self._body(answer)
        except (httpx.ConnectError, httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError) as error:
            raise _Passing(type(error).__name__) from None

    async def _body(self, answer: httpx.Response) -> bytes:
        """Unpacked here and not by httpx, which would unpack a whole piece, of any size, before it could be refused."""
        packing = answer.headers.get("content-encoding", "identity").lower()
        if packing not in {"identity", "gzip"}:
            raise SourceGarbage("content encoding")
        unpack = zlib.decompressobj(wbits=_GZIP).decompress if packing == "gzip" else None
        body = bytearray()
        try:
            async for piece in answer.aiter_raw():
                body += unpack(piece, self.bounds.body + 1 - len(body)) if unpack else piece
                if len(body) > self.bounds.body:
                    raise SourceGarbage("too long")
        except zlib.error:
            raise SourceGarbage("content encoding") from None
        return bytes(body)


class _Passing(Exception):
    """What may go well a moment later: no connection, a broken one, an error of the server."""
