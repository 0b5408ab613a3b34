"""Decoding recordings: whatever a phone or a browser sends, to 16 kHz mono.

Nothing that a file says of itself is believed: bytes, seconds, channels and time spent are counted while decoding, and
only the containers and codecs that phones and browsers use are opened at all (no playlists, no links to other files).
"""

import io
import time
from collections.abc import Callable, Iterator

import av
import numpy as np
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray

from nlu.speech.base import AudioBroken, AudioEmpty, AudioTooLarge, AudioTooLong

RATE = 16_000
CONTAINERS = "ogg,matroska,webm,wav,mp3,mov,mp4,m4a,3gp,3g2,mj2,aac,amr"
CODECS = (
    "libopus,opus,vorbis,mp3float,mp3,aac,aac_fixed,amrnb,amrwb,libopencore_amrnb,libopencore_amrwb,flac,alac,"
    "pcm_s16le,pcm_s24le,pcm_s32le,pcm_u8,pcm_f32le,pcm_f64le,pcm_alaw,pcm_mulaw,pcm_s16be"
)
OPTIONS = {
    "format_whitelist": CONTAINERS,
    "codec_whitelist": CODECS,
    "protocol_whitelist": "none",
    "max_streams": "8",
    "probesize": "1000000",
    "analyzeduration": "3000000",
}
CHANNELS = 8
RATES = range(4_000, 192_001)
SECONDS_TO_DECODE = 20.0
FAULTS = 20


class _Recording(io.BytesIO):
    """The bytes, readable until a moment: a container that keeps the demuxer reading for ever stops there."""

    def __init__(self, data: bytes, until: float, clock: Callable[[], float]) -> None:
        super().__init__(data)
        self._until = until
        self._clock = clock

    def read(self, size: int | None = -1, /) -> bytes:
        if self._clock() > self._until:
            raise AudioBroken("takes too long to decode")
        return super().read(size)


def decode(
    recording: bytes,
    max_bytes: int,
    max_seconds: float,
    seconds_to_decode: float = SECONDS_TO_DECODE,
    clock: Callable[[], float] = time.monotonic,
) -> NDArray[np.int16]:
    """Return the first audio stream's samples at 16 kHz, mono.

    Blocking: call it in a thread. `seconds_to_decode` bounds the time spent. Raises `AudioEmpty`, `AudioTooLarge`
    (before anything is opened), `AudioTooLong` (as soon as `max_seconds` have come out) or `AudioBroken`.
    """
    if not recording:
        raise AudioEmpty
    if len(recording) > max_bytes:
        raise AudioTooLarge(f"{len(recording)} > {max_bytes} bytes")
    until = clock() + seconds_to_decode
    pieces: list[NDArray[np.int16]] = []
    length = 0
    try:
        with av.open(_Recording(recording, until, clock), "r", container_options=OPTIONS) as container:
            if not container.streams.audio:
                raise AudioEmpty("no audio stream")
            for piece in _mono(_frames(container, max_seconds, until, clock)):
                pieces.append(piece)
                length += piece.size
                if length > max_seconds * RATE:
                    raise AudioTooLong(f"> {max_seconds} s")
    except (av.FFmpegError, ValueError, OverflowError, MemoryError, EOFError) as error:
        raise AudioBroken(type(error).__name__) from error
    if not length:
        raise AudioEmpty("no sound")
    return np.concatenate(pieces)


def _frames(
    container: av.container.InputContainer, max_seconds: float, until: float, clock: Callable[[], float]
) -> Iterator[av.AudioFrame]:
    """Yield decoded frames; a few broken packets are left out, as players do, but not more than `FAULTS`."""
    stream = container.streams.audio[0]
    if stream.codec_context is None:  # a damaged header names no codec
        raise AudioBroken("no codec")
    stream.codec_context.thread_count = 1
    faults = 0
    sound = False
    for packet in container.demux(stream):
        if clock() > until:
            raise AudioBroken("takes too long to decode")
        try:
            frames = packet.decode()
        except av.error.InvalidDataError:
            faults += 1
            if faults > FAULTS:
                raise
            continue
        for frame in frames:
            if frame.layout.nb_channels > CHANNELS or frame.sample_rate not in RATES:
                raise AudioBroken(f"{frame.layout.nb_channels} channels at {frame.sample_rate} Hz")
            if frame.samples > (max_seconds + 1) * frame.sample_rate:
                raise AudioTooLong(f"> {max_seconds} s")
            sound = True
            yield frame
    if faults and not sound:
        raise AudioBroken("no packet can be decoded")


def _mono(frames: Iterator[av.AudioFrame]) -> Iterator[NDArray[np.int16]]:
    """Resample; a stream that changes its rate or channels on the way gets a new resampler there."""
    resampler: AudioResampler | None = None
    kind: tuple[str, str, int] | None = None
    for frame in frames:
        now = (frame.format.name, frame.layout.name, frame.sample_rate)
        if resampler is None or now != kind:
            if resampler is not None:
                yield from _samples(resampler.resample(None))
            resampler, kind = AudioResampler("s16", "mono", RATE), now
        frame.pts = None  # gaps and jumps in a recording's clock are not sound
        yield from _samples(resampler.resample(frame))
    if resampler is not None:
        yield from _samples(resampler.resample(None))


def _samples(frames: list[av.AudioFrame]) -> Iterator[NDArray[np.int16]]:
    for frame in frames:
        yield frame.to_ndarray().reshape(-1).astype(np.int16, copy=False)
