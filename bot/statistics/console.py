"""The statistics put together: the pages for the console, and the jobs that count."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from fastapi import APIRouter

from bot.place_names import PlaceNames
from bot.schedule import Schedule
from bot.statistics import pages
from bot.statistics.orders import OrderFigures
from bot.statistics.reach import Reaches
from bot.statistics.report import Reports
from bot.statistics.service_tables import ServiceTables
from dialogs.places import Places
from knowledge_base.curation.clusters import Clusters
from knowledge_base.curation.console.kit import Kit
from knowledge_base.statistics.counts import Counts
from knowledge_base.statistics.rollup import RollUp
from knowledge_base.store import Store

COUNT_EVERY = timedelta(minutes=1)
"""Whoever has just set it up and asked something looks for it on the page."""
OTHERS_EVERY = timedelta(hours=1)
SETTLED_IN = timedelta(seconds=15)
"""After the start, which has other work; well before anybody has signed in."""


def statistics_pages(
    kit: Kit, store: Store, clusters: Clusters, places: Places, clock: Callable[[], datetime]
) -> Sequence[APIRouter]:
    """The page, and its workbook."""
    others = ServiceTables(clusters, Reaches(store, clock), OrderFigures(store, clock), kit.text)

    def say(key: str, **values: object) -> str:
        return kit.text(f"statistics.{key}", **values)

    reports = Reports(Counts(store), others, say, places.full_name)
    return (pages.routes(kit, reports, PlaceNames(places.code, places.full_name)),)


def count_up(schedule: Schedule, store: Store, clock: Callable[[], datetime]) -> None:
    """Have turns and tries to deliver counted every minute, warnings and orders every hour."""
    roll_up, reaches, orders = RollUp(store), Reaches(store, clock), OrderFigures(store, clock)

    async def count() -> None:
        await roll_up.run()

    async def reach() -> None:
        await reaches.run()

    async def order() -> None:
        await orders.run()

    schedule.every(COUNT_EVERY, "count_turns", count, first=clock() + SETTLED_IN)
    schedule.every(OTHERS_EVERY, "count_warnings", reach, first=clock() + SETTLED_IN)
    schedule.every(OTHERS_EVERY, "count_orders", order, first=clock() + SETTLED_IN)
