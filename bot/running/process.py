"""One process with a database: its parts run beside each other until one cannot go on, or it is told to stop."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from functools import partial

import structlog
from fastapi import APIRouter, FastAPI
from prometheus_client import Gauge

from bot.app import System, system_clock
from bot.channels.web.channel import WebChannel
from bot.channels.web.lines import Lines
from bot.channels.web.server import AddressTaken, HttpServer
from bot.delivery.delivery import Delivery
from bot.handling import handling
from bot.health import add_health, figures, readiness
from bot.leader import Leader, Work, leader
from bot.loudspeakers import loudspeakers
from bot.parts import Part
from bot.running.channels import channels
from bot.running.front import front
from bot.running.jobs import own_jobs, shared_jobs
from bot.running.rasa_door import RasaDoor
from bot.running.secret import signing_secret
from bot.running.speech_models import SpeechModels
from bot.terminal import say
from bot.warnings.sources import warning_intake
from dialogs.warning_text import warning_reply

log = structlog.get_logger(__name__)

Task = Callable[[], Awaitable[None]]


class Process:
    """A running system's parts, put together; `run` runs them."""

    def __init__(self, system: System, parts: frozenset[Part]) -> None:
        self._system = system
        self._parts = parts
        self._shared = not system.settings.database.startswith("sqlite")
        """Whether other processes may work on the same database."""
        self._leaders: dict[str, Leader] = {}
        self._leading = Gauge(
            "xiangyin_leading", "1 while this process leads in a work", ["work"], registry=system.metrics.registry
        )
        system.metrics.runs(parts)
        self._handler = handling(system)
        self._channels = channels(system, parts, leader(system.settings.database, "telegram"))
        self._intake = warning_intake(
            system.settings,
            system.store,
            system.outbox,
            system.metrics,
            system_clock,
            text=warning_reply,
            followers=system.services.warnings.followers,
            drill_followers=system.services.warnings.drill_followers,
        )
        self._routers: list[APIRouter] = list(self._channels.routers)
        self._tasks: list[Task] = [partial(task, self._handler) for task in self._channels.tasks]
        self._models = SpeechModels(system.settings, system.metrics.registry)
        self._door = self._rasa_door()
        self._loudspeakers()
        self._ready = self._serve()
        if Part.SCHEDULER in parts:
            jobs = self._leader("scheduler")
            self._lead(jobs, shared_jobs(system, self._intake, jobs))

    async def run(self) -> None:
        """Until cancelled, which is said. Raises `AddressTaken`."""
        async with AsyncExitStack() as stack:
            if Part.WEB in self._parts:
                await stack.enter_async_context(own_jobs(self._system))
            if self._door is not None:
                await stack.enter_async_context(self._door.open())
            try:
                async with asyncio.TaskGroup() as group:
                    for task in self._tasks:
                        group.create_task(_run(task))
                    group.create_task(self._announce())
            except* AddressTaken as taken:
                raise taken.exceptions[0] from None
            except* asyncio.CancelledError:
                say("停了 / stopped")

    def _serve(self) -> asyncio.Event:
        """The HTTP of this process, and its delivery; the event says that it can be reached."""
        system, settings, delivering = self._system, self._system.settings, list(self._channels.delivering)
        ready = readiness(system, self._standing)
        serving: asyncio.Event
        if Part.WEB in self._parts:
            lines = Lines()
            web = WebChannel(
                lambda handler: front(system, handler, lines, self._intake, ready=ready, routers=self._routers),
                lines,
                settings.host,
                settings.port,
            )
            delivering.insert(0, web)
            system.figures.watch(web.name, lines.there_for)
            self._tasks += [partial(web.run, self._handler), system.ear.warm, self._models.run]
            serving = web.ready
        else:
            app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
            add_health(app, ready, lambda: figures(system))
            for router in self._routers:
                app.include_router(router)
            server = HttpServer(settings.host, settings.port)
            self._tasks.append(partial(server.run, app))
            serving = server.ready
        if delivering:
            delivery = Delivery(system.outbox, delivering, clock=system_clock, observer=system.metrics)
            self._tasks.append(delivery.run)
        return serving

    def _loudspeakers(self) -> None:
        """HTTP for loudspeakers in every `web`; their speech and the line to the broker where `speakers` leads."""
        system, secret = self._system, signing_secret(self._system.settings)
        if not self._shared:
            both = loudspeakers(system, secret)
            self._routers.append(both.router(self._handler))
            self._tasks.append(both.run)
            return
        if Part.WEB in self._parts:
            pulled = loudspeakers(system, secret, broker=False)
            self._routers.append(pulled.router(self._handler))
            self._tasks.append(partial(pulled.run, speak=False))
        if Part.SPEAKERS in self._parts:
            # Another one for each time that this process leads: what has been stopped is not used again.
            self._lead(self._leader("speakers"), lambda: loudspeakers(system, secret).run())

    def _rasa_door(self) -> RasaDoor | None:
        token = self._system.settings.rasa_token.get_secret_value()
        if Part.UNDERSTANDING not in self._parts or not token or self._system.settings.rasa_url.split():
            return None
        door = RasaDoor(self._system.understanding.endpoint, token)
        self._routers.append(door.router())
        return door

    def _leader(self, work: str) -> Leader:
        self._leaders[work] = leader(self._system.settings.database, work)
        self._leading.labels(work).set_function(lambda: float(self._leaders[work].leads))
        return self._leaders[work]

    def _lead(self, one: Leader, work: Work) -> None:
        async def announced() -> None:
            if self._shared:
                say(f"这里管着 / leads here: {one.name}")
            await work()

        self._tasks.append(lambda: one.run(announced))

    def _standing(self) -> Mapping[str, str]:
        leaders = {name: "leads" if one.leads else "waits" for name, one in self._leaders.items()}
        parts = {"parts": " ".join(part for part in Part if part in self._parts)}
        understands = {Part.WEB, Part.UNDERSTANDING} & self._parts
        state = {"understanding": self._system.understanding.state().value} if understands else {}
        return {**parts, **leaders, **state, **self._models.stand(), **self._channels.stand()}

    async def _announce(self) -> None:
        await self._ready.wait()
        system, settings = self._system, self._system.settings
        address = f"http://{settings.host}:{settings.port}"
        if Part.WEB in self._parts:
            say(f"好了，用浏览器打开 / ready, open in a browser: {address}")
        else:
            parts = " ".join(part for part in Part if part in self._parts)
            say(f"好了：{parts}，状态在 / ready, its state at: {address}/readyz")
        for key, violation in system.intake.refused:
            log.error("entry refused", key=key, why=str(violation))
        log.info("ready", entries=system.intake.published)


async def _run(task: Task) -> None:
    await task()
