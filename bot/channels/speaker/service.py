"""Loudspeakers as one part of the running system: what `bot/serve.py` starts and mounts."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from fastapi import APIRouter

from bot.channels.base import Handler
from bot.channels.speaker.address import Addresses
from bot.channels.speaker.announcer import Announcer, Observer
from bot.channels.speaker.link import Broker, Link
from bot.channels.speaker.pull import Pull
from bot.channels.speaker.question import Questions
from bot.channels.speaker.reports import Reports
from bot.channels.speaker.speech import SpeechStore
from bot.channels.speaker.style import Style
from bot.channels.web.limits import Limits
from knowledge_base.kept_files import KeptFiles
from knowledge_base.store import Store
from knowledge_base.warnings.speaker_jobs import SpeakerJobs
from knowledge_base.warnings.speaker_registry import SpeakerRegistry
from nlu.speech.base import Mouth


class SpeakerService:
    """Serves the loudspeakers of one store over HTTP, and over MQTT where there is a `broker`.

    `folder` keeps the speech files; `base` is the address at which devices reach this server; `secret` signs addresses.
    """

    def __init__(
        self,
        store: Store,
        jobs: SpeakerJobs,
        mouth: Mouth | None,
        style: Style,
        *,
        folder: Path,
        base: str,
        secret: str,
        limits: Limits,
        clock: Callable[[], datetime],
        observer: Observer,
        broker: Broker | None = None,
        longest_pause: float = 30.0,
    ) -> None:
        self._jobs = jobs
        self._mouth = mouth
        self._style = style
        self._limits = limits
        self._clock = clock
        self._observer = observer
        self._registry = SpeakerRegistry(store, clock)
        self._addresses = Addresses(base, secret)
        kept = KeptFiles(store, clock) if store.shared else None
        self._speeches = SpeechStore(folder, mouth, style, kept)
        self.announcer = Announcer(jobs, self._speeches, style, self._addresses, clock=clock, observer=observer)
        self._reports = Reports(self._registry, jobs, clock, observer)
        self.link: Link | None = None
        if broker is not None:
            board = self.announcer.board
            self.link = Link(broker, board, self._reports, clock=clock, observer=observer, longest_pause=longest_pause)

    def router(self, handler: Handler) -> APIRouter:
        """The endpoints under /speaker; spoken questions go to `handler`."""
        questions = Questions(handler, self._mouth, self._style, self._limits, self._clock)
        return Pull(
            registry=self._registry,
            jobs=self._jobs,
            board=self.announcer.board,
            speeches=self._speeches,
            addresses=self._addresses,
            reports=self._reports,
            questions=questions,
            clock=self._clock,
            observer=self._observer,
        ).router()

    async def run(self, *, speak: bool = True) -> None:
        """Until cancelled. Without `speak` another process has the announcements spoken."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self.announcer.run(speak=speak))
                group.create_task(self._reports.run())
                if self.link is not None:
                    group.create_task(self.link.run())
        finally:
            self.announcer.board.close()
