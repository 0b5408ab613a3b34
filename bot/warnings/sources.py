"""All ways in which warnings come, on the schedule."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import httpx

from bot.delivery.circular import Circulars
from bot.delivery.outbox import Outbox
from bot.metrics import Metrics
from bot.schedule import Schedule
from bot.settings import Settings
from bot.warnings.dispatch import OutboxDispatch, WarningText
from bot.warnings.first_send import FirstSends, colour_label
from bot.warnings.folder import WatchedFolder
from bot.warnings.looks import Looks
from bot.warnings.polling import PolledFeed
from knowledge_base.store import Store
from knowledge_base.warnings.dispatch import Follower
from knowledge_base.warnings.intake import Intake, Taken, Verify
from knowledge_base.warnings.signature import verify
from knowledge_base.warnings.villages import read_villages, take_in_villages

FOLDER_EVERY = timedelta(seconds=1)
SETTLE_EVERY = timedelta(seconds=5)
MEASURE_EVERY = timedelta(seconds=30)
LOOKS_EVERY = timedelta(seconds=20)
FOLDER = "folder"
_END = "-----END CERTIFICATE-----"

Clock = Callable[[], datetime]


def warning_intake(
    settings: Settings,
    store: Store,
    outbox: Outbox,
    metrics: Metrics,
    clock: Clock,
    *,
    text: WarningText,
    followers: Sequence[Follower] = (),
    drill_followers: Sequence[Follower] = (),
) -> Intake:
    """The intake over the outbox. Raises `OSError` where the certificates of the settings cannot be read."""
    return Intake(
        store,
        OutboxDispatch(Circulars(outbox, clock), text),
        clock,
        verify=_verifier(settings.warning_certificates, clock),
        patience=timedelta(seconds=settings.warning_patience),
        followers=followers,
        drill_followers=drill_followers,
        observer=observer(metrics),
    )


def observer(metrics: Metrics) -> Callable[[Taken], None]:
    """Counts what came in."""
    return lambda taken: metrics.warning(taken.source, taken.outcome, colour_label(taken.colour), taken.recipients)


def feed_name(number: int) -> str:
    """What a feed is called, by its place in the settings, from 1."""
    return f"feed.{number}"


def looked_at(settings: Settings) -> Sequence[str]:
    """The names of all sources that are looked at."""
    feeds = [feed_name(number) for number, _ in enumerate(settings.warning_feeds.split(), 1)]
    return [FOLDER, *feeds] if settings.warning_folder is not None else feeds


@asynccontextmanager
async def warning_sources(
    settings: Settings,
    store: Store,
    metrics: Metrics,
    clock: Clock,
    *,
    intake: Intake,
    schedule: Schedule,
    looks: Looks | None = None,
) -> AsyncIterator[None]:
    """Put the jobs on the schedule, `looks` hearing of each success; for as long as the block lasts, feeds can be asked. Raises `VillagesBroken`."""
    if settings.warning_villages is not None:
        await take_in_villages(store, await asyncio.to_thread(read_villages, settings.warning_villages))
    looks = looks or Looks(clock)
    schedule.every(SETTLE_EVERY, "warnings.settle", intake.settle, first=clock())
    measure = FirstSends(store, clock, metrics.first_sent)
    schedule.every(MEASURE_EVERY, "warnings.measure", measure.look, first=clock())
    if looks.shared:
        schedule.every(LOOKS_EVERY, "warnings.looks", looks.keep)
    if settings.warning_folder is not None:
        folder = WatchedFolder(settings.warning_folder, intake, metrics.failed, looked=looks.at(FOLDER))
        schedule.every(FOLDER_EVERY, "warnings.folder", folder.scan, first=clock())
    async with httpx.AsyncClient() as client:
        hosts = settings.warning_feed_hosts.split()
        for number, address in enumerate(settings.warning_feeds.split(), 1):
            looked = looks.at(feed_name(number))
            feed = PolledFeed(address, intake, client, metrics.failed, hosts=hosts, looked=looked)
            every = timedelta(seconds=settings.warning_feed_seconds)
            schedule.every(every, f"warnings.feed.{number}", feed.poll, first=clock())
        yield


def _verifier(certificates: Path | None, clock: Clock) -> Verify | None:
    if certificates is None:
        return None
    parts = certificates.read_text("utf-8").split(_END)[:-1]
    pems = [f"{part.strip()}\n{_END}\n" for part in parts]
    return lambda data: verify(data, pems, at=clock())
