"""The worker and the real Telegram channel at a server on its worst day: everybody has the message, red first."""

import asyncio
import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiogram.methods import SendMessage, TelegramMethod
from sqlalchemy import func, select

from bot.channels.telegram import TelegramChannel
from bot.delivery.models import AttemptRow, OutboxRow
from bot.delivery.outbox import Envelope, Outbox
from bot.delivery.worker import Bounds, Worker
from dialogs.messages import Reply, ReplyKind
from knowledge_base.store import Store
from tests.fakes.bot_api import BotApi
from tests.fakes.post import Watcher
from tests.fakes.telegram import PACE, channel_at

RED, BLUE, LATE = range(1, 101), range(101, 301), range(301, 321)
PARALLEL = 8


class Hurrying:
    """A clock that runs a hundred times as fast: the pauses between tries pass in no time."""

    def __init__(self) -> None:
        self._started = datetime.now(UTC)

    def __call__(self) -> datetime:
        now = datetime.now(UTC)
        return now + 99 * (now - self._started)


def order_faults(api: BotApi, chance: random.Random) -> Counter[str]:
    """What the server does with the next calls, once in three something bad; how often what."""
    ordered: Counter[str] = Counter()
    for _ in range(400):
        manner = chance.choices(["none", "429", "500", "hang", "lose", "garble"], [66, 8, 10, 3, 8, 5])[0]
        ordered[manner] += 1
        if manner == "none":
            api.faults.spare("sendMessage")
        elif manner == "429":
            api.fail_next("sendMessage", 429, retry_after=chance.choice([1, 2, 3]))
        elif manner == "500":
            api.fail_next("sendMessage", 500)
        elif manner == "hang":
            api.hang_next("sendMessage")
        elif manner == "lose":
            api.lose_next("sendMessage")
        else:
            api.garble_next("sendMessage")
    return ordered


def note_answers(channel: TelegramChannel) -> Counter[int]:
    """How many messages to each chat the server has said that it took, from now on."""
    api, answered = channel._api, Counter[int]()
    assert api is not None
    once = api.once

    async def noting(method: TelegramMethod[Any], timeout: float | None = None) -> Any:  # noqa: ASYNC109 - as it has
        result = await once(method, timeout)
        if isinstance(method, SendMessage):
            answered[int(method.chat_id)] += 1
        return result

    api.once = noting  # type: ignore[method-assign]
    return answered


async def put(outbox: Outbox, store: Store, users: range, priority: int, expires_at: datetime) -> None:
    async with store.session() as session:
        text = f"{priority}级"
        await outbox.put(
            session,
            (
                Envelope("telegram", str(user), "w", Reply(ReplyKind.INFO, text), priority, expires_at=expires_at)
                for user in users
            ),
        )


@pytest.mark.parametrize("seed", [20261122, 5])
async def test_everybody_has_it_though_the_server_fails_in_every_way(store: Store, seed: int) -> None:
    clock, watcher = Hurrying(), Watcher()
    outbox = Outbox(store, clock)
    async with BotApi() as api:
        api.chats.known.update([*RED, *BLUE, *LATE])
        ordered = order_faults(api, random.Random(seed))
        far = clock() + timedelta(days=30)
        await put(outbox, store, BLUE, 4, far)
        await put(outbox, store, RED, 1, far)
        await put(outbox, store, LATE, 1, clock() - timedelta(seconds=1))
        channel = channel_at(api, pace=replace(PACE, request=1, tries=2, retry=0.01))
        answered = note_answers(channel)
        bounds = Bounds(parallel=PARALLEL, poll=0.02, fresh=0.1, sweep=0.1)
        worker = asyncio.create_task(Worker(outbox, channel, clock=clock, observer=watcher, bounds=bounds).run())
        try:
            await watcher.until(lambda w: w.outcomes.count(("telegram", "sent")) == len(RED) + len(BLUE))
        finally:
            worker.cancel()
            await asyncio.gather(worker, return_exceptions=True)
            await channel.close()
        copies = Counter(sent.chat for sent in api.sent)
        lost = ordered["lose"]

    assert set(copies) == {*RED, *BLUE}, "everybody, and nobody after it has expired"
    assert api.faults.left == 0, "every failure was met"
    # An answer is lost as well where this machine was too busy to see it within the second.
    assert answered == dict.fromkeys(copies, 1), "twice only where the server took it and its answer was lost"
    assert sum(copies.values()) - len(copies) >= lost
    # All red ones are tried before any blue one, but for what is under way at the same time.
    tried = list(dict.fromkeys(int(params["chat_id"]) for params in api.called("sendMessage")))
    assert set(RED) <= set(tried[: len(RED) + PARALLEL])
    async with store.session() as session:
        states = Counter((await session.scalars(select(OutboxRow.state))).all())
        attempts = await session.scalar(select(func.count()).select_from(AttemptRow))
    assert states == {"sent": len(RED) + len(BLUE), "expired": len(LATE)}
    assert attempts == len(watcher.outcomes)
    assert not watcher.failures
