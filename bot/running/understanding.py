"""The `understanding` part alone: Rasa, watched, and a door to it. It needs no database."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from fastapi import FastAPI

from bot.channels.web.server import AddressTaken, HttpServer
from bot.health import NotReady, add_health
from bot.metrics import Metrics
from bot.parts import Part
from bot.running.rasa_door import RasaDoor
from bot.settings import Settings
from bot.terminal import say
from bot.understanding import understanding
from bot.understanding_elsewhere import Where
from nlu.rasa_process import ServiceState
from nlu.text.normalise import Normaliser
from nlu.words import Words

_WHY = {
    ServiceState.STOPPED: "the understanding service is not installed or could not be trained: see the log",
    ServiceState.STARTING: "the understanding service is starting",
    ServiceState.DOWN: "the understanding service ended or hung and is started again",
}


async def serve_understanding(settings: Settings, run_dir: Path) -> None:
    """Until cancelled. Raises `AddressTaken`."""
    metrics = Metrics()
    metrics.runs([Part.UNDERSTANDING])
    words = await asyncio.to_thread(Words.load, *settings.word_folders)
    starts = understanding(settings, words, Normaliser(words), metrics, run_dir, wait=False, where=Where.HERE)
    async with starts as service:
        door = RasaDoor(service.endpoint, settings.rasa_token.get_secret_value())

        async def ready() -> Mapping[str, str]:
            if (state := service.state()) is not ServiceState.READY:
                raise NotReady(_WHY[state])
            return {"parts": "understanding", "understanding": state.value}

        async def figures() -> bytes:
            return metrics.text()

        app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
        add_health(app, ready, figures)
        app.include_router(door.router())
        server = HttpServer(settings.host, settings.port)
        async with door.open():
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(server.run(app))
                    group.create_task(_announce(server, settings))
            except* AddressTaken as taken:
                raise taken.exceptions[0] from None
            except* asyncio.CancelledError:
                say("停了 / stopped")


async def _announce(server: HttpServer, settings: Settings) -> None:
    await server.ready.wait()
    say(
        f"好了：understanding，状态在 / ready, its state at: http://{settings.host}:{settings.port}/readyz"
        "；理解模型几秒后就绪 / the model follows in seconds"
    )
