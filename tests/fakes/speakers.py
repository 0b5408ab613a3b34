"""A county with loudspeakers: a register, jobs, and a server with its endpoints."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from fastapi import FastAPI

from bot.channels.base import Handler
from bot.channels.speaker.link import Broker
from bot.channels.speaker.service import SpeakerService
from bot.channels.speaker.style import style
from bot.channels.web.channel import WebChannel
from bot.channels.web.limits import Limits
from bot.channels.web.lines import Lines
from knowledge_base.store import Store
from knowledge_base.warnings.speaker_jobs import SpeakerJobs
from knowledge_base.warnings.speaker_registry import SpeakerRegistry
from knowledge_base.warnings.speakers import SpokenWarning
from knowledge_base.warnings.territory import Territory
from nlu.speech.base import Mouth
from tests.acceptance.stage import free_port
from tests.fakes.house import CountingObserver
from tests.fakes.web import CannedHandler, HummingMouth

VILLAGE = "510104021001"
COUNTY = Territory(("510104",))
ELSEWHERE = Territory(("110101",))


def real_clock() -> datetime:
    """Now."""
    return datetime.now(UTC)


class County:
    """The parts, with speech hummed. `now` moves the clock that the server goes by; None: the real one."""

    def __init__(
        self,
        store: Store,
        folder: Path,
        *,
        now: datetime | None = None,
        broker: Broker | None = None,
        mouth: Mouth | None = None,
        drills: bool = False,
        port: int = 0,
    ) -> None:
        self.now = now
        self.store = store
        self.folder = folder
        self.mouth = HummingMouth()
        self.handler = CannedHandler()
        self.observer = CountingObserver()
        self.registry = SpeakerRegistry(store, self.clock)
        self.jobs = SpeakerJobs(store, self.clock, drills=drills)
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.mqtt = ""
        self.keys: dict[str, str] = {}
        self._broker = broker
        self._voice = mouth or self.mouth
        self._used = False
        self.service = self._serving()

    def _serving(self) -> SpeakerService:
        return SpeakerService(
            self.store,
            self.jobs,
            self._voice,
            style(),
            folder=self.folder / "speech",
            base=self.url,
            secret="a secret of the tests",
            limits=Limits(voice_bytes=100_000, burst=5, every=10),
            clock=self.clock,
            observer=self.observer,
            broker=self._broker,
            longest_pause=0.2,
        )

    def clock(self) -> datetime:
        return self.now or real_clock()

    async def add(self, *speakers: str, village: str = VILLAGE, volume: int = 100) -> None:
        """Register devices."""
        for speaker in speakers:
            self.keys[speaker] = await self.registry.add(speaker, village, speaker, volume_limit=volume)

    async def warn(self, name: str = "storm", version: int = 1, **change: object) -> int:
        """Announce something, for an hour unless it says otherwise."""
        given: dict[str, object] = {
            "colour": 1,
            "text": "县气象台发布暴雨红色预警，请马上转移。",
            "expires": self.clock() + timedelta(hours=1),
            "area": COUNTY,
        }
        warning = SpokenWarning(name, version, **(given | change))  # type: ignore[arg-type]
        async with self.store.session() as session:
            return await self.jobs.put(session, warning)

    def build(self, handler: Handler) -> FastAPI:
        app = FastAPI()
        app.include_router(self.service.router(handler))
        return app

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """The server runs."""
        web = WebChannel(self.build, Lines(), "127.0.0.1", self.port)
        if self._used:  # a server that is started again is a new one
            self.service = self._serving()
        self._used = True
        tasks = [asyncio.create_task(web.run(self.handler)), asyncio.create_task(self.service.run())]
        try:
            await web.ready.wait()
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def client(self, speaker: str, key: str | None = None) -> httpx.AsyncClient:
        """A client that signs in as a device."""
        auth = (speaker, key if key is not None else self.keys[speaker])
        return httpx.AsyncClient(base_url=self.url, auth=auth, trust_env=False, timeout=60)

    @asynccontextmanager
    async def asked(self, speaker: str, key: str | None = None) -> AsyncIterator[httpx.AsyncClient]:
        """A client that calls the endpoints without a network; the board is as `work` left it."""
        transport = httpx.ASGITransport(self.build(self.handler))
        auth = (speaker, key if key is not None else self.keys[speaker])
        async with httpx.AsyncClient(transport=transport, base_url=self.url, auth=auth) as client:
            yield client

    async def work(self) -> None:
        """Let speech be made and the board brought up to date."""
        await self.service.announcer.refresh()
        await self.service.announcer.speak()
        await self.service.announcer.refresh()


async def until(true: Callable[[], object], seconds: float = 60) -> None:
    """Wait for what nobody announces."""
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def eventually(look: Callable[[], Awaitable[object]], wanted: object, seconds: float = 60) -> None:
    """Wait until the store shows what is wanted."""
    found: object = None
    try:
        async with asyncio.timeout(seconds):
            while (found := await look()) != wanted:  # noqa: ASYNC110 - the store tells nobody
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"{found} instead of {wanted}") from None
