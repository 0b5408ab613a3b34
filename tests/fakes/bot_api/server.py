"""The HTTP side: one bot at http://127.0.0.1:port, and what a test may look at or order."""

import asyncio
import re
from collections.abc import Callable
from typing import Any, Self

from aiohttp import web

from tests.fakes.bot_api.ceilings import Ceilings
from tests.fakes.bot_api.chats import Chats, Sent
from tests.fakes.bot_api.errors import ApiError
from tests.fakes.bot_api.faults import Faults
from tests.fakes.bot_api.methods import Methods
from tests.fakes.bot_api.people import People
from tests.fakes.bot_api.updates import UpdateQueue
from tests.fakes.bot_api.webhook import Deliveries

TOKEN = "42:AAfake-token_for-tests"
TOKEN_FORM = re.compile(r"\d+:[\w-]+")


class BotApi(People):
    """`async with BotApi() as api:`; then `api.base` and `api.token` are what a bot needs."""

    def __init__(
        self,
        *,
        token: str = TOKEN,
        ceilings: Ceilings | None = None,
        repeat_pause: float = 0.5,
        webhook_retry: float = 1,
        webhook_timeout: float = 60,
    ) -> None:
        self.token = token
        self.port = 0
        self._changed = asyncio.Event()
        self.chats = Chats()
        self.updates = UpdateQueue(repeat_pause, self._notice)
        self.deliveries = Deliveries(self.updates, webhook_retry, webhook_timeout, self._notice)
        self.methods = Methods(self.chats, self.updates, self.deliveries, ceilings)
        self.faults = Faults()
        self.calls: list[tuple[str, dict[str, Any]]] = []
        """Method and parameters of each call, refused ones included."""
        self._runner: web.AppRunner | None = None
        super().__init__(self.chats, self.updates)

    @property
    def base(self) -> str:
        """Address of the server."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def sent(self) -> list[Sent]:
        """What the bot has sent, oldest first."""
        return self.chats.sent

    @property
    def pending(self) -> int:
        """Updates that are not confirmed."""
        return len(self.updates.items)

    def texts(self, chat: int) -> list[str]:
        """What the bot has written to a chat."""
        return [sent.text for sent in self.sent if sent.chat == chat and sent.text]

    def called(self, method: str) -> list[dict[str, Any]]:
        """Parameters of all calls of a method."""
        return [params for name, params in self.calls if name.lower() == method.lower()]

    def fail_next(self, method: str, status: int = 500, **order: Any) -> None:
        """Refuse the next call (description, retry_after, times)."""
        self.faults.order(method, status=status, **order)

    def garble_next(self, method: str, *, times: int = 1) -> None:
        """Answer the next call with a web page, as a broken proxy does."""
        self.faults.order(method, manner="garble", status=502, times=times)

    def hang_next(self, method: str, *, times: int = 1) -> None:
        """Leave the next call undone and without an answer until `faults.release` is set or the server stops."""
        self.faults.order(method, manner="hang", times=times)

    def lose_next(self, method: str, *, times: int = 1) -> None:
        """Do what the next call asks, then cut the connection instead of answering."""
        self.faults.order(method, manner="lose", times=times)

    def expire_queries(self) -> None:
        """Make all button presses too old to be answered."""
        self.chats.queries.clear()

    async def until(self, condition: Callable[[], bool], timeout: float = 60) -> None:  # noqa: ASYNC109 reads better
        """Wait until a condition on this server's state holds; `TimeoutError` if it does not."""
        async with asyncio.timeout(timeout):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def start(self) -> None:
        """Listen, on the same port as before if there was one."""
        app = web.Application(client_max_size=60_000_000)
        app.router.add_route("*", "/bot{token:[^/]+}/{method}", self._method)
        app.router.add_get("/file/bot{token:[^/]+}/{path:.+}", self._file_content)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Stop listening; the state stays."""
        self.updates.abort_poll("the end of the server")
        self.faults.release.set()
        await self.deliveries.stop()
        if self._runner:
            await self._runner.cleanup()
            self._runner = None
        self.faults.release.clear()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def _method(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"]
        params = await _params(request)
        self.calls.append((name, params))
        self._notice()
        fault = self.faults.next(name)
        try:
            self._check(request.match_info["token"])
            if fault and fault.manner == "hang":
                await self.faults.release.wait()
                raise fault.error
            if fault and fault.manner == "garble":
                return web.Response(status=502, text="<html>Bad Gateway</html>", content_type="text/html")
            if fault and fault.manner == "refuse":
                raise fault.error
            body: dict[str, object] = {"ok": True, "result": await self.methods.call(name, params)}
            status = 200
        except ApiError as error:
            body, status = error.body(), error.code
        finally:
            self._notice()
        if fault and fault.manner == "lose" and request.transport:
            request.transport.close()
        return web.json_response(body, status=status)

    async def _file_content(self, request: web.Request) -> web.StreamResponse:
        self.calls.append(("file", {"path": request.match_info["path"]}))
        fault = self.faults.next("file")
        if fault:
            return web.json_response(fault.error.body(), status=fault.error.code)
        path = request.match_info["path"]
        file = next((file for file in self.chats.files.values() if file.path == path), None)
        if request.match_info["token"] != self.token or file is None:
            return web.json_response(ApiError(404, "Not Found").body(), status=404)
        return web.Response(body=file.data, content_type="application/octet-stream")

    def _notice(self) -> None:
        self._changed.set()

    def _check(self, token: str) -> None:
        if not TOKEN_FORM.fullmatch(token):
            raise ApiError(404, "Not Found")
        if token != self.token:
            raise ApiError(401, "Unauthorized")


async def _params(request: web.Request) -> dict[str, Any]:
    """Parameters from the query, a form, a multipart form (files as bytes) or JSON."""
    params: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        sent: dict[str, Any] = await request.json()
        return params | sent
    for key, value in (await request.post()).items():
        params[key] = value.file.read() if isinstance(value, web.FileField) else value
    return params
