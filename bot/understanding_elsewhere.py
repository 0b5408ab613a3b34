"""Understanding services that run as processes of their own: asked over HTTP, the built-in model when none answers."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum

import httpx
import structlog

from bot.metrics import Metrics
from bot.settings import Settings
from nlu.failover import FailoverUnderstander
from nlu.rasa_client import RasaUnderstander
from nlu.rasa_process import Endpoint, ServiceState
from nlu.understanding import Understander

log = structlog.get_logger(__name__)

LOOK = 5.0
"""Seconds between looks at whether the services answer, for those who watch; a turn finds out for itself."""
PATIENCE = 3.0


class Where(StrEnum):
    """Where the understanding service of a process runs."""

    HERE = "here"
    ELSEWHERE = "elsewhere"
    NOWHERE = "nowhere"
    """The process understands no messages; if it should have to, the built-in model does."""


@dataclass(frozen=True, slots=True)
class Service:
    """What understands, and how its service stands. `endpoint` is that of a service here, None while it does not answer."""

    understander: Understander
    state: Callable[[], ServiceState]
    endpoint: Callable[[], Endpoint | None]


@asynccontextmanager
async def elsewhere(settings: Settings, builtin: Understander, metrics: Metrics) -> AsyncIterator[Service]:
    """The services at the addresses of the settings. Each process asks them in an order of its own, which spreads the load."""
    token = settings.rasa_token.get_secret_value()
    endpoints = [Endpoint(url.rstrip("/"), token) for url in settings.rasa_url.split()]
    random.shuffle(endpoints)
    async with AsyncExitStack() as stack:
        understander, fallen = builtin, metrics.fallback
        for endpoint in endpoints:
            rasa = await stack.enter_async_context(RasaUnderstander(_always(endpoint)))
            understander, fallen = FailoverUnderstander(rasa, understander, fallen), _nothing
        standing = _Standing(endpoints, metrics)
        watching = asyncio.create_task(standing.watch())
        try:
            yield Service(understander, lambda: standing.state, lambda: None)
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)


class _Standing:
    """Whether any of the services answers."""

    def __init__(self, endpoints: Sequence[Endpoint], metrics: Metrics) -> None:
        self.state = ServiceState.STARTING
        self._endpoints = endpoints
        self._metrics = metrics

    async def watch(self) -> None:
        """Look again and again."""
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as client:
            while True:
                answers = await asyncio.gather(*(self._answers(client, one) for one in self._endpoints))
                state = ServiceState.READY if any(answers) else ServiceState.DOWN
                if state is not self.state:
                    log.info("understanding_elsewhere", state=state.value, answering=sum(answers))
                self.state = state
                self._metrics.rasa_up.set(any(answers))
                await asyncio.sleep(LOOK)

    @staticmethod
    async def _answers(client: httpx.AsyncClient, endpoint: Endpoint) -> bool:
        try:
            return (await client.get(f"{endpoint.url}/health", headers=endpoint.headers)).is_success
        except httpx.HTTPError:
            return False


def _always(endpoint: Endpoint) -> Callable[[], Endpoint]:
    return lambda: endpoint


def _nothing() -> None:
    """The next service answers: no fallback yet."""
