"""`xiangyin serve`: all channels of one machine in one process, until it is told to stop."""

import asyncio
import contextlib
import fcntl
import secrets
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError

from bot.app import System, assemble, system_clock
from bot.booking import parts as book
from bot.booking.calendar import calendar_endpoint
from bot.channels.base import Channel, Handler
from bot.channels.web.app import create_web
from bot.channels.web.channel import AddressTaken, WebChannel
from bot.channels.web.limits import Limits
from bot.channels.web.lines import Lines
from bot.channels.web.texts import load_texts
from bot.console import console
from bot.consultation.legal import go_round
from bot.delivery.delivery import Delivery
from bot.forecasts import keep_fresh
from bot.health import add_health
from bot.kept_secret import kept_secret
from bot.loudspeakers import loudspeakers
from bot.markets.chat import tell_of_prices
from bot.markets.pulling import price_services
from bot.notices.parts import send_when_due
from bot.preferences import StoredPreferences
from bot.schedule import Schedule
from bot.settings import Settings
from bot.terminal import say
from bot.warnings.broadcast import hand_over
from bot.warnings.calling import look_after
from bot.warnings.endpoint import warning_endpoint
from bot.warnings.retention import keep_tidy
from bot.warnings.sources import warning_intake, warning_sources
from dialogs.warning_text import warning_reply
from knowledge_base.warnings.intake import Intake

if TYPE_CHECKING:
    from bot.channels.telegram.channel import TelegramChannel

log = structlog.get_logger(__name__)

REDELIVERY = timedelta(days=3)
"""Telegram keeps an undelivered update for a day; after three nothing is sent again."""

READ_QUESTIONS = timedelta(minutes=10)
"""Waiting questions are read ahead of the console's page on them: ten thousand new ones take some ten seconds."""


class AlreadyRunning(Exception):
    """Another assistant runs on the same folder."""


async def serve(settings: Settings) -> int:
    """Run until interrupted; the exit status says whether it could start."""
    address = f"http://{settings.host}:{settings.port}"
    say("乡音正在启动，约 10 秒 / starting, about 10 s ...")
    try:
        with _only_one(settings):
            async with assemble(settings, settings.home / "run") as system:
                await _until_stopped(system, address)
    except AlreadyRunning:
        say(
            f"已经有一个乡音在这个目录里运行：{address}\nAnother one is running on {settings.home}. Stop it first (Ctrl-C)."
        )
        return 1
    except AddressTaken:
        say(
            f"端口 {settings.port} 已被别的程序占用。换一个端口：XIANGYIN_PORT={settings.port + 1} make run\n"
            f"Port {settings.port} is taken by another program; choose another one."
        )
        return 1
    except (SQLAlchemyError, OSError) as error:
        say(f"数据库或磁盘出了问题，启动不了：{error}\n跑一下 / run: .venv/bin/xiangyin doctor")
        return 1
    return 0


async def _until_stopped(system: System, address: str) -> None:
    """Run every channel; end all of them when one cannot go on or the process is told to stop."""
    task = asyncio.current_task()
    if task is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    handler = system.assistant.turn
    lines = Lines()
    telegram = _telegram(system)
    speakers = loudspeakers(system, _secret(system.settings))
    warnings = system.services.warnings
    intake = warning_intake(
        system.settings,
        system.store,
        system.outbox,
        system.metrics,
        system_clock,
        text=warning_reply,
        followers=warnings.followers,
        drill_followers=warnings.drill_followers,
    )

    def build(handler: Handler) -> FastAPI:
        settings = system.settings
        limits = Limits(voice_bytes=settings.voice_max_bytes, voice_seconds=settings.voice_max_seconds)
        app = create_web(
            handler, system.mouth, load_texts(), _secret(settings), limits=limits, lines=lines, clock=system_clock
        )
        add_health(app, system)
        app.include_router(speakers.router(handler))
        app.include_router(system.pictures.router())
        app.include_router(calendar_endpoint(system.services.booking, system.services.legal.calendar))
        if key := settings.warning_key.get_secret_value():
            app.include_router(warning_endpoint(intake, key, warnings.broadcasts))
        app.mount("/console", console(system, _secret(settings)))
        if telegram is not None:
            app.include_router(telegram.webhook_router())
        return app

    web = WebChannel(build, lines, system.settings.host, system.settings.port)
    channels: list[Channel] = [web] if telegram is None else [web, telegram]
    delivery = Delivery(system.outbox, channels, clock=system_clock, observer=system.metrics)
    async with _housekeeping(system, intake):
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(web.run(handler))
                group.create_task(_announce(web, system, address))
                if telegram is not None:
                    group.create_task(telegram.run(handler))
                group.create_task(delivery.run())
                group.create_task(speakers.run())
                group.create_task(system.ear.warm())
        except* AddressTaken as taken:
            raise AddressTaken(str(taken.exceptions[0])) from None
        except* asyncio.CancelledError:
            say("停了 / stopped")


async def _announce(web: WebChannel, system: System, address: str) -> None:
    await web.ready.wait()
    say(f"好了，用浏览器打开 / ready, open in a browser: {address}")
    for key, violation in system.intake.refused:
        log.error("entry refused", key=key, why=str(violation))
    log.info("ready", entries=system.intake.published)


def _telegram(system: System) -> "TelegramChannel | None":
    settings = system.settings
    token = settings.telegram_token.get_secret_value()
    if not token:
        return None
    from bot.channels.telegram.channel import TelegramChannel  # noqa: PLC0415 - aiogram takes seconds to load

    return TelegramChannel(
        token,
        preferences=StoredPreferences(system.store, "telegram"),
        clock=system_clock,
        mouth=system.mouth,
        pictures=system.pictures.get,
        api_base=settings.telegram_api,
        webhook_url=settings.telegram_webhook_url,
        webhook_secret=settings.telegram_webhook_secret.get_secret_value(),
        max_bytes=settings.voice_max_bytes,
    )


@asynccontextmanager
async def _housekeeping(system: System, intake: Intake) -> AsyncIterator[None]:
    """Regular jobs for as long as the block lasts."""
    schedule = Schedule(system.metrics.failed)

    async def forget() -> None:
        await system.conversations.forget_handled(system_clock() - REDELIVERY)

    async def read_questions() -> None:
        await system.clusters.current()

    schedule.every(timedelta(hours=6), "forget_handled", forget, first=system_clock())
    schedule.every(READ_QUESTIONS, "read_questions", read_questions)
    if system.learning is not None:
        schedule.every(timedelta(minutes=1), "learn", system.learning)
    warnings = system.services.warnings
    look_after(schedule, warnings.ladder, warnings.chat.answers.help, system_clock)
    keep_tidy(schedule, system.store, system_clock)
    send_when_due(schedule, system.services.notices)
    keep_fresh(schedule, system.forecasts)
    system.services.weather.schedule(schedule)
    book.look_after(schedule, system.services.booking)
    go_round(schedule, system.services.legal)
    tell_of_prices(schedule, system.store, system.services.prices, system.outbox, system_clock)
    settings = system.settings
    async with AsyncExitStack() as stack:
        sources = warning_sources(
            settings, system.store, system.metrics, system_clock, intake=intake, schedule=schedule, looks=warnings.looks
        )
        await stack.enter_async_context(sources)
        asked = price_services(
            settings.price_services,
            system.store,
            system.services.prices.market.intake,
            system_clock,
            schedule=schedule,
            failed=system.metrics.failed,
        )
        await stack.enter_async_context(asked)
        if warnings.broadcasts is not None:
            handing = hand_over(
                schedule,
                warnings.broadcasts,
                system.metrics.failed,
                folder=settings.warning_ebd_folder,
                url=settings.warning_ebd_url,
            )
            await stack.enter_async_context(handing)
        schedule.start()
        stack.callback(schedule.stop)
        yield


@contextlib.contextmanager
def _only_one(settings: Settings) -> Iterator[None]:
    """Keep a second assistant off the same folder. Raises `AlreadyRunning`."""
    run = settings.home / "run"
    run.mkdir(parents=True, exist_ok=True)
    with (run / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning from None
        yield


def _secret(settings: Settings) -> str:
    """The signing secret: as set, else made once and kept where only the owner can read it."""
    given = settings.secret.get_secret_value()
    return given or kept_secret(settings.home / "secret", lambda: secrets.token_urlsafe(32))
