"""The `web` part's application: the web chat, and everything else that is mounted beside it."""

from collections.abc import Sequence
from functools import partial

from fastapi import APIRouter, FastAPI

from bot.app import System, system_clock
from bot.booking.calendar import calendar_endpoint
from bot.channels.base import Handler
from bot.channels.web.app import create_web
from bot.channels.web.limits import Limits
from bot.channels.web.lines import Lines
from bot.channels.web.texts import load_texts
from bot.console import console
from bot.health import Ready, add_health, figures
from bot.limiting import grave
from bot.running.secret import signing_secret
from bot.tracing import RequestNumber
from bot.warnings.endpoint import warning_endpoint
from knowledge_base.warnings.intake import Intake


def front(
    system: System, handler: Handler, lines: Lines, intake: Intake, *, ready: Ready, routers: Sequence[APIRouter]
) -> FastAPI:
    """The application; `routers` are those of channels that take messages by HTTP."""
    settings, secret = system.settings, signing_secret(system.settings)
    limits = Limits(voice_bytes=settings.voice_max_bytes, voice_seconds=settings.voice_max_seconds)
    app = create_web(
        handler,
        system.mouth,
        load_texts(),
        secret,
        limits=limits,
        lines=lines,
        clock=system_clock,
        grave=partial(grave, normalised=system.language.normaliser.normalise),
    )
    add_health(app, ready, lambda: figures(system))
    app.include_router(system.pictures.router())
    app.include_router(system.services.privacy.router())
    app.include_router(calendar_endpoint(system.services.booking, system.services.legal.calendar))
    if key := settings.warning_key.get_secret_value():
        app.include_router(warning_endpoint(intake, key, system.services.warnings.broadcasts))
    for router in routers:
        app.include_router(router)
    app.mount("/console", console(system, secret))
    app.add_middleware(RequestNumber)
    return app
