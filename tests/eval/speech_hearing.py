"""What each ear makes of a clip, kept under `var/eval/speech` by model, clip and the ear's own code."""

import asyncio
import hashlib
import inspect
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from pydantic import TypeAdapter

from bot.settings import Settings
from nlu.speech.assets import assets
from nlu.speech.base import Heard, NoSpeech, Reading
from nlu.speech.decode import RATE, decode
from tests.eval.progress import Progress
from tests.eval.speech_corpus import LONGEST, Clip

MAX_BYTES = 50_000_000
CHUNK = 2 * RATE // 4


class Ear(Protocol):
    """An ear as the assistant has one."""

    async def hear(self, recording: bytes, expected: Sequence[str] = ()) -> Heard: ...


@dataclass(frozen=True, slots=True)
class Kept:
    """What was heard, None where no speech was found, and how long it took."""

    heard: Heard | None
    took: float

    @property
    def text(self) -> str:
        """The ear's first choice, empty where it heard nothing."""
        return self.heard.text if self.heard else ""


class PlainVosk:
    """The model alone: one reading, nothing done to the sound before or to the words afterwards. One clip at a time."""

    def __init__(self, model_dir: Path) -> None:
        import vosk

        vosk.SetLogLevel(-1)
        self._recogniser: Any = vosk.KaldiRecognizer(vosk.Model(str(model_dir)), RATE)
        self._lock = threading.Lock()

    async def hear(self, recording: bytes, expected: Sequence[str] = ()) -> Heard:
        """Raises `NoSpeech` where the model writes nothing."""
        return await asyncio.to_thread(self._heard, recording)

    def _heard(self, recording: bytes) -> Heard:
        samples = decode(recording, MAX_BYTES, LONGEST)
        data = samples.tobytes()
        pieces: list[str] = []
        with self._lock:
            for start in range(0, len(data), CHUNK):
                if self._recogniser.AcceptWaveform(data[start : start + CHUNK]):
                    pieces += [_text(self._recogniser.Result())]
            pieces += [_text(self._recogniser.FinalResult())]
        text = "".join(pieces).replace(" ", "")
        if not text:
            raise NoSpeech
        return Heard((Reading(text, 1.0),), samples.size / RATE)


_RESULT = TypeAdapter(dict[str, Any])
_KEPT = TypeAdapter(Kept)


def _text(result: str) -> str:
    return str(_RESULT.validate_json(result)["text"])


def version(*files: Path | str) -> str:
    """A short hash of what an ear is made of: files by content, other things by name."""
    whole = hashlib.sha256()
    for one in files:
        whole.update(one.read_bytes() if isinstance(one, Path) else one.encode())
    return whole.hexdigest()[:16]


def model_version(settings: Settings) -> str:
    """The speech model: the one that set-up fetched by its files, another one by their names, sizes and times."""
    if settings.ear_model is None:
        return version(*(file.sha256 for file in assets()["ear"].files))
    files = sorted(path for path in settings.ear_model.rglob("*") if path.is_file())
    return version(*(f"{path} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in files))


class Hearing:
    """One ear's results, remembered on disk."""

    def __init__(self, settings: Settings, name: str, ear: Ear, made_of: str) -> None:
        self._folder = settings.home / "eval" / "speech" / "heard" / f"{name}-{made_of}"
        self._name = name
        self._ear = ear

    async def all(self, clips: Sequence[Clip], parallel: int = 1) -> list[Kept]:
        """What the ear makes of each clip, in their order; shows how far it is."""
        self._folder.mkdir(parents=True, exist_ok=True)
        keys = [clip.key for clip in clips]
        missing = {key: clip for key, clip in zip(keys, clips, strict=True) if not self._path(key).exists()}
        waiting, progress = list(missing.items()), Progress(f"{self._name}: heard", len(missing))

        async def work() -> None:
            while waiting:
                key, clip = waiting.pop()
                self._path(key).write_bytes(_KEPT.dump_json(await self._one(clip)))
                progress.step()

        await asyncio.gather(*(work() for _ in range(parallel)))
        return [_KEPT.validate_json(self._path(key).read_bytes()) for key in keys]

    async def _one(self, clip: Clip) -> Kept:
        started = time.perf_counter()
        try:
            heard = await self._ear.hear(clip.data)
        except NoSpeech:
            heard = None
        return Kept(heard, time.perf_counter() - started)

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.json"


def plain(settings: Settings) -> Hearing:
    """Plain Vosk; with the model of the settings if that is one for Vosk."""
    chosen = settings if settings.ear == "vosk" else settings.model_copy(update={"ear_model": None})
    ear = PlainVosk(chosen.ear_model or chosen.models / assets()["ear"].folder)
    return Hearing(settings, "plain", ear, version(model_version(chosen), inspect.getsource(PlainVosk)))
