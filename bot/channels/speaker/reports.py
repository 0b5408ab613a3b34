"""What devices tell of themselves, gathered and written down together: thousands report within the same minute."""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.speaker.announcer import Observer
from bot.channels.speaker.wire import Status
from knowledge_base.warnings.speaker_jobs import SpeakerJobs
from knowledge_base.warnings.speaker_registry import Sign, SpeakerRegistry
from knowledge_base.warnings.speakers import Play

log = structlog.get_logger(__name__)

GATHER = 0.5
"""Seconds from the first report until they are written."""
AGAIN = 2.0
"""Seconds until a store that failed is tried again."""
MOST_PLAYS = 100_000
"""Records held while the store does not answer; more are refused."""


class Full(Exception):
    """The store has not answered for so long that no more can be held."""


class Reports:
    """Holds signs of life (the last of each device counts) and play records until they are in the store."""

    def __init__(
        self, registry: SpeakerRegistry, jobs: SpeakerJobs, clock: Callable[[], datetime], observer: Observer
    ) -> None:
        self._registry = registry
        self._jobs = jobs
        self._clock = clock
        self._observer = observer
        self._signs: dict[str, Sign] = {}
        self._plays: list[tuple[str, Play]] = []
        self._any = asyncio.Event()

    def status(self, speaker: str, status: Status) -> None:
        """A heartbeat, or the last will of a line."""
        before = self._signs.get(speaker)
        firmware = status.firmware or (before.firmware if before else None)
        volume = status.volume if status.volume is not None else (before.volume if before else None)
        self._signs[speaker] = Sign(self._clock(), not status.online, firmware, volume)
        self._any.set()

    def played(self, speaker: str, play: Play) -> None:
        """A play record. Raises `Full`."""
        if len(self._plays) >= MOST_PLAYS:
            raise Full(Full.__doc__)
        self._plays.append((speaker, play))
        self._any.set()

    async def run(self) -> None:
        """Write down what comes, until cancelled; what is held then is written first."""
        try:
            while True:
                await self._any.wait()
                await asyncio.sleep(GATHER)
                if not await self._write():
                    await asyncio.sleep(AGAIN)
        finally:
            with contextlib.suppress(asyncio.CancelledError):
                await self._write()

    async def _write(self) -> bool:
        self._any.clear()
        signs, self._signs = self._signs, {}
        plays, self._plays = self._plays, []
        try:
            if plays:
                await self._jobs.played(plays)
                plays = []
            if signs:
                await self._registry.heard(signs)
                signs = {}
        except SQLAlchemyError as error:
            self._observer.failed("speaker.reports")
            log.error("speaker_trouble", error=type(error).__name__)
            return False
        finally:  # also when it is stopped in the middle
            if signs or plays:
                self._signs = signs | self._signs
                self._plays = plays + self._plays
                self._any.set()
        return True
