"""What operators and their tools look at in every process: /healthz, /readyz, /metrics."""

import asyncio
import contextlib
import shutil
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from fastapi import FastAPI, Response
from fastapi.responses import PlainTextResponse
from sqlalchemy.exc import SQLAlchemyError

from bot.app import System
from knowledge_base.store import Store

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
PATIENCE = 3.0
"""Seconds that the database may take to answer."""
LEAST_BYTES = 5_000_000
"""With less room than that the disk is full: SQLite's log alone grows to four million bytes."""

Ready = Callable[[], Awaitable[Mapping[str, str]]]
"""How the process stands, in words; raises `NotReady`."""


class NotReady(Exception):
    """The process cannot do its work; the message says why."""


def add_health(app: FastAPI, ready: Ready, figures: Callable[[], Awaitable[bytes]]) -> None:
    """Add the three routes. `figures` are the metrics in Prometheus' text format."""

    async def healthz() -> dict[str, str]:
        """The process lives."""
        return {"status": "ok"}

    async def readyz(response: Response) -> dict[str, str]:
        """Whether the process can do its work; 503 with the reason where not."""
        try:
            return {"status": "ready", **await ready()}
        except NotReady as reason:
            response.status_code = 503
            return {"status": "not ready", "reason": str(reason)}

    async def metrics() -> Response:
        """Prometheus metrics."""
        return Response(await figures(), media_type=METRICS_TYPE)

    app.add_api_route("/healthz", healthz)
    app.add_api_route("/readyz", readyz, responses={503: {"description": "It cannot; the reason is named."}})
    app.add_api_route("/metrics", metrics, response_class=PlainTextResponse)


def readiness(system: System, standing: Callable[[], Mapping[str, str]] = dict) -> Ready:
    """Of a process with a database, which must answer. Without Rasa questions can still be answered."""

    async def ready() -> Mapping[str, str]:
        try:
            async with asyncio.timeout(PATIENCE):
                await system.store.ping()
        except (SQLAlchemyError, OSError):
            raise NotReady("the database does not answer") from None
        if _disk_is_full(system.store):
            raise NotReady("the disk is full: nothing new can be kept")
        return {"entries": str(system.intake.published), "database": "answers", **standing()}

    return ready


def _disk_is_full(store: Store) -> bool:
    """Of SQLite's disk; a database server's is not ours to look at."""
    database = store.engine.url.database
    return not store.shared and bool(database) and shutil.disk_usage(Path(database or "").parent).free < LEAST_BYTES


async def figures(system: System) -> bytes:
    """All metrics of a process with a database."""
    system.metrics.ear_queue.set(system.ear.queue_length)
    with contextlib.suppress(SQLAlchemyError, OSError):  # /readyz tells of that; the other figures are still wanted
        async with asyncio.timeout(PATIENCE):
            await system.figures.read()
    return system.metrics.text()
