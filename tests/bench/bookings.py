"""Contested bookings: how many a second, on SQLite and PostgreSQL, and that none is lost, doubled or over capacity.

By hand, as it takes its time: `python -m tests.bench.bookings [sqlite] [postgres] [number of orders]`.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import func, select

from dialogs.booking.models import EventRow
from dialogs.booking.states import Step
from knowledge_base.store import Store
from tests.bench.figures import show
from tests.fakes.contest import contest
from tests.fakes.postgres import postgres_server

ORDERS = 10_000
CLIENTS = 50
PROVIDERS = 10


async def bookings(name: str, url: str, orders: int = ORDERS) -> None:
    """The figures of one database; an assertion fails where the ledger is wrong."""
    store = Store(url)
    await store.migrate()
    started = time.perf_counter()
    held = await contest(store, orders, CLIENTS, PROVIDERS)
    seconds = time.perf_counter() - started
    query = select(EventRow.step, func.count()).group_by(EventRow.step).order_by(EventRow.step)
    async with store.session() as session:
        rows = await session.execute(query)
        steps = {str(step): int(count) for step, count in rows}
    await store.close()
    what = f"contested bookings, {CLIENTS} clients, {name}"
    show(f"{what:<44} n={orders} {seconds:9.1f} s   {sum(steps.values()) / seconds:.0f} steps/s")
    show(f"    came to {dict(held.outcomes)}")
    show(f"    accepted too late {steps.get(Step.FULL, 0)}; 0 over capacity, 0 lost, 0 doubled")


async def contested(databases: Sequence[str] = ("sqlite", "postgres"), orders: int = ORDERS) -> None:
    """One database after another."""
    if "sqlite" in databases:
        with tempfile.TemporaryDirectory(prefix="xiangyin-bench-") as folder:
            await bookings("SQLite", f"sqlite+aiosqlite:///{Path(folder) / 'bookings.db'}", orders)
    if "postgres" in databases:
        with postgres_server() as server:
            await bookings("PostgreSQL", server.new_database(), orders)


if __name__ == "__main__":
    wanted = [int(one) for one in sys.argv[1:] if one.isdigit()]
    named = [one for one in sys.argv[1:] if not one.isdigit()]
    asyncio.run(contested(named or ("sqlite", "postgres"), wanted[0] if wanted else ORDERS))
