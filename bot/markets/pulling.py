"""Price services on the schedule."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import httpx

from bot.schedule import Schedule
from knowledge_base.markets.intake import Intake
from knowledge_base.markets.pull import Pull
from knowledge_base.markets.service import read_services
from knowledge_base.store import Store


@asynccontextmanager
async def price_services(
    path: Path | None,
    store: Store,
    intake: Intake,
    clock: Callable[[], datetime],
    *,
    schedule: Schedule,
    failed: Callable[[str], None],
) -> AsyncIterator[None]:
    """Put the services of a file on the schedule; for as long as the block lasts they can be asked.

    Raises `ServicesBroken` and OSError.
    """
    services = read_services(path) if path is not None else ()
    async with httpx.AsyncClient() as client:
        for number, service in enumerate(services, 1):
            pull = Pull(service, store, intake, client, clock, failed=failed)

            async def ask(pull: Pull = pull) -> None:
                await pull.run()

            schedule.every(timedelta(minutes=service.minutes), f"prices.pull.{number}", ask, first=clock())
        yield
