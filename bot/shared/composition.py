"""Shared state put together: as much as the settings and the database allow."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from bot.delivery.outbox import Outbox
from bot.limiting import Limits
from bot.shared.observer import Observer
from bot.shared.pace import LocalPace, Pace, SharedPace
from bot.shared.slots import Slots
from dialogs.turn_order import InProcessOrder, TurnOrder
from knowledge_base.store import Store

if TYPE_CHECKING:
    from bot.shared.postgres_order import PostgresOrder
    from bot.shared.redis_link import RedisLink
    from knowledge_base.pulse import Pulse

TOLD_EVERY = 60.0
"""Seconds in which a person is told once that they are too fast."""


@dataclass(frozen=True, slots=True)
class Values:
    """What of the settings matters here; `redis_url` is empty where there is none."""

    redis_url: str = ""
    limit_burst: int = 15
    limit_seconds: float = 2.0
    limit_voice: float = 2.0
    limit_crowd: int = 2_000
    telegram_senders: int = 1


@dataclass(frozen=True, slots=True)
class Shared:
    """What processes share. `slots` is None where each keeps to its own part of Telegram's ceiling, one of `senders`."""

    order: TurnOrder
    limits: Limits
    slots: Slots | None
    senders: int
    redis: "RedisLink | None"


@asynccontextmanager
async def shared_state(values: Values, store: Store, outbox: Outbox, observer: Observer) -> AsyncIterator[Shared]:
    """For as long as the block lasts. Raises `ValueError` for what is no address of a Redis; a silent one raises nothing."""
    local = InProcessOrder()
    async with AsyncExitStack() as stack:
        order: TurnOrder = local
        if store.pulse is not None:
            order = _postgres(stack, store.pulse, outbox, observer, local)
        link = _redis(stack, values.redis_url, observer) if values.redis_url else None
        slots: Slots | None = None
        if link is not None:
            from bot.shared.order import SafeOrder  # noqa: PLC0415 - without Redis its client is not loaded
            from bot.shared.redis_order import RedisOrder  # noqa: PLC0415
            from bot.shared.redis_slots import RedisSlots  # noqa: PLC0415

            order = SafeOrder(RedisOrder(link, observer), order, local)
            slots = RedisSlots(link, "telegram", values.telegram_senders)
        person = Pace(max(values.limit_burst, values.limit_voice), values.limit_seconds)
        limits = Limits(
            _pace(link, "person", person),
            _pace(link, "told", Pace(1, TOLD_EVERY)),
            voice_cost=values.limit_voice,
            most=values.limit_crowd,
        )
        yield Shared(order, limits, slots, 1 if link else values.telegram_senders, link)


def _postgres(
    stack: AsyncExitStack, pulse: "Pulse", outbox: Outbox, observer: Observer, local: InProcessOrder
) -> "PostgresOrder":
    from bot.shared.bell import PostgresBell  # noqa: PLC0415 - without PostgreSQL its driver is not loaded
    from bot.shared.postgres_link import connect  # noqa: PLC0415
    from bot.shared.postgres_order import PostgresOrder  # noqa: PLC0415

    connecting = partial(connect, pulse)
    order = PostgresOrder(connecting, observer, local=local)
    stack.push_async_callback(order.close)
    bell = asyncio.create_task(PostgresBell(connecting, outbox.ring, outbox.wake, observer).run())
    stack.push_async_callback(_ended, bell)
    return order


def _redis(stack: AsyncExitStack, url: str, observer: Observer) -> "RedisLink":
    from bot.shared.redis_link import RedisLink  # noqa: PLC0415 - without Redis its client is not loaded

    link = RedisLink(url, observer)
    stack.push_async_callback(link.close)
    return link


def _pace(link: "RedisLink | None", name: str, pace: Pace) -> SharedPace:
    if link is None:
        return LocalPace(pace)
    from bot.shared.redis_pace import RedisPace  # noqa: PLC0415

    return RedisPace(link, name, pace)


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
