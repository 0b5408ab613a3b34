"""Calls to WeChat: retried within bounds, errors in the contract's words, secrets in none of them."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

import httpx

from bot.channels.base import Rejected, Unreachable
from bot.channels.wechat.access import Access
from bot.channels.wechat.faults import AccountRefused, FileTooBig, TokenStale, fault
from bot.channels.wechat.pace import Pace

T = TypeVar("T")
Sleep = Callable[[float], Awaitable[object]]
Json = Mapping[str, Any]


class Api:
    """One account at one server."""

    def __init__(self, app_id: str, secret: str, base: str, pace: Pace, sleep: Sleep = asyncio.sleep) -> None:
        self._app_id = app_id
        self._secret = secret
        self._base = base.rstrip("/")
        self._pace = pace
        self._sleep = sleep
        self._client: httpx.AsyncClient | None = None
        self.access = Access(self._fetch_token)

    async def get(self, path: str) -> Json:
        """A call without a body. Raises `SendError`."""
        return await self._call("GET", path)

    async def post(self, path: str, body: Json) -> Json:
        """A call with a JSON body. Raises `SendError`.

        A call whose answer got lost is repeated: WeChat knows no key by which it could be recognised, and a message
        twice is better than none.
        """
        # As UTF-8: WeChat shows people the \u of an escaped letter.
        return await self._call("POST", path, content=json.dumps(body, ensure_ascii=False).encode("utf-8", "replace"))

    async def upload(self, kind: str, data: bytes, name: str, mime: str) -> str:
        """Keep a file for three days (`image`, or `voice`); its media id. Raises `SendError`."""
        files = {"media": (name, data, mime)}
        answer = await self._call("POST", f"/cgi-bin/media/upload?type={kind}", files=files)
        media_id = answer.get("media_id")
        if not isinstance(media_id, str):
            raise Unreachable("no media id")
        return media_id

    async def fetch(self, media_id: str, limit: int) -> bytes:
        """The bytes of a file that a person sent. Raises `FileTooBig` beyond `limit` bytes, other `SendError`."""
        return await self._with_token(lambda token: self._download(token, media_id, limit))

    async def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def _call(self, method: str, path: str, **request: Any) -> Json:
        return await self._with_token(lambda token: self._request(method, path, {"access_token": token}, **request))

    async def _with_token(self, attempt: Callable[[str], Awaitable[T]]) -> T:
        """Attempts until one succeeds, within `Pace.tries`; a token that is refused is renewed once."""
        failures, renewed = 0, False
        while True:
            token = ""
            try:
                token = await self.access.token()
                return await attempt(token)
            except TokenStale as error:
                if renewed or not token:
                    raise AccountRefused(str(error)) from None
                renewed = True
                await self.access.renew(token)
            except AccountRefused:
                raise
            except Unreachable:
                failures += 1
                if failures >= self._pace.tries:
                    raise
                await self._sleep(self._pace.pause(failures))

    async def _fetch_token(self, anew: bool) -> tuple[str, float]:
        body = {
            "grant_type": "client_credential",
            "appid": self._app_id,
            "secret": self._secret,
            "force_refresh": anew,
        }
        try:
            answer = await self._request("POST", "/cgi-bin/stable_token", {}, content=json.dumps(body).encode())
        except TokenStale as error:  # 40001 here: the secret is wrong
            raise AccountRefused(str(error)) from None
        token, seconds = answer.get("access_token"), answer.get("expires_in")
        if not isinstance(token, str) or not token or not isinstance(seconds, int | float):
            raise Unreachable("no access token")
        return token, float(seconds)

    async def _request(self, method: str, path: str, query: Mapping[str, str], **request: Any) -> Json:
        try:
            response = await self._http().request(method, self._url(path, query), **request)
        except httpx.HTTPError as error:
            raise Unreachable(type(error).__name__) from None
        return self._read(response.status_code, response.content)

    async def _download(self, token: str, media_id: str, limit: int) -> bytes:
        url = self._url("/cgi-bin/media/get", {"access_token": token, "media_id": media_id})
        data = bytearray()
        try:
            async with self._http().stream("GET", url) as response:
                async for chunk in response.aiter_bytes():
                    data += chunk
                    if len(data) > limit:
                        raise FileTooBig(f"more than {limit} bytes")
        except httpx.HTTPError as error:
            raise Unreachable(type(error).__name__) from None
        if response.status_code >= 300 or response.headers.get("content-type", "").startswith(
            ("application/json", "text/")
        ):
            self._read(response.status_code, bytes(data))
            raise Rejected("not a file")
        return bytes(data)

    def _read(self, status: int, content: bytes) -> Json:
        if status >= 300:
            raise Unreachable(f"HTTP {status}")
        try:
            answer = json.loads(content)
        except ValueError:
            raise Unreachable("the answer cannot be read") from None
        if not isinstance(answer, dict):
            raise Unreachable("the answer cannot be read")
        code = answer.get("errcode", 0)
        if code:
            message = str(answer.get("errmsg", "")).replace(self._secret, "***")
            raise fault(code if isinstance(code, int) else -1, message)
        return answer

    def _url(self, path: str, query: Mapping[str, str]) -> httpx.URL:
        return httpx.URL(self._base + path).copy_merge_params(query)

    def _http(self) -> httpx.AsyncClient:
        if self._client is None:
            self._client = httpx.AsyncClient(timeout=self._pace.request, follow_redirects=False)
        return self._client
