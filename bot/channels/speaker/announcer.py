"""The announcer: has speech made for what was announced, and keeps the board in step with the store and the clock."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.speaker.address import Addresses
from bot.channels.speaker.board import Board
from bot.channels.speaker.speech import SpeechStore
from bot.channels.speaker.style import Style
from knowledge_base.warnings.speaker_jobs import Key, SpeakerJobs
from knowledge_base.warnings.speakers import Announcement
from nlu.speech.base import NoVoice

log = structlog.get_logger(__name__)

LOOK = 2.0
"""Seconds between looks for what another process has announced."""
ANEW = timedelta(minutes=1)
"""Between looks for devices that were shut out, let in, or given another volume."""
TIDY = timedelta(hours=1)
"""Between removals of speech that nothing needs any more."""
AGAIN = timedelta(seconds=30)
"""Until a speech that could not be made is tried again."""


class Observer(Protocol):
    """Hears what went wrong, for metrics."""

    def failed(self, where: str) -> None: ...


class Announcer:
    """One for each process that serves loudspeakers.

    What has no speech in time goes out without: a device may have a voice of its own, or at least sound its chime. It goes
    out again, with audio, as soon as there is some. A cancel waits for nothing; a drill is not heard without its words.
    """

    def __init__(
        self,
        jobs: SpeakerJobs,
        speeches: SpeechStore,
        style: Style,
        addresses: Addresses,
        *,
        clock: Callable[[], datetime],
        observer: Observer,
    ) -> None:
        self._jobs = jobs
        self._speeches = speeches
        self._style = style
        self._clock = clock
        self._observer = observer
        self._silent: dict[Key, datetime] = {}
        """What could not be spoken, and when to try again."""
        self._anew_at: datetime | None = None
        self._tidy_at: datetime | None = None
        self._listed = asyncio.Event()
        """Set when the board may have changed ..."""
        self._written = asyncio.Event()
        """... and when there may be something to be spoken."""
        self.board = Board(jobs, style, addresses, self._ready, clock)
        jobs.on_put(self._listed.set)
        jobs.on_put(self._written.set)

    async def run(self, *, speak: bool = True) -> None:
        """Work until cancelled; a store or disk that fails is tried again. Without `speak` only the board is kept."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._keep(self.refresh, self._listed))
            if speak:
                group.create_task(self._keep(self.speak, self._written))

    async def _keep(self, work: Callable[[], Awaitable[float]], wake: asyncio.Event) -> None:
        while True:
            wake.clear()
            pause = LOOK
            try:
                pause = await work()
            except (SQLAlchemyError, OSError) as error:
                self._trouble(error)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await wake.wait()

    async def refresh(self) -> float:
        """Bring the board up to date; seconds until to look again."""
        now = self._clock()
        anew = self._anew_at is None or now >= self._anew_at
        valid = await self._jobs.valid()
        await self._fetch(valid)
        await self.board.refresh(valid, anew=anew)
        await self._tidy(valid)
        if anew:
            self._anew_at = now + ANEW
        soonest = min((one.expires for one in valid), default=None)
        if soonest is None:
            return LOOK
        return min(LOOK, max((soonest - self._clock()).total_seconds(), 0.01))

    async def speak(self) -> float:
        """Have made what is to be spoken, the most urgent first; seconds until to look again."""
        valid = await self._jobs.valid()
        await self._fetch(valid)
        while (one := next((one for one in valid if self._to_be_spoken(one)), None)) is not None:
            await self._speak(one)
            self._listed.set()
            valid = await self._jobs.valid()  # something more urgent may have come meanwhile
        keys = {(one.warning, one.version) for one in valid}
        self._silent = {key: at for key, at in self._silent.items() if key in keys}
        return LOOK

    async def _fetch(self, valid: Sequence[Announcement]) -> None:
        """What another machine has spoken already need not be spoken here."""
        for one in valid:
            if one.speech is not None and not self._speeches.has(one.speech):
                await self._speeches.fetch(one.speech)

    async def _tidy(self, valid: Sequence[Announcement]) -> None:
        now = self._clock()
        if self._tidy_at is None or now >= self._tidy_at:
            self._tidy_at = now + TIDY
            needed = {one.speech for one in valid if one.speech is not None}
            await asyncio.to_thread(self._speeches.tidy, needed)
            await self._speeches.forget(needed, now - TIDY)

    def _ready(self, one: Announcement) -> bool:
        if one.cancel or not self._style.words(one):
            return True  # stop first; the words that say so follow
        if one.speech is not None and self._speeches.has(one.speech):
            return True
        waited = (self._clock() - one.created).total_seconds() >= self._style.patience[one.colour]
        return not one.drill and (waited or (one.warning, one.version) in self._silent)

    def _to_be_spoken(self, one: Announcement) -> bool:
        if not self._style.words(one) or (one.speech is not None and self._speeches.has(one.speech)):
            return False
        again = self._silent.get((one.warning, one.version))
        return again is None or again <= self._clock()

    async def _speak(self, one: Announcement) -> None:
        key = (one.warning, one.version)
        try:
            speech = await self._speeches.make(one)
        except (NoVoice, OSError) as error:
            self._silent[key] = self._clock() + AGAIN
            self._trouble(error)
            return
        await self._jobs.spoken(one.warning, one.version, speech)
        self._silent.pop(key, None)

    def _trouble(self, error: Exception) -> None:
        self._observer.failed("speaker.announce")
        log.error("speaker_trouble", error=type(error).__name__)
