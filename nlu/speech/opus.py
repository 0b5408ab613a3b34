"""OGG/Opus files: the format of voice messages."""

import io

import av
import numpy as np
from numpy.typing import NDArray

BIT_RATE = 32_000


def encode(samples: NDArray[np.float32], rate: int, bit_rate: int = BIT_RATE) -> bytes:
    """Return mono `samples` (-1 to 1) as an OGG/Opus file; `rate` is one that Opus knows (16, 24 or 48 kHz)."""
    whole = (np.clip(samples, -1, 1) * 32767).astype(np.int16)
    frame = av.AudioFrame.from_ndarray(whole.reshape(1, -1), format="s16", layout="mono")
    frame.sample_rate = rate
    file = io.BytesIO()
    with av.open(file, "w", format="ogg", options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream("libopus", rate=rate, layout="mono")
        stream.bit_rate = bit_rate
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()


def seconds(data: bytes) -> float:
    """Length of an OGG/Opus file that `encode` made. Raises `av.FFmpegError` if it is not one."""
    with av.open(io.BytesIO(data), "r", format="ogg") as container:
        return (container.duration or 0) / av.time_base
