"""What operators and their tools look at: /healthz, /readyz, /metrics."""

import contextlib

from fastapi import FastAPI, Response
from sqlalchemy.exc import SQLAlchemyError

from bot.app import System, system_clock
from knowledge_base.warnings.speaker_registry import SpeakerRegistry

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def add_health(app: FastAPI, system: System) -> None:
    """Add the three routes to the web application."""

    async def healthz() -> dict[str, str]:
        """The process lives."""
        return {"status": "ok"}

    async def readyz(response: Response) -> dict[str, str]:
        """Whether questions can be answered; 503 with the reason where not. Without Rasa they still can."""
        try:
            await system.store.ping()
        except SQLAlchemyError:
            response.status_code = 503
            return {"status": "not ready", "reason": "the database does not answer"}
        return {"status": "ready", "entries": str(system.intake.published)}

    async def metrics() -> Response:
        """Prometheus metrics."""
        system.metrics.ear_queue.set(system.ear.queue_length)
        with contextlib.suppress(SQLAlchemyError):  # /readyz tells of that; the other figures are still wanted
            system.metrics.outbox(await system.outbox.backlog(), system_clock())
            system.metrics.speakers(await SpeakerRegistry(system.store, system_clock).counts())
        return Response(system.metrics.text(), media_type=METRICS_TYPE)

    app.add_api_route("/healthz", healthz)
    app.add_api_route("/readyz", readyz)
    app.add_api_route("/metrics", metrics)
