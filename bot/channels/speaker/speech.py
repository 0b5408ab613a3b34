"""Speech of announcements: made once, kept as Ogg/Opus and WAV under their SHA-256."""

import asyncio
import contextlib
import hashlib
import os
import re
import time
from collections.abc import Collection, Iterator
from datetime import datetime
from pathlib import Path

import numpy as np

from bot.channels.speaker.sound import Samples, chime_samples, clip_samples, silence, wav
from bot.channels.speaker.style import Style
from knowledge_base.kept_files import KeptFiles
from knowledge_base.warnings.speakers import Announcement, Speech
from nlu.speech import opus
from nlu.speech.base import Mouth, NoVoice, SpeechError
from nlu.speech.decode import RATE
from nlu.speech.spoken_text import chinese

_FILE = re.compile(r"[0-9a-f]{64}\.(ogg|wav)")
_LONGEST = 600
"""Characters that a mouth is given at once; a long warning is said in several."""
_KEPT_SECONDS = 3600
"""A file that nothing names may be of an announcement that is being kept this very moment."""


class SpeechStore:
    """The folder of speech files. Safe to use by two processes: a file is written whole, and has one content only.

    With `kept`, what is made here is there for other machines, and what they made can be fetched.
    """

    def __init__(self, folder: Path, mouth: Mouth | None, style: Style, kept: KeptFiles | None = None) -> None:
        self._folder = folder
        self._mouth = mouth
        self._style = style
        self._kept = kept

    async def make(self, announcement: Announcement) -> Speech:
        """Say an announcement with its chime in front, and keep the files. Raises `NoVoice`, or `OSError` of the disk."""
        if self._mouth is None:
            raise NoVoice("no voice is set up")
        sentences = chinese().sentences(self._style.words(announcement))
        clips = [await self._mouth.speak(part, slow=self._style.slow) for part in _parts(sentences)]
        if not clips:
            raise NoVoice("nothing to say")
        chime = self._style.chimes[self._style.sound(announcement).chime]

        def keep() -> Speech:
            try:
                spoken = [clip_samples(clip) for clip in clips]
            except SpeechError as error:
                raise NoVoice("the voice gave no clip") from error
            whole = np.concatenate([chime_samples(chime), silence(self._style.gap), *spoken])
            return self._keep(whole)

        speech = await asyncio.to_thread(keep)
        if self._kept is not None:
            for name in _names(speech):
                await self._kept.put(name, await asyncio.to_thread((self._folder / name).read_bytes))
        return speech

    async def fetch(self, speech: Speech) -> None:
        """Bring files here that another machine has made, where there are such. Raises `OSError` of the disk."""
        for name in _names(speech):
            if self._kept is not None and self.file(name) is None and (data := await self._kept.get(name)) is not None:
                await asyncio.to_thread(self._write, data, Path(name).suffix)

    def _keep(self, samples: Samples) -> Speech:
        ogg = opus.encode(samples.astype(np.float32) / np.float32(32768), RATE)
        return Speech(self._write(ogg, ".ogg"), self._write(wav(samples), ".wav"), samples.size / RATE)

    def _write(self, data: bytes, suffix: str) -> str:
        digest = hashlib.sha256(data).hexdigest()
        path = self._folder / f"{digest}{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}.part")
        try:
            part.write_bytes(data)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
        return digest

    def file(self, name: str) -> Path | None:
        """The file with a name such as `<sha256>.ogg`; None if there is none."""
        path = self._folder / name
        return path if _FILE.fullmatch(name) and path.is_file() else None

    def has(self, speech: Speech) -> bool:
        """Whether both files are there."""
        return all(self.file(name) for name in _names(speech))

    async def forget(self, needed: Collection[Speech], before: datetime) -> None:
        """Remove what was kept for other machines before a moment and belongs to none of these."""
        if self._kept is not None:
            await self._kept.tidy({name for one in needed for name in _names(one)}, before)

    def tidy(self, needed: Collection[Speech]) -> int:
        """Remove what belongs to none of these and is an hour old; how many files."""
        names = {name for one in needed for name in _names(one)}
        removed = 0
        for path in self._folder.glob("*.*"):
            with contextlib.suppress(OSError):
                if path.name not in names and path.stat().st_mtime < time.time() - _KEPT_SECONDS:
                    path.unlink()
                    removed += 1
        return removed


def _names(speech: Speech) -> tuple[str, str]:
    return f"{speech.ogg_sha256}.ogg", f"{speech.wav_sha256}.wav"


def _parts(sentences: list[str]) -> Iterator[str]:
    part = ""
    for sentence in sentences:
        if part and len(part) + len(sentence) > _LONGEST:
            yield part
            part = ""
        part += sentence
    if part:
        yield part
