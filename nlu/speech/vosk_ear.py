"""The Vosk ear: recordings to text, several at a time, off the event loop, with recognisers that are kept warm."""

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nlu.speech.assets import Asset, status
from nlu.speech.base import EarBusy, Heard, NoEar
from nlu.speech.decode import RATE, decode
from nlu.speech.recogniser import Recogniser
from nlu.speech.sound import prepared

if TYPE_CHECKING:
    import vosk

ALTERNATIVES = 5
WARM_UP = Path(__file__).with_name("warm_up.ogg")
WARM_UP_PIECE = 5.0
PARTS = ("am/final.mdl", "conf/mfcc.conf")

log = logging.getLogger(__name__)


class VoskEar:
    """Hears with one model and up to `parallel` recognisers; `waiting` more recordings may wait, then `EarBusy`.

    `model_dir` is a Vosk model's folder; `asset`, if given, is the list it is compared with before it is loaded.
    `max_bytes` and `max_seconds` bound a recording. A fresh recogniser is several times slower than one that has heard
    some speech (more than half a minute brings little): `warm` prepares all of them; recordings are served meanwhile.
    """

    def __init__(
        self,
        model_dir: Path,
        *,
        parallel: int,
        waiting: int,
        max_bytes: int,
        max_seconds: float,
        alternatives: int = ALTERNATIVES,
        asset: Asset | None = None,
    ) -> None:
        self._model_dir = model_dir
        self._parallel = parallel
        self._waiting = waiting
        self._max_bytes = max_bytes
        self._max_seconds = max_seconds
        self._alternatives = alternatives
        self._asset = asset
        self._pool = ThreadPoolExecutor(parallel, thread_name_prefix="ear")
        self._lock = threading.Lock()
        self._model: vosk.Model | None = None
        self._idle: list[Recogniser] = []
        self._made = 0
        self._inside = 0

    @property
    def queue_length(self) -> int:
        """Recordings that wait for a recogniser."""
        return max(self._inside - self._parallel, 0)

    @property
    def busy(self) -> int:
        """Recordings that are being worked on."""
        return min(self._inside, self._parallel)

    async def hear(self, recording: bytes, expected: Sequence[str] = ()) -> Heard:
        """Return what was said. Raises a `SpeechError`; a cancelled caller frees its recogniser within a moment."""
        if self._inside >= self._parallel + self._waiting:
            raise EarBusy
        self._inside += 1
        left = threading.Event()
        try:
            samples = await asyncio.to_thread(decode, recording, self._max_bytes, self._max_seconds)
            return await asyncio.get_running_loop().run_in_executor(self._pool, self._heard, samples, left.is_set)
        finally:
            left.set()
            self._inside -= 1

    async def warm(self) -> None:
        """Load the model and let each recogniser hear some speech; run it as a task beside everything else.

        Works in pieces of a few seconds, so that recordings need not wait for its end. Without a model it only logs:
        `hear` tells who speaks, and a model fetched later is found.
        """
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(self._pool, self._loaded)
        except NoEar as error:
            log.warning("no speech recognition: %s", error)
            return
        sound = await asyncio.to_thread(decode, WARM_UP.read_bytes(), self._max_bytes, 600)
        pieces = np.array_split(sound, max(round(sound.size / RATE / WARM_UP_PIECE), 1))
        for piece in pieces:
            for _ in range(self._parallel):
                await loop.run_in_executor(self._pool, self._warmed, piece)

    def close(self) -> None:
        """Take no more recordings; what is being read ends by itself."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _heard(self, samples: NDArray[np.int16], stopped: Callable[[], bool]) -> Heard:
        sound = prepared(samples)
        recogniser = self._taken(coldest=False)
        try:
            readings = recogniser.read(sound, stopped)
        finally:
            self._give_back(recogniser)
        return Heard(readings, samples.size / RATE)

    def _warmed(self, sound: NDArray[np.int16]) -> None:
        recogniser = self._taken(coldest=True)
        try:
            recogniser.drill(sound)
        finally:
            self._give_back(recogniser)

    def _taken(self, *, coldest: bool) -> Recogniser:
        """Take an idle recogniser, or make one: never more than there are threads in the pool."""
        model = self._loaded()
        with self._lock:
            can_make = self._made < self._parallel
            if self._idle and not (coldest and can_make):
                self._idle.sort(key=lambda recogniser: recogniser.heard)
                return self._idle.pop(0 if coldest else -1)
            self._made += 1
        return Recogniser(model, self._alternatives)

    def _give_back(self, recogniser: Recogniser) -> None:
        with self._lock:
            self._idle.append(recogniser)

    def _loaded(self) -> "vosk.Model":
        with self._lock:
            if self._model is None:
                self._model = self._load()
            return self._model

    def _load(self) -> "vosk.Model":
        if self._asset is not None and (found := status(self._asset, self._model_dir)).state != "ok":
            raise NoEar(found.detail)
        for part in PARTS:
            if not (self._model_dir / part).is_file():
                raise NoEar(f"no {part}")
        try:
            import vosk  # noqa: PLC0415 - loads a shared library of 25 MB

            vosk.SetLogLevel(-1)
            return vosk.Model(str(self._model_dir))
        except Exception as error:  # vosk raises bare Exception
            raise NoEar("the model cannot be loaded") from error
