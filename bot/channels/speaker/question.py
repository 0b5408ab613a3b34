"""A villager's question at a loudspeaker: a recording in, the spoken answer out, through the same turn as any channel."""

import asyncio
import traceback
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import structlog
from fastapi import Request, Response
from starlette.requests import ClientDisconnect

from bot.channels.base import Handler
from bot.channels.body import BodyTooLarge, BodyTooSlow, read_body
from bot.channels.speaker.sound import clip_samples, wav
from bot.channels.speaker.style import Style
from bot.channels.web.limits import Limits, Pace
from dialogs.messages import Inbound, Turn, Voice
from knowledge_base.warnings.speakers import Speaker
from nlu.speech.base import Mouth, NoVoice, SpeechError

log = structlog.get_logger(__name__)

CHANNEL = "speaker"
SPEAK_SECONDS = 40.0
"""An answer that takes longer to be spoken is asked for again: the voice goes on, and keeps what it has made."""
AGAIN_SECONDS = 10.0
_STATUS = {
    "broken": 400,
    "empty": 400,
    "too_slow": 408,
    "too_large": 413,
    "too_fast": 429,
    "failed": 500,
    "no_voice": 503,
    "busy": 503,
}


class NotTaken(Exception):
    """The question gets no spoken answer: a code, a sentence for the person, and when it may be asked again."""

    def __init__(self, code: str, text: str, retry_after: float | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.text = text
        self.status = _STATUS[code]
        self.retry_after = retry_after


class Questions:
    """Takes recordings within `limits`. The person is the device: who stands before it is neither asked nor known."""

    def __init__(
        self, handler: Handler, mouth: Mouth | None, style: Style, limits: Limits, clock: Callable[[], datetime]
    ) -> None:
        self._handler = handler
        self._mouth = mouth
        self._style = style
        self._limits = limits
        self._clock = clock
        self._pace = Pace(limits.burst, limits.every)
        self._arriving = 0
        self._order: dict[str, asyncio.Lock] = {}

    async def answer(self, request: Request, speaker: Speaker) -> Response:
        """`?id=` is the device's own uuid for the recording: sent again, it is answered as before. Raises `NotTaken`.

        The answer is Ogg/Opus, or WAV for who asks for that with `Accept: audio/wav`.
        """
        try:
            message_id = str(UUID(request.query_params.get("id", "")))
        except ValueError:
            raise self._not_taken("broken") from None
        if wait := self._pace.wait(speaker.id):
            raise self._not_taken("too_fast", wait)
        recording = await self._recording(request)
        mime = request.headers.get("content-type", "application/octet-stream")[:100]
        inbound = Inbound(
            CHANNEL, speaker.id, message_id, self._clock(), voice=Voice(recording, mime), place=speaker.village
        )
        spoken = _spoken(await self._turn(inbound))
        return await self._say(spoken, as_wav="audio/wav" in request.headers.get("accept", ""))

    async def _turn(self, inbound: Inbound) -> Turn:
        try:
            async with self._order.setdefault(inbound.user, asyncio.Lock()):
                return await self._handler(inbound)
        except Exception as error:  # noqa: BLE001 - the handler promises not to raise; its bug must not end the line
            # Logged without the message, which may hold what the person said.
            where = traceback.extract_tb(error.__traceback__)[-1]
            log.error("turn_failed", error=type(error).__name__, where=f"{where.filename}:{where.lineno}")
            raise self._not_taken("failed") from None

    async def _say(self, spoken: str, *, as_wav: bool) -> Response:
        if self._mouth is None:
            raise self._not_taken("no_voice", text=spoken)
        try:
            async with asyncio.timeout(SPEAK_SECONDS):
                clip = await self._mouth.speak(spoken, slow=self._style.slow)
            data, mime = clip.data, clip.mime
            if as_wav:
                data, mime = await asyncio.to_thread(lambda: wav(clip_samples(clip))), "audio/wav"
        except TimeoutError:
            raise self._not_taken("busy", AGAIN_SECONDS) from None
        except (NoVoice, SpeechError):
            raise self._not_taken("no_voice", text=spoken) from None
        return Response(data, media_type=mime, headers={"Cache-Control": "no-store"})

    async def _recording(self, request: Request) -> bytes:
        if self._arriving >= self._limits.uploads:
            raise self._not_taken("busy", 5)
        self._arriving += 1
        try:
            recording = await read_body(request, self._limits.voice_bytes, self._limits.upload_seconds)
        except BodyTooLarge:
            raise self._not_taken("too_large") from None
        except (BodyTooSlow, ClientDisconnect):
            raise self._not_taken("too_slow") from None
        finally:
            self._arriving -= 1
        if not recording:
            raise self._not_taken("empty")
        return recording

    def _not_taken(self, code: str, retry_after: float | None = None, text: str = "") -> NotTaken:
        """`text`: the answer in words, where only the voice is missing."""
        return NotTaken(code, text or self._style.errors[code], retry_after)


def _spoken(turn: Turn) -> str:
    """Everything that is said, in order; a reply without spoken words is read as it stands."""
    return "\n".join(reply.spoken or reply.text for reply in turn.replies)
