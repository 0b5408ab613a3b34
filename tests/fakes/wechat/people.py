"""What people do in their WeChat, as calls of the account's callback."""

import asyncio
import itertools
import time
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.fakes.wechat.envelope import decrypt, document, elements, encrypt, sign
from tests.fakes.wechat.quota import Quota

ACCOUNT = "gh_xiangyin"
BROKEN = "该公众号提供的服务出现故障，请稍后再试"


@dataclass
class Shown:
    """A message in a person's chat; `how`: `reply` for one that came as the reply to a call, else `custom`."""

    how: str
    kind: str
    text: str = ""
    data: bytes = b""
    menu: list[tuple[str, str]] = field(default_factory=list)


class People:
    """Each method is one deed; it returns once WeChat has an answer, or has given up asking."""

    def __init__(self, app_id: str, token: str, aes_key: str, *, patience: float, asks: int) -> None:
        self.app_id = app_id
        self.token = token
        self.aes_key = aes_key
        self.patience = patience
        self.asks = asks
        self.shown: dict[str, list[Shown]] = {}
        self.client: httpx.AsyncClient | None = None
        self.calls: list[int | None] = []
        """The status of each call, None where nothing came in time."""
        self.lose_replies = 0
        """That many replies do not reach WeChat."""
        self.quota = Quota(time.time)
        self.followers: set[str] = set()
        self.media: dict[str, bytes] = {}
        self.hanging: set[asyncio.Task[httpx.Response]] = set()
        self._numbers = itertools.count(1)

    async def says(self, user: str, text: str, **more: str) -> None:
        """Type something."""
        await self.does(user, {"MsgType": "text", "Content": text, **more})

    async def touches(self, user: str, entry: tuple[str, str]) -> None:
        """Touch an entry of a menu message, which is (id, label)."""
        await self.does(user, {"MsgType": "text", "Content": entry[1], "bizmsgmenuid": entry[0]}, "click")

    async def speaks(self, user: str, data: bytes, recognition: str = "") -> None:
        """Speak."""
        media_id = self.keep(data)
        more = {"Recognition": recognition} if recognition else {}
        await self.does(user, {"MsgType": "voice", "MediaId": media_id, "Format": "amr", **more})

    async def sends(self, user: str, kind: str) -> None:
        """Send a picture, video, link or the like."""
        await self.does(user, {"MsgType": kind, "MediaId": "m", "PicUrl": "https://example.org/p"})

    async def places(self, user: str, latitude: float, longitude: float) -> None:
        """Send a place on the map."""
        await self.does(user, {"MsgType": "location", "Location_X": str(latitude), "Location_Y": str(longitude)})

    async def event(self, user: str, event: str, key: str = "", **more: str) -> None:
        """Follow, leave, click, scan, or open the chat with the phone telling where it is."""
        if event == "subscribe":
            self.followers.add(user)
        if event == "unsubscribe":
            self.followers.discard(user)
            self.quota.grants.pop(user, None)
        kind = "click" if event in {"CLICK", "SCAN", "subscribe"} else ""
        await self.does(user, {"MsgType": "event", "Event": event, "EventKey": key, **more}, kind)

    async def does(self, user: str, fields: dict[str, str], kind: str = "message") -> None:
        """Call the callback, again while no answer comes, three times in all."""
        if fields["MsgType"] != "event":
            self.followers.add(user)
            fields = {**fields, "MsgId": str(next(self._numbers) + 10**15)}
        if kind:
            self.quota.grant(user, kind)
        message = {"ToUserName": ACCOUNT, "FromUserName": user, "CreateTime": str(int(time.time())), **fields}
        await self.call(user, message)

    async def call(self, user: str, message: dict[str, str]) -> None:
        """One message until it is answered; what the answer shows is in `shown`."""
        for _ in range(self.asks):
            response = await self._post(message)
            if response is not None and response.status_code == 200 and self.lose_replies == 0:
                self._show(user, response.text)
                return
            self.lose_replies = max(0, self.lose_replies - 1)
        self.show(user, Shown("system", "text", BROKEN))

    def keep(self, data: bytes) -> str:
        """A file of theirs; its media id."""
        media_id = f"media{next(self._numbers)}"
        self.media[media_id] = data
        return media_id

    def show(self, user: str, message: Shown) -> None:
        """Put a message into a chat."""
        self.shown.setdefault(user, []).append(message)
        self.notice()

    def notice(self) -> None:
        """Something has changed."""

    def texts(self, user: str) -> list[str]:
        """What a person has read, in order."""
        return [one.text for one in self.shown.get(user, []) if one.text]

    def request(self, message: dict[str, str]) -> tuple[dict[str, str], str]:
        """The query and the body of a call, as the account's mode wants it."""
        at, nonce = str(int(time.time())), str(next(self._numbers))
        query: dict[str, str] = {"signature": sign(self.token, at, nonce), "timestamp": at, "nonce": nonce}
        if not self.aes_key:
            return query, document(message)
        sealed = encrypt(document(message), self.app_id, self.aes_key)
        query |= {"encrypt_type": "aes", "msg_signature": sign(self.token, at, nonce, sealed)}
        return query, document({"ToUserName": ACCOUNT, "Encrypt": sealed})

    async def _post(self, message: dict[str, str]) -> httpx.Response | None:
        assert self.client is not None
        query, body = self.request(message)
        # WeChat hangs up, but the server does not notice: it goes on.
        task = asyncio.create_task(self.client.post("/wechat", params=query, content=body.encode()))
        self.hanging.add(task)
        task.add_done_callback(self.hanging.discard)
        done, _ = await asyncio.wait({task}, timeout=self.patience)
        response = task.result() if done else None
        self.calls.append(response.status_code if response else None)
        self.notice()
        return response

    def _show(self, user: str, body: str) -> None:
        if body in {"", "success"}:
            return
        reply: dict[str, Any] = elements(body)
        if self.aes_key:
            parts = (reply["TimeStamp"], reply["Nonce"], reply["Encrypt"])
            assert reply["MsgSignature"] == sign(self.token, *parts)
            reply = elements(decrypt(reply["Encrypt"], self.app_id, self.aes_key))
        assert (reply["ToUserName"], reply["FromUserName"], reply["MsgType"]) == (user, ACCOUNT, "text")
        assert 0 < len(reply["Content"].encode()) <= 2048
        self.show(user, Shown("reply", "text", reply["Content"]))
