"""Making a recording ready for the recogniser: cut to what is loud, raised if quiet, with silence around it.

What each step brings is measured by tests/eval/speech_sound.py and written down in docs/measured.md.
"""

import numpy as np
from numpy.typing import NDArray

from nlu.speech.base import NoSpeech
from nlu.speech.decode import RATE

FRAME = RATE // 50
RANGE_DB = 45
MARGIN = 0.3
AROUND = 0.1
LOUDNESS = 3_000
MOST_GAIN = 100
SILENT = 8

Samples = NDArray[np.int16]


def prepared(samples: Samples) -> Samples:
    """Return the part of a 16 kHz recording that can hold speech, levelled and padded. Raises `NoSpeech` if silent."""
    return padded(levelled(trimmed(samples)))


def trimmed(samples: Samples) -> Samples:
    """Cut away what is `RANGE_DB` quieter than the loudest at both ends, down to `MARGIN` s. Raises `NoSpeech`."""
    loudness = _loudness(samples)
    loud = np.flatnonzero(loudness > loudness.max() / 10 ** (RANGE_DB / 20))
    first = max(int(loud[0]) * FRAME - round(MARGIN * RATE), 0)
    last = (int(loud[-1]) + 1) * FRAME + round(MARGIN * RATE)
    return samples[first:last]


def levelled(samples: Samples) -> Samples:
    """Raise a quiet recording to the usual loudness; a loud one stays. Raises `NoSpeech` if silent."""
    gain = min(max(LOUDNESS / float(np.percentile(_loudness(samples), 95)), 1), MOST_GAIN)
    raised: Samples = np.clip(samples.astype(np.float32) * gain, -32768, 32767).astype(np.int16)
    return raised


def padded(samples: Samples) -> Samples:
    """Put `AROUND` s of silence at both ends."""
    return np.pad(samples, round(AROUND * RATE))


def _loudness(samples: Samples) -> NDArray[np.float32]:
    """Of each fiftieth of a second. Raises `NoSpeech` if none is louder than silence."""
    frames = samples[: samples.size // FRAME * FRAME].reshape(-1, FRAME).astype(np.float32)
    loudness: NDArray[np.float32] = np.sqrt(np.mean(frames**2, axis=1))
    if not loudness.size or loudness.max() < SILENT:
        raise NoSpeech("silence")
    return loudness
