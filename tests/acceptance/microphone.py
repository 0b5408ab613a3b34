"""A clip as the WAV file that Chromium takes for a microphone."""

from pathlib import Path

import av
import numpy as np

RATE = 48_000


def write_wav(clip: Path, target: Path, before: float = 0.5, after: float = 8.0) -> None:
    """Write a clip as 48 kHz mono WAV, with seconds of silence around it: the file starts anew when it ends."""
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    with av.open(str(clip)) as source, av.open(str(target), "w") as sink:
        stream = sink.add_stream("pcm_s16le", rate=RATE, layout="mono")
        spoken = [part for frame in source.decode(audio=0) for part in resampler.resample(frame)]
        for frame in (_silence(before), *spoken, _silence(after)):
            frame.pts = None
            sink.mux(stream.encode(frame))
        sink.mux(stream.encode(None))


def _silence(seconds: float) -> av.AudioFrame:
    samples = np.zeros((1, int(seconds * RATE)), np.int16)
    frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
    frame.sample_rate = RATE
    return frame
