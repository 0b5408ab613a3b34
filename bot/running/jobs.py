"""The regular jobs: those that every process does for itself, and those that one does for all."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

from bot.app import System, system_clock
from bot.booking import parts as book
from bot.consultation.legal import go_round
from bot.forecasts import keep_fresh
from bot.leader import Leader, Work
from bot.markets.chat import tell_of_prices
from bot.markets.pulling import price_services
from bot.notices.parts import send_when_due
from bot.schedule import Schedule
from bot.statistics.console import count_up
from bot.warnings.broadcast import hand_over
from bot.warnings.calling import look_after
from bot.warnings.retention import keep_tidy
from bot.warnings.sources import warning_sources
from knowledge_base.warnings.intake import Intake

REDELIVERY = timedelta(days=3)
"""Telegram keeps an undelivered update for a day; after three nothing is sent again."""

READ_QUESTIONS = timedelta(minutes=10)
"""Waiting questions are read ahead of the console's page on them: ten thousand new ones take some ten seconds."""


@asynccontextmanager
async def own_jobs(system: System) -> AsyncIterator[None]:
    """What this process keeps in mind and on its disk for itself, kept fresh for as long as the block lasts."""
    schedule = Schedule(system.metrics.failed)

    async def read_questions() -> None:
        await system.clusters.current()

    schedule.every(READ_QUESTIONS, "read_questions", read_questions)
    system.services.privacy.look_after_folder(schedule)
    if system.learning is not None:
        schedule.every(timedelta(minutes=1), "learn", system.learning)
    schedule.start()
    try:
        yield
    finally:
        schedule.stop()


def shared_jobs(system: System, intake: Intake, leader: Leader) -> Work:
    """What the leader does for all processes, until cancelled; no job begins while its lead is in doubt."""

    async def work() -> None:
        schedule = Schedule(system.metrics.failed, may=lambda: leader.leads)
        async with AsyncExitStack() as stack:
            _on_the_clock(schedule, system)
            await _from_outside(schedule, system, intake, stack)
            stack.callback(schedule.stop)
            schedule.start()
            await asyncio.Event().wait()

    return work


def _on_the_clock(schedule: Schedule, system: System) -> None:
    async def forget() -> None:
        await system.conversations.forget_handled(system_clock() - REDELIVERY)

    warnings = system.services.warnings
    schedule.every(timedelta(hours=6), "forget_handled", forget, first=system_clock())
    look_after(schedule, warnings.ladder, warnings.chat.answers.help, system_clock)
    keep_tidy(schedule, system.store, system_clock)
    system.services.privacy.look_after(schedule)
    count_up(schedule, system.store, system_clock)
    send_when_due(schedule, system.services.notices)
    keep_fresh(schedule, system.forecasts)
    system.services.weather.schedule(schedule)
    book.look_after(schedule, system.services.booking)
    go_round(schedule, system.services.legal)
    tell_of_prices(schedule, system.store, system.services.prices, system.outbox, system_clock)


async def _from_outside(schedule: Schedule, system: System, intake: Intake, stack: AsyncExitStack) -> None:
    """Sources of warnings and prices, and the broadcast platform that warnings are handed to."""
    settings, warnings = system.settings, system.services.warnings
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
