"""Spoken answers: an address for each text that was said, and its audio on request."""

from collections import OrderedDict

from fastapi import Request, Response
from starlette.requests import ClientDisconnect

from bot.channels.body import BodyTooLarge, BodyTooSlow, read_body
from bot.channels.web.guard import same_origin
from bot.channels.web.limits import Limits
from bot.channels.web.protocol import Error, ErrorCode
from bot.channels.web.texts import WebTexts
from bot.channels.web.visitor import Signer
from nlu.speech.base import Mouth, NoVoice

STATUS: dict[ErrorCode, int] = {
    "foreign": 403,
    "unknown_speech": 404,
    "too_slow": 408,
    "no_voice": 503,
}
_MAX_BYTES = 40_000
"""No spoken text is longer."""
_KEPT = "private, max-age=604800, immutable"


class Speeches:
    """Addresses of spoken texts, and their audio.

    The id is the server's signature on the text: the same text has the same address (so browsers cache it), nobody can
    guess it, and the server knows its own words again when it is shown them after a restart.
    """

    def __init__(self, secret: str, mouth: Mouth | None, texts: WebTexts, limits: Limits) -> None:
        self._signer = Signer(secret, "web speech")
        self._mouth = mouth
        self._texts = texts
        self._limits = limits
        self._said: OrderedDict[str, str] = OrderedDict()

    @property
    def has_voice(self) -> bool:
        """Whether the server can speak at all."""
        return self._mouth is not None

    def offer(self, spoken: str) -> str | None:
        """The address under which `spoken` can be heard; None without a voice or without words."""
        if self._mouth is None or not spoken:
            return None
        speech_id = self._signer.sign(spoken)
        self._remember(speech_id, spoken)
        return f"/speech/{speech_id}"

    async def get(self, request: Request, speech_id: str) -> Response:
        """GET /speech/{id}: the audio; synthesised now, kept by the browser."""
        spoken = self._said.get(speech_id)
        if spoken is None:
            return self._refuse("unknown_speech")
        if request.headers.get("if-none-match") == f'"{speech_id}"':
            return Response(status_code=304, headers={"ETag": f'"{speech_id}"', "Cache-Control": _KEPT})
        return await self._speak(speech_id, spoken)

    async def remind(self, request: Request, speech_id: str) -> Response:
        """POST /speech/{id}: the same for a page that still has the text (the body) when the server forgot it."""
        if not same_origin(request):
            return self._refuse("foreign")
        try:
            spoken = (await read_body(request, _MAX_BYTES, self._limits.upload_seconds)).decode(errors="replace")
        except BodyTooLarge:
            return self._refuse("unknown_speech")
        except (BodyTooSlow, ClientDisconnect):
            return self._refuse("too_slow")
        if not self._signer.verify(spoken, speech_id):
            return self._refuse("unknown_speech")
        self._remember(speech_id, spoken)
        return await self._speak(speech_id, spoken)

    async def _speak(self, speech_id: str, spoken: str) -> Response:
        if self._mouth is None:
            return self._refuse("no_voice")
        try:
            clip = await self._mouth.speak(spoken)
        except NoVoice:
            return self._refuse("no_voice")
        return Response(clip.data, media_type=clip.mime, headers={"ETag": f'"{speech_id}"', "Cache-Control": _KEPT})

    def _remember(self, speech_id: str, spoken: str) -> None:
        self._said[speech_id] = spoken
        self._said.move_to_end(speech_id)
        if len(self._said) > self._limits.speeches:
            self._said.popitem(last=False)

    def _refuse(self, code: ErrorCode) -> Response:
        error = Error(id=None, code=code, text=self._texts.error(code))
        return Response(
            error.model_dump_json(),
            status_code=STATUS[code],
            media_type="application/json",
            headers={"Cache-Control": "no-store"},
        )
