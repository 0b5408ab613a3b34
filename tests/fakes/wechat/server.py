"""The HTTP side of the API at http://127.0.0.1:port, and what a test may look at or order."""

import asyncio
import json
from collections.abc import Callable
from typing import Any, Self

from aiohttp import web

from tests.fakes.wechat.faults import Faults
from tests.fakes.wechat.people import People, Shown

APP_ID = "wx0123456789abcdef"
SECRET = "app-secret-for-tests"
TOKEN = "token4tests"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
TEMPLATE = "TEMPLATE_id-for-tests"
WORDS = {
    -1: "system error",
    40001: "invalid credential",
    45015: "response out of time limit or subscription is canceled",
}
MP3 = (b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2")


class Refused(Exception):
    """A call with a return code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class WeChat(People):
    """`async with WeChat() as wechat:`; then `wechat.base` and the credentials are what a channel needs."""

    def __init__(self, *, aes_key: str = AES_KEY, patience: float = 5, asks: int = 3) -> None:
        super().__init__(APP_ID, TOKEN, aes_key, patience=patience, asks=asks)
        self.secret = SECRET
        self.port = 0
        self.faults = Faults()
        self.requests: list[tuple[str, dict[str, Any]]] = []
        """Path and JSON (or form) of each call, refused ones included."""
        self.access_token = ""
        self.token_seconds = 7200
        self.menu: list[Any] | None = None
        self.permitted = True
        """Whether the account may send customer-service messages."""
        self._made = 0
        self._changed = asyncio.Event()
        self._runner: web.AppRunner | None = None

    @property
    def base(self) -> str:
        """Address of the server."""
        return f"http://127.0.0.1:{self.port}"

    def called(self, path: str) -> list[dict[str, Any]]:
        """What was sent with all calls of a path."""
        return [sent for name, sent in self.requests if name.endswith(path)]

    def expire_token(self) -> None:
        """Make the token that was handed out invalid, and have another one ready."""
        self._made += 1
        self.access_token = f"ACCESS-{self._made}"

    def notice(self) -> None:
        """Something has changed that `until` may wait for."""
        self._changed.set()

    async def until(self, condition: Callable[[], bool], timeout: float = 60) -> None:  # noqa: ASYNC109 reads better
        """Wait until a condition on this server's state holds; `TimeoutError` if it does not."""
        async with asyncio.timeout(timeout):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=20_000_000)
        app.router.add_route("*", "/cgi-bin/{path:.+}", self._call)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self.faults.release.set()
        for task in self.hanging:
            task.cancel()
        await asyncio.gather(*self.hanging, return_exceptions=True)
        if self._runner:
            await self._runner.cleanup()

    async def _call(self, request: web.Request) -> web.StreamResponse:
        path = request.match_info["path"]
        sent = await _sent(request)
        self.requests.append((path, sent))
        self._changed.set()
        fault = self.faults.next(path)
        if fault and fault.manner == "hang":
            await self.faults.release.wait()
            return web.json_response({"errcode": -1, "errmsg": WORDS[-1]})
        if fault and fault.manner == "garble":
            return web.Response(status=502, text="<html>Bad Gateway</html>", content_type="text/html")
        try:
            answer = (
                _refused(fault.code)
                if fault and fault.manner == "refuse"
                else self._answer(path, request.query.get("access_token", ""), sent)
            )
        except Refused as refused:
            answer = _refused(refused.code)
        if fault and fault.manner == "lose" and request.transport:
            request.transport.close()
        if isinstance(answer, bytes):
            return web.Response(body=answer, content_type="audio/amr")
        return web.json_response(answer)

    def _answer(self, path: str, token: str, sent: dict[str, Any]) -> dict[str, Any] | bytes:
        if path == "stable_token":
            return self._stable_token(sent)
        if token != self.access_token or not token:
            raise Refused(40001)
        if path == "message/custom/send":
            return self._custom(sent)
        if path == "message/template/send":
            return self._templated(sent)
        if path.startswith("media/"):
            return self._media(path, sent)
        if path == "menu/get":
            if self.menu is None:
                raise Refused(46003)
            return {"menu": {"button": self.menu}}
        if path == "menu/create":
            self.menu = [_as_kept(button) for button in sent["button"]]
            return {"errcode": 0, "errmsg": "ok"}
        raise Refused(40066)

    def _templated(self, sent: dict[str, Any]) -> dict[str, Any]:
        if sent["touser"] not in self.followers:
            raise Refused(43004)
        if sent["template_id"] != TEMPLATE:
            raise Refused(40037)
        values = {name: field["value"] for name, field in sent["data"].items()}
        assert all(len(value) <= 20 for value in values.values())
        self.show(sent["touser"], Shown("template", "template", "|".join(values.values())))
        return {"errcode": 0, "errmsg": "ok", "msgid": 1}

    def _media(self, path: str, sent: dict[str, Any]) -> dict[str, Any] | bytes:
        if path == "media/get":
            if sent["media_id"] not in self.media:
                raise Refused(40007)
            return self.media[sent["media_id"]]
        assert sent["type"] in {"image", "voice"}
        assert sent["type"] == "image" or sent["media"].startswith(MP3)
        if len(sent["media"]) > 2_000_000:
            raise Refused(40006)
        return {"type": sent["type"], "media_id": self.keep(sent["media"]), "created_at": 1}

    def _stable_token(self, sent: dict[str, Any]) -> dict[str, Any]:
        if sent["appid"] != self.app_id:
            raise Refused(40013)
        if sent["secret"] != self.secret:
            raise Refused(40125)
        if not self.access_token or sent["force_refresh"]:
            self.expire_token()
        return {"access_token": self.access_token, "expires_in": self.token_seconds}

    def _custom(self, sent: dict[str, Any]) -> dict[str, Any]:
        user, kind = sent["touser"], sent["msgtype"]
        if not self.permitted:
            raise Refused(48001)
        if user not in self.followers:
            raise Refused(43004)
        what = sent[kind]
        shown = Shown("custom", kind, what.get("content", ""))
        if kind == "text" and not 0 < len(shown.text.encode()) <= 2048:
            raise Refused(45002 if shown.text else 44004)
        if kind == "msgmenu":
            shown.text = what["head_content"]
            shown.menu = [(entry["id"], entry["content"]) for entry in what["list"]]
        if kind in {"image", "voice"}:
            if what["media_id"] not in self.media:
                raise Refused(40007)
            shown.data = self.media[what["media_id"]]
        if code := self.quota.spend(user):
            raise Refused(code)
        self.show(user, shown)
        return {"errcode": 0, "errmsg": "ok"}


def _refused(code: int) -> dict[str, Any]:
    return {"errcode": code, "errmsg": f"{WORDS.get(code, 'refused')} rid: 5f3d-{SECRET}"}


def _as_kept(button: dict[str, Any]) -> dict[str, Any]:
    """A menu's entry as it is given back, with a list of entries below in any case."""
    below = [_as_kept(one) for one in button.get("sub_button", [])]
    return {**button, "sub_button": below}


async def _sent(request: web.Request) -> dict[str, Any]:
    """The query but for the token, and the body: JSON, or files as bytes."""
    sent: dict[str, Any] = {key: value for key, value in request.query.items() if key != "access_token"}
    if request.content_type.startswith("multipart/"):
        for key, value in (await request.post()).items():
            sent[key] = value.file.read() if isinstance(value, web.FileField) else value
        return sent
    body = await request.read()
    return sent | (json.loads(body) if body else {})
