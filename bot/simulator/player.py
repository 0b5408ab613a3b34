"""The playing part of a simulated loudspeaker: takes job lists, plays what holds into WAV files, keeps records."""

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np

from bot.channels.speaker.sound import Samples, chime_samples, silence, wav, wav_samples
from bot.channels.speaker.style import style
from bot.channels.speaker.wire import Job, Jobs, Played, Playing
from bot.simulator.memory import Memory
from nlu.speech.decode import RATE

Fetch = Callable[[str], Awaitable[bytes]]
Wait = Callable[[float], Awaitable[None]]

FETCHES = 5
"""Tries to fetch a file, before the chime alone is played."""


class NoFile(Exception):
    """The audio cannot be fetched, or is not what its SHA-256 says."""


@dataclass(slots=True)
class _Progress:
    """A job that is being played."""

    job: Job
    started: datetime
    pieces: list[Samples] = field(default_factory=list)
    repeats: int = 0


class Player:
    """Plays the most urgent job; a more urgent one goes first after the repeat that is under way.

    `wait` passes the time that a sound takes; `on_record` is called when there is something to report.
    """

    def __init__(
        self,
        folder: Path,
        memory: Memory,
        fetch: Fetch,
        *,
        clock: Callable[[], datetime],
        wait: Wait = asyncio.sleep,
        new_id: Callable[[], str],
        on_record: Callable[[], None] = lambda: None,
    ) -> None:
        self._folder = folder
        self._memory = memory
        self._fetch = fetch
        self._clock = clock
        self._wait = wait
        self._new_id = new_id
        self._on_record = on_record
        self._jobs: list[Job] = []
        self._changed = asyncio.Event()
        self._progress: dict[tuple[str, int], _Progress] = {}
        self._silent: set[tuple[str, int]] = set()
        """Jobs of which only the chime was played."""
        self.playing: Playing | None = None
        self.volume = 0

    def take(self, jobs: Jobs) -> None:
        """A new list: what is not in it any more is over."""
        self._jobs = jobs.jobs
        self._changed.set()
        self._changed = asyncio.Event()

    async def run(self) -> None:
        """Play until cancelled."""
        while True:
            changed = self._changed
            self._close_what_is_over()
            job = self._next()
            if job is None:
                await changed.wait()
            else:
                await self._play(job)

    def _stands(self, job: Job) -> bool:
        return self._clock() < job.expires and any((one.id, one.version) == (job.id, job.version) for one in self._jobs)

    def _next(self) -> Job | None:
        for job in self._jobs:
            silent = job.audio is None and (job.id, job.version) in self._silent
            if self._memory.finished(job) or silent or not self._stands(job):
                continue
            if job.cancel and (job.audio is None or not self._memory.heard(job)):
                continue  # nothing to take back here
            return job
        return None

    def _close_what_is_over(self) -> None:
        for key, progress in list(self._progress.items()):
            if not self._stands(progress.job):
                del self._progress[key]
                self._finish(progress, None if progress.repeats else "stopped")

    async def _play(self, job: Job) -> None:
        """One repeat, and the pause after it; cut short when the job does not stand any more."""
        key = (job.id, job.version)
        progress = self._progress.setdefault(key, _Progress(job, self._clock()))
        try:
            sound = await self._sound(job)
        except NoFile:
            del self._progress[key]
            self._silent.add(key)
            self._write(job, chime_samples(style().chimes[job.chime]))
            self._memory.tried(job, self._record(progress, "no_audio"))
            self._on_record()
            return
        self.playing, self.volume = Playing(id=job.id, version=job.version), job.volume
        if progress.repeats:
            progress.pieces.append(silence(job.pause))
            if not await self._pass(job, job.pause):
                return
        began = asyncio.get_running_loop().time()
        whole = await self._pass(job, sound.size / RATE)
        heard = sound if whole else sound[: round((asyncio.get_running_loop().time() - began) * RATE)]
        progress.pieces.append((heard * (job.volume / 100)).astype(np.int16))
        self.playing = None
        if whole:
            progress.repeats += 1
            if progress.repeats >= job.repeat:
                del self._progress[key]
                self._finish(progress, None)

    async def _pass(self, job: Job, seconds: float) -> bool:
        """Let time pass; False as soon as the job does not stand any more."""
        passing = asyncio.ensure_future(self._wait(seconds))
        try:
            while self._stands(job):
                changing = asyncio.ensure_future(self._changed.wait())
                left = (job.expires - self._clock()).total_seconds()
                try:
                    await asyncio.wait((passing, changing), timeout=max(left, 0), return_when=asyncio.FIRST_COMPLETED)
                finally:
                    changing.cancel()
                if passing.done():
                    return self._stands(job)
            return False
        finally:
            passing.cancel()

    async def _sound(self, job: Job) -> Samples:
        if job.audio is None:
            raise NoFile(NoFile.__doc__)
        kept = self._folder / f"{job.audio.wav.sha256}.wav"
        if not kept.exists():
            data = await self._fetch(job.audio.wav.url)
            if hashlib.sha256(data).hexdigest() != job.audio.wav.sha256:
                raise NoFile(NoFile.__doc__)
            kept.write_bytes(data)
        return wav_samples(kept.read_bytes())

    def _finish(self, progress: _Progress, error: str | None) -> None:
        if progress.pieces:
            self._write(progress.job, np.concatenate(progress.pieces))
        self._memory.played(progress.job, self._record(progress, error))
        self._on_record()

    def _record(self, progress: _Progress, error: str | None) -> Played:
        job = progress.job
        return Played(
            play=self._new_id(),
            id=job.id,
            version=job.version,
            started=progress.started,
            ended=self._clock(),
            repeats=progress.repeats,
            volume=job.volume,
            error=error,
        )

    def _write(self, job: Job, samples: Samples) -> None:
        name = re.sub(r"[^A-Za-z0-9._-]", "_", job.id)
        (self._folder / f"{name}-{job.version}.wav").write_bytes(wav(samples))
