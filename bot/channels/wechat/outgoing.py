"""What the channel sends by itself: customer-service messages with text, choices, pictures and voice."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from hashlib import sha256

import structlog

from bot.channels.base import SendError
from bot.channels.wechat.api import Api
from bot.channels.wechat.render import Offer, menu, written
from bot.channels.wechat.sound import mp3s
from bot.channels.wechat.texts import Texts
from nlu.speech.base import Clip, Mouth, NoVoice, SpeechError

Pictures = Callable[[str], Awaitable[bytes | None]]

log = structlog.get_logger(__name__)

SEND = "/cgi-bin/message/custom/send"
SEND_TEMPLATE = "/cgi-bin/message/template/send"
KEPT_FOR = 2 * 24 * 3_600.0
"""Seconds that an uploaded file is used again; WeChat keeps it for three days."""
KEPT = 500


class Outgoing:
    """Methods raise `SendError` unless they say otherwise."""

    def __init__(self, api: Api, mouth: Mouth | None, pictures: Pictures | None, texts: Texts) -> None:
        """`pictures` gives a reply's picture as a PNG."""
        self._api = api
        self._mouth = mouth
        self._pictures = pictures
        self._texts = texts
        self._uploaded: OrderedDict[str, tuple[float, tuple[str, ...]]] = OrderedDict()

    async def text(self, user: str, text: str, offers: Sequence[Offer] = (), *, countable: bool = True) -> None:
        """Send a text; its choices to be touched, or in writing where that is too long."""
        touched = menu(text, offers, self._texts) if offers else None
        if touched is not None:
            await self._send(user, touched)
            return
        choices = [offer.choice for offer in offers]
        content = written(text, choices, self._texts, countable=countable)
        await self._send(user, {"msgtype": "text", "text": {"content": content}})

    async def template(self, message: Mapping[str, object]) -> None:
        """Send a template message."""
        await self._api.post(SEND_TEMPLATE, message)

    async def picture(self, user: str, address: str) -> None:
        """Send a reply's picture. The text says it all, so failing here is noted and no more."""
        drawn = await self._pictures(address) if self._pictures else None
        if drawn is None:
            return
        try:
            (media_id,) = await self._ids(drawn, lambda: self._upload_picture(drawn))
            await self._send(user, {"msgtype": "image", "image": {"media_id": media_id}})
        except SendError as error:
            log.warning("wechat_picture_not_sent", error=type(error).__name__)

    async def voice(self, user: str, spoken: str, *, slow: bool) -> None:
        """Speak a text. It has been sent as writing before, so failing here is noted and no more."""
        if self._mouth is None or not spoken.strip():
            return
        try:
            await self.clip(user, await self._mouth.speak(spoken, slow=slow))
        except (NoVoice, SendError) as error:
            log.warning("wechat_voice_not_sent", error=type(error).__name__)

    async def clip(self, user: str, clip: Clip) -> None:
        """Send a voice message, several where it is long. Raises `NoVoice` for a clip that cannot be converted too."""
        for media_id in await self._ids(clip.data, lambda: self._upload_clip(clip)):
            await self._send(user, {"msgtype": "voice", "voice": {"media_id": media_id}})

    async def _upload_picture(self, drawn: bytes) -> tuple[str, ...]:
        return (await self._api.upload("image", drawn, "picture.png", "image/png"),)

    async def _upload_clip(self, clip: Clip) -> tuple[str, ...]:
        try:
            pieces = await asyncio.to_thread(mp3s, clip)
        except SpeechError as error:
            raise NoVoice(type(error).__name__) from None
        return tuple([await self._api.upload("voice", piece, "answer.mp3", "audio/mpeg") for piece in pieces])

    async def _ids(self, data: bytes, upload: Callable[[], Awaitable[tuple[str, ...]]]) -> tuple[str, ...]:
        """The media ids of what is sent to many: it is converted and uploaded once."""
        digest, now = sha256(data).hexdigest(), asyncio.get_running_loop().time()
        known = self._uploaded.get(digest)
        if known is not None and now < known[0] + KEPT_FOR:
            return known[1]
        ids = await upload()
        self._uploaded[digest] = (now, ids)
        while len(self._uploaded) > KEPT:
            self._uploaded.popitem(last=False)
        return ids

    async def _send(self, user: str, message: Mapping[str, object]) -> None:
        await self._api.post(SEND, {"touser": user, **message})
