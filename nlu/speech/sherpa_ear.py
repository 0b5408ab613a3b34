"""The sherpa-onnx ear: another recogniser behind the same contract, for who has a better model for a dialect.

Optional: the extra `sherpa` and a model's folder (SenseVoice, Paraformer, Zipformer; see `sherpa_model`, docs/speech.md).
"""

import asyncio
import logging
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nlu.speech import sherpa_model
from nlu.speech.base import Heard, NoEar, NoSpeech, Reading
from nlu.speech.decode import RATE, decode
from nlu.speech.readings import FILLERS
from nlu.speech.recogniser import BETWEEN_HAN
from nlu.speech.room import Room
from nlu.speech.sound import prepared

if TYPE_CHECKING:
    import sherpa_onnx

log = logging.getLogger(__name__)


class SherpaEar:
    """Hears with one model, a stream for each recording, up to `parallel` at a time; `waiting` more may wait.

    `model_dir` is the model's folder; each recording is worked on by `threads`. `max_bytes` and `max_seconds` bound a
    recording. These models give one reading and know no list of expected phrases: `Heard.limited` stays None.
    """

    def __init__(
        self,
        model_dir: Path,
        *,
        parallel: int,
        waiting: int,
        max_bytes: int,
        max_seconds: float,
        threads: int = 1,
    ) -> None:
        self._model_dir = model_dir
        self._max_bytes = max_bytes
        self._max_seconds = max_seconds
        self._threads = threads
        self._pool = ThreadPoolExecutor(parallel, thread_name_prefix="ear")
        self._lock = threading.Lock()
        self._recogniser: sherpa_onnx.OfflineRecognizer | None = None
        self._room = Room(parallel, waiting)

    @property
    def queue_length(self) -> int:
        """Recordings that wait for their turn."""
        return self._room.queue_length

    @property
    def busy(self) -> int:
        """Recordings that are being worked on."""
        return self._room.busy

    async def hear(self, recording: bytes, expected: Sequence[str] = ()) -> Heard:  # noqa: ARG002 - the contract's
        """Return what was said. Raises a `SpeechError`. What a cancelled caller sent is read to its end."""
        with self._room.place():
            samples = await asyncio.to_thread(decode, recording, self._max_bytes, self._max_seconds)
            return await asyncio.get_running_loop().run_in_executor(self._pool, self._heard, samples)

    async def warm(self) -> None:
        """Load the model now instead of with the first recording. Without one it only logs: `hear` tells who speaks."""
        try:
            await asyncio.get_running_loop().run_in_executor(self._pool, self._loaded)
        except NoEar as error:
            log.warning("no speech recognition: %s", error)

    def close(self) -> None:
        """Take no more recordings; what is being read ends by itself."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _heard(self, samples: NDArray[np.int16]) -> Heard:
        recogniser = self._loaded()
        stream = recogniser.create_stream()
        stream.accept_waveform(RATE, prepared(samples).astype(np.float32) / np.float32(32768))
        recogniser.decode_stream(stream)
        text = BETWEEN_HAN.sub("", stream.result.text.strip())
        if not FILLERS.sub("", text):
            raise NoSpeech("nothing was said")
        return Heard((Reading(text, 1.0),), samples.size / RATE)

    def _loaded(self) -> "sherpa_onnx.OfflineRecognizer":
        with self._lock:
            if self._recogniser is None:
                self._recogniser = sherpa_model.load(self._model_dir, self._threads)
            return self._recogniser
