"""The whole front as `xiangyin serve web` builds it, over PostgreSQL, which refuses more than SQLite does, on a loopback port."""

import asyncio
import threading
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import httpx
from aiogram import Bot
from aiogram.types import Update
from fastapi import APIRouter, FastAPI
from pydantic import SecretStr

from bot.app import System, assemble, system_clock
from bot.channels.telegram.arrival import read
from bot.channels.telegram.pace import Pace
from bot.channels.telegram.webhook import Webhook
from bot.channels.web.lines import Lines
from bot.channels.web.server import HttpServer
from bot.channels.wechat import Pace as WeChatPace
from bot.channels.wechat.arrival import Arrival
from bot.channels.wechat.callback import Callback
from bot.channels.wechat.seal import Seal
from bot.handling import handling
from bot.health import readiness
from bot.loudspeakers import loudspeakers
from bot.running.front import front
from bot.settings import Settings
from bot.understanding_elsewhere import Where
from bot.warnings.sources import warning_intake
from dialogs.consultation.vault import new_key
from dialogs.warning_text import warning_reply
from knowledge_base.curation.accounts import TERMINAL
from knowledge_base.curation.audit import Audit
from knowledge_base.curation.staff import Staff
from knowledge_base.warnings.speaker_registry import SpeakerRegistry
from tests.fakes.console import PASSWORD, STAFF, quick_passwords
from tests.fakes.web import HummingMouth

PATIENCE = 200.0
"""Seconds for an answer, on a machine with other work."""
SECRET = "the secret of the tests"
WARNING_KEY = "a key for warnings"
HOOK = "/telegram/hook"
HOOK_SECRET = "s3cret_token-for-tests"
WECHAT = Seal("wechat token", "wx0123456789abcdef")
DEVICE = "east"
VILLAGE = "411424100201"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Front:
    """The running front: its loop is another thread's."""

    url: str
    app: FastAPI
    system: System
    device_key: str
    loop: asyncio.AbstractEventLoop

    def get(self, path: str, **more: Any) -> httpx.Response:
        """A page, with httpx's options."""
        return httpx.get(self.url + path, trust_env=False, timeout=PATIENCE, **more)

    def wait(self, what: Coroutine[Any, Any, T]) -> T:
        """What a coroutine of the front gives."""
        return asyncio.run_coroutine_threadsafe(what, self.loop).result(PATIENCE)


@contextmanager
def served(database: str, home: Path, port: int) -> Iterator[Front]:
    """Until the end of the block, on that port."""
    loop, started, done = asyncio.new_event_loop(), threading.Event(), asyncio.Event()
    found: list[Front] = []
    failed: list[BaseException] = []

    async def serve() -> None:
        async with _serving(database, home, port, loop) as one:
            found.append(one)
            started.set()
            await done.wait()

    def run() -> None:
        try:
            loop.run_until_complete(serve())
        except BaseException as error:  # noqa: BLE001 - raised again where the front is wanted
            failed.append(error)
        finally:
            started.set()
            loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    started.wait()
    if failed:
        raise failed[0]
    try:
        yield found[0]
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join()


@asynccontextmanager
async def _serving(database: str, home: Path, port: int, loop: asyncio.AbstractEventLoop) -> AsyncIterator[Front]:
    settings = Settings(
        home=home,
        port=port,
        mouth="off",
        secret=SecretStr(SECRET),
        warning_key=SecretStr(WARNING_KEY),
        consultation_keys=SecretStr(new_key()),
    )
    async with assemble(settings, home / "run", database=database, where=Where.NOWHERE) as bare:
        system = replace(bare, mouth=HummingMouth())
        app, server, key = _app(system), HttpServer(settings.host, port), await _people(system)
        serving = asyncio.create_task(server.run(app))
        await server.ready.wait()
        try:
            yield Front(f"http://127.0.0.1:{port}", app, system, key, loop)
        finally:
            serving.cancel()
            with suppress(asyncio.CancelledError):
                await serving


async def _people(system: System) -> str:
    """An account of each role, and a loudspeaker, whose key it gives."""
    staff = Staff(system.store, quick_passwords(), Audit(system_clock), system_clock)
    for name, (shown, role) in STAFF.items():
        await staff.add(TERMINAL, name, shown, frozenset({role}), PASSWORD)
    return await SpeakerRegistry(system.store, system_clock).add(DEVICE, VILLAGE, "东头")


def _app(system: System) -> FastAPI:
    handler = handling(system)
    intake = warning_intake(
        system.settings, system.store, system.outbox, system.metrics, system_clock, text=warning_reply
    )
    routers = [
        loudspeakers(system, SECRET, broker=False).router(handler),
        _telegram(),
        _wechat(),
    ]
    return front(system, handler, Lines(), intake, ready=readiness(system), routers=routers)


def _telegram() -> APIRouter:
    """The webhook; what comes is read, and nobody answers it."""
    hook = Webhook(f"https://farm.example{HOOK}", HOOK_SECRET, Pace())

    def accept(update: Update) -> "asyncio.Future[None]":
        read(update, system_clock())
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        future.set_result(None)
        return future

    hook.open(accept, Bot("123456:a-token-of-the-tests"))
    return hook.router()


def _wechat() -> APIRouter:
    """The callback; every arrival is answered with a sentence."""
    callback = Callback(WECHAT, WeChatPace(), system_clock)

    async def accept(arrival: Arrival, message: str, left: float) -> str:
        return "好"

    callback.open(accept)
    return callback.router()
