"""Warnings: from the file in the watched folder to the first message at Telegram's server."""

import asyncio
import random
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from bot.channels.telegram import TelegramChannel
from bot.delivery.outbox import Outbox
from bot.metrics import Metrics
from bot.schedule import Schedule
from bot.settings import Settings
from bot.warnings.sources import warning_intake, warning_sources
from dialogs.warning_text import warning_reply
from knowledge_base.store import Store
from knowledge_base.warnings.cap_write import write_cap
from knowledge_base.warnings.models import PersonRow
from tests.bench.bot_server import Gate
from tests.bench.drain import UNBOUND, Counter, at_work, clock
from tests.bench.figures import Timing, show
from tests.fakes.alarm import VILLAGE, rainstorm
from tests.fakes.bot_api import BotApi
from tests.fakes.preferences import MemoryPreferences

TIMES = 30
PEOPLE = 300
"""In the area of each warning."""


async def warnings(work: Path, *, times: int = TIMES, people: int = PEOPLE) -> None:
    """The figures: folder, schedule, intake, outbox, worker and channel as in the product, the server beside them."""
    store = Store(f"sqlite+aiosqlite:///{work / 'warnings.db'}")
    await store.migrate()
    async with store.session() as session:
        session.add_all(
            PersonRow(channel="telegram", user=str(user), place=VILLAGE, crops=[], animals=[], updated_at=clock())
            for user in range(1, people + 1)
        )
    metrics, outbox, gate, folder = Metrics(), Outbox(store, clock), Gate(keeps=False), work / "in"
    settings = Settings(warning_folder=folder, _env_file=None)
    intake = warning_intake(settings, store, outbox, metrics, clock, text=warning_reply)
    schedule = Schedule(metrics.failed)
    first, last = [], []
    async with (
        BotApi(ceilings=gate) as api,
        warning_sources(settings, store, metrics, clock, intake=intake, schedule=schedule),
    ):
        api.chats.known.update(range(1, people + 1))
        channel = TelegramChannel(
            api.token, preferences=MemoryPreferences(), clock=clock, api_base=api.base, pace=UNBOUND
        )
        folder.mkdir(exist_ok=True)
        schedule.start()
        async with at_work(outbox, channel, Counter(times * people)):
            for number in range(times):
                await asyncio.sleep(random.uniform(0, 1))
                gate.times.clear()
                dropped = await asyncio.to_thread(_drop, folder, number)
                await api.until(lambda: len(gate.times) >= people, 300)
                first.append((gate.times[0] - dropped) * 1000)
                last.append((gate.times[-1] - dropped) * 1000)
        schedule.stop()
        await channel.close()
    await store.close()
    show(Timing(f"warning to {people}: file to first message", first).row())
    show(Timing(f"warning to {people}: file to last, no ceiling", last).row())


def _drop(folder: Path, number: int) -> float:
    """Put a warning into the folder; when it appeared there."""
    sent = clock().replace(microsecond=0) - timedelta(seconds=1)
    alert = replace(rainstorm(f"bench-{number}", sent), sent=sent)
    part = folder / f"{number}.part"
    part.write_bytes(write_cap(alert))
    part.rename(folder / f"{number}.xml")
    return time.monotonic()
