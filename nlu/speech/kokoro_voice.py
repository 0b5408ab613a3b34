"""Kokoro-82M: sentences to sound, on the processor, one sentence at a time."""

import logging
import threading
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import yaml
from numpy.typing import NDArray

from nlu.speech.assets import Asset, status
from nlu.speech.base import NoVoice

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

RATE = 24_000
SYMBOLS = Path(__file__).with_name("kokoro_symbols.yaml")
STYLE = 256
LONGEST = 509
PAUSE = 0.25
EDGE = 0.05
QUIET = 0.01
PEAK = 0.9


class _Phonemes(Protocol):
    def __call__(self, text: str) -> tuple[str, object]: ...


@dataclass(frozen=True, slots=True)
class _Loaded:
    session: "InferenceSession"
    style: NDArray[np.float32]
    symbols: dict[str, int]
    phonemes: _Phonemes


class KokoroVoice:
    """One voice. Loads on first use (1-2 s, about 500 MB); safe to share between threads.

    `model_dir` holds `model.onnx` and `voices/NAME.bin`; `asset`, if given, is the list it is compared with first.
    `dictionary_dir` keeps the word list's cache.
    """

    def __init__(
        self,
        model_dir: Path,
        dictionary_dir: Path,
        *,
        voice: str,
        threads: int,
        asset: Asset | None = None,
    ) -> None:
        self._model_dir = model_dir
        self._dictionary_dir = dictionary_dir
        self._voice = voice
        self._threads = threads
        self._asset = asset
        self._lock = threading.Lock()
        self._loaded: _Loaded | None = None

    def load(self) -> None:
        """Load now what the first sentence would load. Raises `NoVoice`."""
        self._get()

    def samples(self, sentences: list[str], pace: float) -> NDArray[np.float32]:
        """Return the sentences' sound with pauses between, 24 kHz mono, its peak at `PEAK`. Raises `NoVoice`.

        `pace` 1 is the voice's own, lower is slower.
        """
        loaded = self._get()
        pause = np.zeros(round(PAUSE * RATE), dtype=np.float32)
        parts: list[NDArray[np.float32]] = []
        for sentence in sentences:
            sound = self._sentence(loaded, sentence, pace)
            if sound.size:
                parts += [sound, pause]
        if not parts:
            raise NoVoice("nothing to say")
        whole = np.concatenate(parts)
        return whole * np.float32(PEAK / float(np.abs(whole).max()))

    def _sentence(self, loaded: _Loaded, sentence: str, pace: float) -> NDArray[np.float32]:
        signs, _ = loaded.phonemes(sentence)
        numbers = [loaded.symbols[sign] for sign in signs if sign in loaded.symbols][:LONGEST]
        if not numbers:
            return np.empty(0, dtype=np.float32)
        inputs = {
            "input_ids": np.array([[0, *numbers, 0]], dtype=np.int64),
            "style": loaded.style[len(numbers)][np.newaxis],
            "speed": np.array([pace], dtype=np.float32),
        }
        try:
            (sound,) = loaded.session.run(None, inputs)
        except Exception as error:  # onnxruntime's errors have no common class of their own
            raise NoVoice("synthesis failed") from error
        return _trimmed(np.asarray(sound, dtype=np.float32).reshape(-1))

    def _get(self) -> _Loaded:
        with self._lock:
            if self._loaded is None:
                self._loaded = self._load()
            return self._loaded

    def _load(self) -> _Loaded:
        if self._asset is not None and (found := status(self._asset, self._model_dir)).state != "ok":
            raise NoVoice(found.detail)
        try:
            style = np.fromfile(self._model_dir / "voices" / f"{self._voice}.bin", dtype=np.float32).reshape(
                LONGEST + 1, STYLE
            )
            import onnxruntime  # noqa: PLC0415 - heavy, only where something is spoken

            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = self._threads
            options.inter_op_num_threads = 1
            session = onnxruntime.InferenceSession(
                str(self._model_dir / "model.onnx"), options, providers=["CPUExecutionProvider"]
            )
            symbols: dict[str, int] = yaml.safe_load(SYMBOLS.read_text(encoding="utf-8"))
            return _Loaded(session, style, symbols, self._phonemes())
        except Exception as error:  # a missing package, a missing or damaged file: all the same to who listens
            raise NoVoice(f"cannot load {self._voice}") from error

    def _phonemes(self) -> _Phonemes:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # jieba's own source has invalid escapes
            import jieba  # noqa: PLC0415 - heavy, only where something is spoken
            from misaki.zh import ZHG2P  # noqa: PLC0415 - as above
        jieba.setLogLevel(logging.WARNING)
        if not jieba.dt.initialized and jieba.dt.tmp_dir is None:
            self._dictionary_dir.mkdir(parents=True, exist_ok=True)
            jieba.dt.tmp_dir = str(self._dictionary_dir)  # its cache is executable data: not where others can write
        phonemes: _Phonemes = ZHG2P()
        return phonemes


def _trimmed(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    """Cut the silence at both ends, down to `EDGE` seconds."""
    loud = np.flatnonzero(np.abs(sound) > QUIET)
    if not loud.size:
        return sound[:0]
    edge = round(EDGE * RATE)
    return sound[max(int(loud[0]) - edge, 0) : int(loud[-1]) + edge]
