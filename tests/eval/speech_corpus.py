"""What the speech evaluation is measured on: synthesised sentences under noise and band limits, and people's recordings.

Voice and speed of a sentence follow from its text, so that adding sentences changes no others. Clean clips are kept
under `var/eval/speech` by content; noise is added anew each time, the same each time.
"""

import csv
import hashlib
import io
import json
import wave
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from bot.settings import Settings
from nlu.speech import opus
from nlu.speech.assets import assets
from nlu.speech.clip_cache import ClipCache
from nlu.speech.decode import RATE as DECODED
from nlu.speech.decode import decode
from nlu.speech.kokoro_voice import RATE, KokoroVoice
from nlu.speech.spoken_text import chinese
from tests.clips.make import telephone, with_noise
from tests.eval.progress import Progress

SPOKEN = Path(__file__).parents[1] / "golden" / "spoken.yaml"
VOICES = ("zm_yunxia", "zm_yunxi", "zf_xiaoyi", "zf_xiaobei")
PACES = (0.9, 1.0, 1.15)
NOISES = ("tractor", "wind")
CONDITIONS: dict[str, float | None] = {"clean": None, "20 dB": 20, "10 dB": 10, "5 dB": 5, "telephone": None}
WHOLE = ("clean", "10 dB")
"""Conditions that every sentence is heard in by default; the others get each `SHARE`th."""
SHARE = 4
EDGE = 0.3
CACHE_BYTES = 2_000_000_000
LONGEST = 600

Sound = NDArray[np.float32]


class Sentence(BaseModel):
    """A sentence to be spoken; `terms` are the farm words that must not be lost."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    text: str
    region: str = ""
    terms: tuple[str, ...] = ()

    @property
    def number(self) -> int:
        """A number that follows from the text alone."""
        return int.from_bytes(hashlib.sha256(self.text.encode()).digest()[:8])

    @property
    def speaker(self) -> tuple[str, float]:
        """Voice and pace."""
        return tuple(product(VOICES, PACES))[self.number % (len(VOICES) * len(PACES))]


@dataclass(frozen=True, slots=True)
class Clip:
    """A sentence under one condition; `data` is a WAV file."""

    sentence: Sentence
    condition: str
    data: bytes

    @property
    def key(self) -> str:
        """The same for the same sound."""
        return hashlib.sha256(self.data).hexdigest()


def sentences(path: Path = SPOKEN) -> list[Sentence]:
    """The golden sentences, each once."""
    rows = [Sentence.model_validate(row) for row in yaml.safe_load(path.read_text("utf-8"))]
    return list({row.text: row for row in rows}.values())


class Studio:
    """Speaks sentences, once each, and puts noise over them."""

    def __init__(self, settings: Settings) -> None:
        self._asset = assets()["mouth"]
        self._models = settings.models
        self._words = settings.home / "cache"
        self._clips = ClipCache(settings.home / "eval" / "speech", CACHE_BYTES)
        self._model = [file.sha256 for file in self._asset.files if file.path == "model.onnx"]

    def clips(self, wanted: Sequence[Sentence], conditions: Iterable[str], *, whole: bool) -> Iterator[Clip]:
        """The clips of `wanted`; unless `whole`, a quarter of them where the condition is not one of `WHOLE`."""
        self.prepare(wanted)
        for sentence in wanted:
            clean = self._clean(sentence)
            for condition in conditions:
                if whole or condition in WHOLE or sentence.number // 24 % SHARE == 0:
                    yield Clip(sentence, condition, under(condition, clean, sentence.number))

    def prepare(self, wanted: Sequence[Sentence]) -> None:
        """Speak what was never spoken, two voices at a time, and show how far it is."""
        missing: dict[tuple[str, float], list[Sentence]] = defaultdict(list)
        for sentence in wanted:
            if self._clips.get(self._key(sentence)) is None:
                missing[sentence.speaker].append(sentence)
        progress = Progress("spoken", sum(map(len, missing.values())))
        with ThreadPoolExecutor(2) as pool:
            for done in [pool.submit(self._speak, *one, progress) for one in sorted(missing.items())]:
                done.result()

    def _speak(self, speaker: tuple[str, float], group: Sequence[Sentence], progress: Progress) -> None:
        folder, (voice, pace) = self._models / self._asset.folder, speaker
        kokoro = KokoroVoice(folder, self._words, voice=voice, threads=1)
        edge = np.zeros(round(EDGE * RATE), dtype=np.float32)
        for sentence in group:
            sound = np.concatenate([edge, kokoro.samples(chinese().sentences(sentence.text), pace), edge])
            self._clips.put(self._key(sentence), opus.encode(sound, RATE))
            progress.step()

    def _key(self, sentence: Sentence) -> str:
        named = [*self._model, *sentence.speaker, EDGE, chinese().sentences(sentence.text)]
        return hashlib.sha256(json.dumps(named, ensure_ascii=False).encode()).hexdigest()

    def _clean(self, sentence: Sentence) -> Sound:
        data = self._clips.get(self._key(sentence))
        assert data is not None, "spoken before"
        # At 16 kHz from here on; what is above 8 kHz no recogniser listens to.
        return decode(data, len(data), LONGEST).astype(np.float32) / np.float32(32768)


def under(condition: str, clean: Sound, number: int) -> bytes:
    """A WAV file of `clean` (16 kHz) as it sounds under `condition`; which noise follows from `number`."""
    if condition == "telephone":
        return wav(telephone(clean, DECODED)[::2], DECODED // 2)
    decibel = CONDITIONS[condition]
    if decibel is None:
        return wav(clean, DECODED)
    random = np.random.default_rng([number, round(decibel)])
    return wav(with_noise(clean, NOISES[number // 12 % 2], decibel, random, DECODED), DECODED)


def wav(samples: Sound, rate: int) -> bytes:
    """Mono 16-bit WAV."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes((np.clip(samples, -1, 1) * 32767).astype(np.int16).tobytes())
    return file.getvalue()


def recordings(folder: Path) -> Iterator[Clip]:
    """People's recordings: a folder with transcripts.tsv (path, text, source, licence, dialect, kind).

    Measured apart by `kind` and `dialect`.
    """
    with (folder / "transcripts.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            sentence = Sentence(text=row["text"], region=row["dialect"])
            yield Clip(sentence, f"{row['kind']}: {row['dialect']}", (folder / row["path"]).read_bytes())
