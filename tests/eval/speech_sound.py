"""`python -m tests.eval.speech_sound`: what each step of the sound front-end brings before plain Vosk.

Spoken are lines of the knowledge base (how farmers ask), never golden ones. For each treatment the character error rate
under each condition, and the processor time that Vosk then takes beside the time without any.
"""

import asyncio
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.settings import Settings
from knowledge_base.entry import read_content
from nlu.speech.assets import assets
from nlu.speech.base import NoSpeech
from nlu.speech.decode import RATE, decode
from nlu.speech.sound import levelled, padded, trimmed
from nlu.speech.vosk_ear import WARM_UP
from tests.bench.figures import show
from tests.eval.speech_corpus import LONGEST, Clip, Sentence, Studio, recordings, wav
from tests.eval.speech_hearing import MAX_BYTES, PlainVosk
from tests.eval.speech_score import errors

Samples = NDArray[np.int16]
Treatment = Callable[[Samples], Samples]
EVERY = 52
PAUSE = 1.5
QUIET = 0.01
RUMBLE = 80.0
WORD = 4
"""Shorter recordings hold single words."""


def high_passed(samples: Samples) -> Samples:
    """Take away what is lower than any voice: `RUMBLE` Hz and below, fading over an octave."""
    spectrum = np.fft.rfft(samples.astype(np.float32))
    pitch = np.arange(spectrum.size) * RATE / max(samples.size, 1)
    spectrum *= np.clip(pitch / RUMBLE, 0, 1) ** 2
    return np.clip(np.fft.irfft(spectrum, samples.size), -32768, 32767).astype(np.int16)


def chain(*steps: Treatment) -> Treatment:
    """One after the other."""

    def treated(samples: Samples) -> Samples:
        for step in steps:
            samples = step(samples)
        return samples

    return treated


TREATMENTS: dict[str, Treatment] = {
    "nothing": chain(),
    "trimmed, levelled, padded": chain(trimmed, levelled, padded),
    "high-pass, trimmed, levelled, padded": chain(high_passed, trimmed, levelled, padded),
    "high-pass": high_passed,
    "trimmed": trimmed,
    "levelled": levelled,
    "padded": padded,
    "trimmed, levelled": chain(trimmed, levelled),
}


def asked(every: int = EVERY) -> list[Sentence]:
    """About every so many of the lines that farmers ask with; the same ones when entries are added."""
    lines = (Sentence(text=line) for entry in read_content() for line in entry.asks)
    return [sentence for sentence in lines if sentence.number % every == 0]


def clips(settings: Settings, people: Path | None) -> Iterator[Clip]:
    """Synthesised ones, the same with long pauses around and very quiet, and people's."""
    studio = Studio(settings)
    for clip in studio.clips(asked(), ("clean", "10 dB", "telephone"), whole=True):
        yield clip
        if clip.condition == "clean":
            samples = decode(clip.data, MAX_BYTES, LONGEST).astype(np.float32) / np.float32(32768)
            pause = np.zeros(round(PAUSE * RATE), dtype=np.float32)
            yield Clip(clip.sentence, "pauses", wav(np.concatenate([pause, samples, pause]), RATE))
            yield Clip(clip.sentence, "quiet", wav(samples * np.float32(QUIET), RATE))
    if people:
        spoken = (clip for clip in recordings(people) if len(clip.sentence.text) > WORD)
        yield from (Clip(clip.sentence, "people", clip.data) for clip in spoken)


async def measure(settings: Settings, people: Path | None) -> None:
    """Print the table."""
    ear = PlainVosk(settings.ear_model or settings.models / assets()["ear"].folder)
    wanted = list(clips(settings, people))
    conditions = sorted({clip.condition for clip in wanted})
    show(f"{'':<42}" + "".join(f"{condition:>12}" for condition in conditions) + f"{'time':>10}")
    await ear.hear(WARM_UP.read_bytes())  # so that the first row is not the slowest
    base = 0.0
    for name, treatment in TREATMENTS.items():
        wrong = dict.fromkeys(conditions, 0)
        length = dict.fromkeys(conditions, 0)
        took = 0.0
        for clip in wanted:
            samples = treatment(decode(clip.data, MAX_BYTES, LONGEST)).astype(np.float32) / np.float32(32768)
            started = time.process_time()
            try:
                text = (await ear.hear(wav(samples, RATE))).text
            except NoSpeech:
                text = ""
            took += time.process_time() - started
            some, of = errors(clip.sentence.text, text)
            wrong[clip.condition] += some
            length[clip.condition] += of
        base = base or took
        cells = "".join(f"{wrong[condition] / length[condition]:>12.1%}" for condition in conditions)
        show(f"{name:<42}{cells}{took / base:>10.2f}")


if __name__ == "__main__":
    asyncio.run(measure(Settings(), Path(sys.argv[1]) if sys.argv[1:] else None))
