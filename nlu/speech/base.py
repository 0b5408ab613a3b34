"""The speech contracts: audio to text, and text to audio."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


class SpeechError(Exception):
    """The recording or the text cannot be worked on. Each subclass has its sentence in the replies, by class name."""


class AudioEmpty(SpeechError):
    """No bytes, or no audio stream in them."""


class AudioBroken(SpeechError):
    """Not a format that can be decoded."""


class AudioTooLarge(SpeechError):
    """More bytes than are accepted."""


class AudioTooLong(SpeechError):
    """Longer than the limit."""


class NoSpeech(SpeechError):
    """Silence, noise or music: nobody speaks in it, or nothing was recognised."""


class EarBusy(SpeechError):
    """Too many recordings are waiting."""


class NoEar(SpeechError):
    """No speech model is installed, or it is damaged."""


class NoVoice(SpeechError):
    """No voice is installed, or it failed."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read the recording; `confidence` between 0 and 1, comparable within one recording only."""

    text: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Heard:
    """What the recogniser made of one recording: readings best first, at least one; `seconds` of sound.

    `limited` is what was heard when only the expected phrases could be said: None when none were expected, when what was
    said is none of them, and from an ear that cannot listen so.
    """

    readings: tuple[Reading, ...]
    seconds: float
    limited: Reading | None = None

    @property
    def text(self) -> str:
        """The recogniser's own first choice, without spaces."""
        return self.readings[0].text


@dataclass(frozen=True, slots=True)
class Clip:
    """Spoken audio: an OGG/Opus file (Telegram's voice message format) and its length in seconds."""

    data: bytes
    seconds: float
    mime: str = "audio/ogg"


class Ear(Protocol):
    """Recordings to text. Safe to call concurrently; never blocks the event loop. Raises `SpeechError`.

    `expected` are the phrases that an open question awaits (yes and no, numbers, dates, the choices of a menu). An ear that
    can, listens for them besides, and says in `Heard.limited` which one it was.
    """

    async def hear(self, recording: bytes, expected: Sequence[str] = ()) -> Heard: ...


class Mouth(Protocol):
    """Text to speech, cached by content. Safe to call concurrently; never blocks the event loop. Raises `NoVoice`.

    `slow` is for who asked to be spoken to more slowly than others.
    """

    async def speak(self, text: str, *, slow: bool = False) -> Clip: ...
