"""Understanding services that run elsewhere: asked through their door, and done without when they are gone or hang."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from fastapi import FastAPI, Request

from bot.channels.web.server import HttpServer
from bot.metrics import Metrics
from bot.running.rasa_door import MOST_BYTES, RasaDoor
from bot.settings import Settings
from bot.understanding_elsewhere import elsewhere
from nlu.failover import FailoverUnderstander
from nlu.rasa_client import RasaUnderstander
from nlu.rasa_process import Endpoint, ServiceState
from tests.acceptance.stage import free_port
from tests.fakes.understanders import WordUnderstander
from tests.fakes.until import until

TOKEN = "a token of the service"
INNER = "the token of Rasa itself"


class Rasa:
    """Rasa on its own port, and the door to it on another."""

    def __init__(self) -> None:
        self.port, self.door = free_port(), free_port()
        self.asked = 0
        self.hangs = False
        self.here = True
        self.url = f"http://127.0.0.1:{self.door}"

    def endpoint(self) -> Endpoint | None:
        return Endpoint(f"http://127.0.0.1:{self.port}", INNER) if self.here else None

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.post("/model/parse")
        async def parse(request: Request) -> dict[str, object]:
            assert request.headers["authorization"] == f"Bearer {INNER}"
            self.asked += 1
            if self.hangs:
                await asyncio.sleep(2)
            return {
                "intent": {"name": "policy", "confidence": 0.9},
                "intent_ranking": [{"name": "policy", "confidence": 0.9}],
                "entities": [],
            }

        @app.get("/health")
        async def health() -> dict[str, str]:
            return {"model_id": "m"}

        return app


@asynccontextmanager
async def running(rasa: Rasa) -> AsyncIterator[None]:
    door = RasaDoor(rasa.endpoint, TOKEN)
    outside = FastAPI()
    outside.include_router(door.router())
    servers = [(HttpServer("127.0.0.1", rasa.port), rasa.app()), (HttpServer("127.0.0.1", rasa.door), outside)]
    async with door.open():
        tasks = [asyncio.create_task(server.run(app)) for server, app in servers]
        for server, _ in servers:
            await server.ready.wait()
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that is busy because the machine is counts as well."""
    monkeypatch.setattr(RasaUnderstander.__init__, "__defaults__", (30.0,))


def settings(*urls: str, token: str = TOKEN) -> Settings:
    return Settings(_env_file=None, rasa_url=" ".join(urls), rasa_token=token)


async def test_the_door_opens_for_the_token_alone() -> None:
    rasa = Rasa()
    async with running(rasa), httpx.AsyncClient(base_url=rasa.url, trust_env=False, timeout=60) as client:
        good, parse = {"Authorization": f"Bearer {TOKEN}"}, {"text": "补贴"}
        for bad in ({}, {"Authorization": f"Bearer {INNER}"}, {"Authorization": "Bearer x"}):
            assert (await client.get("/health", headers=bad)).status_code == 401
            assert (await client.post("/model/parse", headers=bad, json=parse)).status_code == 401
        assert rasa.asked == 0
        assert (await client.get("/health", headers=good)).json() == {"model_id": "m"}
        answer = await client.post("/model/parse", headers=good, json=parse)
        assert answer.json()["intent"]["name"] == "policy"
        large = await client.post("/model/parse", headers=good, content=b"x" * (MOST_BYTES + 1))
        assert large.status_code == 413
        rasa.here = False
        assert (await client.post("/model/parse", headers=good, json=parse)).status_code == 503


def test_a_door_without_a_token_is_not_built() -> None:
    with pytest.raises(ValueError, match="token"):
        RasaDoor(lambda: None, "")


@pytest.mark.usefixtures("patient")
async def test_of_two_services_one_may_be_gone_and_of_none_the_builtin_answers() -> None:
    rasa, builtin, metrics = Rasa(), WordUnderstander(), Metrics()
    gone = f"http://127.0.0.1:{free_port()}"
    async with elsewhere(settings(gone, rasa.url), builtin, metrics) as service:
        async with running(rasa):
            for _ in range(5):
                assert (await service.understander.parse("补贴")).by == "rasa"
            assert b"xiangyin_understanding_fallbacks_total 0.0" in metrics.text()
        answer = await service.understander.parse("收割机")
        assert (answer.by, answer.intent) == ("words", "book_machinery")
        assert b"xiangyin_understanding_fallbacks_total 1.0" in metrics.text()


async def test_one_that_hangs_costs_a_second_once(monkeypatch: pytest.MonkeyPatch) -> None:
    told, pause, _ = FailoverUnderstander.__init__.__defaults__ or ()
    moment = time.monotonic()  # no pause ends while this is at work
    monkeypatch.setattr(FailoverUnderstander.__init__, "__defaults__", (told, pause, lambda: moment))
    rasa, builtin = Rasa(), WordUnderstander()
    async with running(rasa), elsewhere(settings(rasa.url), builtin, Metrics()) as service:
        rasa.hangs = True
        answers = [await service.understander.parse("收割机") for _ in range(10)]
        assert {answer.by for answer in answers} == {"words"}
        assert rasa.asked <= 1, "and once only if it came as far as that"


async def test_how_it_stands_is_told_to_who_watches() -> None:
    rasa, metrics = Rasa(), Metrics()
    async with running(rasa):
        async with elsewhere(settings(rasa.url), WordUnderstander(), metrics) as service:
            await until(lambda service=service: service.state() is not ServiceState.STARTING)  # type: ignore[misc]
            assert service.state() is ServiceState.READY
            assert b"xiangyin_rasa_up 1.0" in metrics.text()
        async with elsewhere(settings(rasa.url, token="another token"), WordUnderstander(), metrics) as service:
            await until(lambda service=service: service.state() is not ServiceState.STARTING)  # type: ignore[misc]
            assert service.state() is ServiceState.DOWN
            assert (await service.understander.parse("收割机")).by == "words"
