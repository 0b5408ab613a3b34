"""Making a recording ready for the recogniser: cut to what is loud, raised if quiet, with silence around it.

Measured on 20 clips (12 synthesised farm questions, 8 human ones), character errors of the small Mandarin model: as
they are 19.4 %, so prepared 18.6 %; 40 dB quieter 35.8 %, raised again 19.0 %. More silence around costs time only.
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


def prepared(samples: NDArray[np.int16]) -> NDArray[np.int16]:
    """Return the part of a 16 kHz recording that can hold speech, levelled and padded. Raises `NoSpeech` if silent."""
    frames = samples[: samples.size // FRAME * FRAME].reshape(-1, FRAME).astype(np.float32)
    loudness = np.sqrt(np.mean(frames**2, axis=1))
    if not loudness.size or loudness.max() < SILENT:
        raise NoSpeech("silence")
    loud = np.flatnonzero(loudness > loudness.max() / 10 ** (RANGE_DB / 20))
    first = max(int(loud[0]) * FRAME - round(MARGIN * RATE), 0)
    last = (int(loud[-1]) + 1) * FRAME + round(MARGIN * RATE)
    gain = min(max(LOUDNESS / float(np.percentile(loudness, 95)), 1), MOST_GAIN)
    heard = np.clip(samples[first:last].astype(np.float32) * gain, -32768, 32767).astype(np.int16)
    return np.pad(heard, round(AROUND * RATE))
