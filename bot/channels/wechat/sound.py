"""Spoken answers as WeChat takes them: MP3 files of at most a minute."""

import io

import av
import numpy as np
from numpy.typing import NDArray

from nlu.speech.base import Clip
from nlu.speech.decode import RATE, decode

MOST_SECONDS = 58
"""WeChat's limit is 60 s and 2 MB, which at this bit rate is eight minutes."""
BACK = 15
"""Seconds before the limit in which the quietest place is looked for."""
FRAME = RATE // 20
BIT_RATE = 32_000
MOST_BYTES = 20_000_000
MOST_CLIP = 600.0

Samples = NDArray[np.int16]


def mp3s(clip: Clip) -> list[bytes]:
    """The clip as MP3 files, cut where it is quietest. Blocking: call it in a thread. Raises `SpeechError`."""
    samples = decode(clip.data, MOST_BYTES, MOST_CLIP)
    return [_mp3(piece) for piece in cut(samples, MOST_SECONDS * RATE, BACK * RATE)]


def cut(samples: Samples, most: int, back: int) -> list[Samples]:
    """Pieces of at most `most` samples, each ending at the quietest place of its last `back` samples."""
    pieces = []
    while samples.size > most:
        tail = samples[most - back : most]
        frames = tail[: tail.size // FRAME * FRAME].reshape(-1, FRAME).astype(np.float32)
        quietest = int(np.argmin(np.mean(frames**2, axis=1)))
        end = most - back + quietest * FRAME + FRAME // 2
        pieces.append(samples[:end])
        samples = samples[end:]
    return [*pieces, samples]


def _mp3(samples: Samples) -> bytes:
    frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
    frame.sample_rate = RATE
    file = io.BytesIO()
    with av.open(file, "w", format="mp3") as container:
        stream = container.add_stream("libmp3lame", rate=RATE, layout="mono")
        stream.bit_rate = BIT_RATE
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()
