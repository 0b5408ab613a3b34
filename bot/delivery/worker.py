"""Sends what is due on one channel, for as long as the process lives."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

import structlog
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError
from structlog.contextvars import bound_contextvars

from bot.channels.base import Channel, SendError, Unreachable
from bot.delivery.ledger import Ledger
from bot.delivery.outbox import Claimed, Outbox
from bot.delivery.policy import Outcome, State, outcome
from knowledge_base.request import REQUEST

log = structlog.get_logger(__name__)


class Observer(Protocol):
    """Hears how tries end, for metrics. Gets no text and no person."""

    def delivered(self, channel: str, what: str) -> None: ...

    def failed(self, where: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Bounds:
    """How a worker works; times in seconds.

    What a kill can make go out twice is at most `parallel` + `unrecorded` messages, and in practice what is being sent:
    results are written down as soon as the transaction before is done.
    """

    parallel: int = 16
    """Messages being sent at the same time. How fast a channel may be written to is the channel's own affair."""
    unrecorded: int = 48
    """Messages that have been sent, or tried, and are not recorded yet; beyond that no other one is begun."""
    portion: int = 64
    """The most that is claimed at once; less where the channel is slow, so that few are held that are not begun."""
    fresh: float = 0.5
    """After this time what is held and not begun is given back and chosen anew: another process may have put in
    something more urgent, or withdrawn it."""
    lease: float = 30
    """What a killed worker had in hand is taken up again after this time; a living one renews its lease."""
    send: float = 120
    """One try; a channel that has not answered by then counts as unreachable."""
    poll: float = 5
    """Between looks at what another process has put in, or has become due."""
    sweep: float = 60
    """Between looks for what has expired, and for what a clock that was put back has left."""
    grace: float = 2
    """On shutdown, for messages that are being sent, and again for results that are being recorded."""
    again: float = 1
    """Until the store is tried again that did not answer."""


class Worker:
    """One channel's. On a channel where people must be there, it takes only messages of those who are."""

    def __init__(
        self,
        outbox: Outbox,
        channel: Channel,
        *,
        clock: Callable[[], datetime],
        observer: Observer,
        bounds: Bounds | None = None,
    ) -> None:
        self._outbox = outbox
        self._channel = channel
        self._clock = clock
        self._observer = observer
        self._bounds = bounds or Bounds()
        self._lease = timedelta(seconds=self._bounds.lease)
        self._ledger = Ledger(outbox, self._bounds.again, kept=self._recorded, trouble=self._trouble)
        self._wake = asyncio.Event()
        self._news = False
        """Something was put that may be more urgent than what is held."""
        self._arrived: set[str] = set()
        self._held: deque[Claimed] = deque()
        """Claimed and not begun, the most urgent first."""
        self._claimed_at = float("-inf")
        self._portion = self._bounds.parallel
        self._sending: dict[str, asyncio.Task[None]] = {}
        self._to: dict[str, str] = {}
        """The person of each message that is being sent, or whose result is not recorded yet."""
        self._returned: set[str] = set()
        """Who came while a message to them was in hand, perhaps to a page that is gone."""
        self._swept_at = float("-inf")
        outbox.on_put(self._new)
        if channel.presence is not None:
            channel.presence.on_arrival(self._came)

    async def run(self) -> None:
        """Send until cancelled. Nothing that a message or the store does ends it."""
        aside = [asyncio.create_task(self._renew()), asyncio.create_task(self._ledger.run())]
        try:
            while True:
                self._wake.clear()
                try:
                    await self._take_up()
                except Exception as error:  # noqa: BLE001 - the queue goes on, whatever is the matter
                    self._trouble("claim", error)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._bounds.fresh if self._held else self._bounds.poll):
                        await self._wake.wait()
        finally:
            await self._end()
            for task in aside:
                task.cancel()
            await asyncio.gather(*aside, return_exceptions=True)

    def _new(self) -> None:
        self._news = True
        self._wake.set()

    def _came(self, user: str) -> None:
        self._arrived.add(user)
        if user in self._to.values():
            self._returned.add(user)
        self._wake.set()

    async def _take_up(self) -> None:
        """Hold what is most urgent now, and begin as much of it as there is room for."""
        if self._arrived:
            arrived, self._arrived = self._arrived, set()
            await self._outbox.hurry(self._channel.name, arrived)
        now = asyncio.get_running_loop().time()
        if now >= self._swept_at + self._bounds.sweep:
            self._swept_at = now
            await self._outbox.expire()
            await self._outbox.set_right(self._channel.name, self._lease)
        if self._held and (self._news or now >= self._claimed_at + self._bounds.fresh):
            await self._give_back()
        self._news = False
        if not self._held and self._room():
            await self._claim(now)
        self._begin()

    async def _claim(self, now: float) -> None:
        presence = self._channel.presence
        users = None if presence is None else presence.here()
        if users is not None and not users:
            return
        quick = now < self._claimed_at + self._bounds.fresh / 2
        self._portion = min(2 * self._portion, self._bounds.portion) if quick else self._bounds.parallel
        claimed = await self._outbox.claim(
            self._channel.name, self._portion, self._lease, users=users, without=tuple(self._to)
        )
        self._held.extend(claimed)
        self._claimed_at = now

    async def _give_back(self) -> None:
        held = list(self._held)
        self._held.clear()
        try:
            await self._outbox.give_back(held)
        except BaseException:
            self._held.extend(held)
            raise

    def _room(self) -> bool:
        bounds = self._bounds
        return len(self._sending) < bounds.parallel and len(self._to) < bounds.parallel + bounds.unrecorded

    def _begin(self) -> None:
        while self._held and self._room():
            message = self._held.popleft()
            task = asyncio.create_task(self._deliver(message))
            self._sending[message.id] = task
            self._to[message.id] = message.user
            task.add_done_callback(partial(self._ended, message.id))

    async def _deliver(self, message: Claimed) -> None:
        # From the sending until the ledger has written it down, a crash makes a message go out twice.
        self._ledger.add(message.id, await self._try(message))

    def _ended(self, message: str, task: asyncio.Task[None]) -> None:
        del self._sending[message]
        if message not in self._ledger.messages:
            self._out_of_hand([message])
        if not task.cancelled() and isinstance(error := task.exception(), Exception):
            self._trouble("deliver", error)
        self._begin()
        if not self._held:
            self._wake.set()

    def _recorded(self, results: Mapping[str, Outcome]) -> None:
        for result in results.values():
            self._observer.delivered(self._channel.name, result.what)
        self._out_of_hand(results)
        self._begin()

    def _out_of_hand(self, messages: Iterable[str]) -> None:
        for message in messages:
            user = self._to.pop(message)
            if user in self._returned:
                self._returned.discard(user)
                self._arrived.add(user)
        self._wake.set()

    async def _try(self, message: Claimed) -> Outcome:
        # Whatever is logged of it, here or in the channel, bears the number of the request that led to it.
        with bound_contextvars(**{REQUEST: message.request} if message.request else {}):
            return await self._tried(message)

    async def _tried(self, message: Claimed) -> Outcome:
        seconds = self._bounds.send
        if message.expires_at is not None:
            seconds = min(seconds, (message.expires_at - self._clock()).total_seconds())
            if seconds <= 0:
                return Outcome(State.EXPIRED, "expired")
        try:
            reply = message.reply()
        except ValidationError:
            log.error("delivery_unreadable", channel=self._channel.name)
            return Outcome(State.FAILED, "unreadable")
        error: Exception | None = None
        try:
            async with asyncio.timeout(seconds):
                await self._channel.send(message.user, reply, message.id)
        except TimeoutError:
            error = Unreachable("no answer in time")
        except Exception as raised:  # noqa: BLE001 - the policy judges every error
            error = raised
        faults = await self._faults(message, error)
        result = outcome(
            error, now=self._clock(), expires_at=message.expires_at, tries=message.tries + 1, faults=faults
        )
        if result.what == "fault":
            self._trouble("send", error)
        return result

    async def _faults(self, message: Claimed, error: Exception | None) -> int:
        """How many tries ended in an error of our own, this one too. Counted as few where the store does not answer."""
        if error is None or isinstance(error, SendError):
            return 0
        with contextlib.suppress(SQLAlchemyError):
            return await self._outbox.attempts(message.id, "fault") + 1
        return 1

    async def _renew(self) -> None:
        """A second worker must not take what this one still has in hand."""
        while True:
            await asyncio.sleep(self._bounds.lease / 3)
            if in_hand := [*self._to, *(message.id for message in self._held)]:
                try:
                    await self._outbox.hold(in_hand, self._lease)
                except SQLAlchemyError as error:
                    self._trouble("renew", error)

    async def _end(self) -> None:
        """Let what is under way end; give the rest back, so that the next worker need not wait for the lease."""
        held = list(self._held)
        self._held.clear()
        if self._sending:
            await asyncio.wait(self._sending.values(), timeout=self._bounds.grace)
        left = dict(self._sending)
        for task in left.values():
            task.cancel()
        await asyncio.gather(*left.values(), return_exceptions=True)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._bounds.grace):
                await self._ledger.done()
        with contextlib.suppress(SQLAlchemyError):
            await self._outbox.hold(tuple(left), timedelta(0))
            await self._outbox.give_back(held)

    def _trouble(self, where: str, error: Exception | None) -> None:
        # The error's name only: its message may hold what a person said.
        self._observer.failed(f"delivery.{where}")
        log.error("delivery_trouble", channel=self._channel.name, where=where, error=type(error).__name__)
