"""Sends what is due on one channel, for as long as the process lives."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

import structlog
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.base import Channel, Unreachable
from bot.delivery.outbox import Claimed, Outbox
from bot.delivery.policy import Outcome, State, outcome

log = structlog.get_logger(__name__)


class Observer(Protocol):
    """Hears how tries end, for metrics. Gets no text and no person."""

    def delivered(self, channel: str, what: str) -> None: ...

    def failed(self, where: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Bounds:
    """How a worker works; times in seconds."""

    parallel: int = 8
    """Messages being sent at the same time. How fast a channel may be written to is the channel's own affair."""
    lease: float = 60
    """What a killed worker had in hand is taken up again after this time; a living one renews its lease."""
    send: float = 120
    """One try; a channel that has not answered by then counts as unreachable."""
    poll: float = 5
    """Between looks at what another process has put in, or has become due."""
    sweep: float = 60
    """Between looks for what has expired."""
    grace: float = 2
    """On shutdown, for messages that are being sent."""
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
        self._wake = asyncio.Event()
        self._arrived: set[str] = set()
        self._sending: dict[str, asyncio.Task[None]] = {}
        self._to: dict[str, str] = {}
        """The person of each message that is being sent."""
        self._returned: set[str] = set()
        """Who came while a message to them was being sent, perhaps to a page that is gone."""
        self._swept_at = float("-inf")
        outbox.on_put(self._wake.set)
        if channel.presence is not None:
            channel.presence.on_arrival(self._came)

    async def run(self) -> None:
        """Send until cancelled. Nothing that a message or the store does ends it."""
        renewing = asyncio.create_task(self._renew())
        try:
            while True:
                self._wake.clear()
                try:
                    await self._take_up()
                except Exception as error:  # noqa: BLE001 - the queue goes on, whatever is the matter
                    self._trouble("claim", error)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._bounds.poll):
                        await self._wake.wait()
        finally:
            renewing.cancel()
            await self._end()

    def _came(self, user: str) -> None:
        self._arrived.add(user)
        if user in self._to.values():
            self._returned.add(user)
        self._wake.set()

    async def _take_up(self) -> None:
        """Fill the free places with what is most urgent now."""
        if self._arrived:
            arrived, self._arrived = self._arrived, set()
            await self._outbox.hurry(self._channel.name, arrived)
        now = asyncio.get_running_loop().time()
        if now >= self._swept_at + self._bounds.sweep:
            self._swept_at = now
            await self._outbox.expire()
        free = self._bounds.parallel - len(self._sending)
        presence = self._channel.presence
        users = None if presence is None else presence.here()
        if free <= 0 or (users is not None and not users):
            return
        claimed = await self._outbox.claim(
            self._channel.name, free, self._lease, users=users, without=tuple(self._sending)
        )
        for message in claimed:
            task = asyncio.create_task(self._deliver(message))
            self._sending[message.id] = task
            self._to[message.id] = message.user
            task.add_done_callback(partial(self._done, message.id))

    def _done(self, message: str, _task: asyncio.Task[None]) -> None:
        del self._sending[message]
        user = self._to.pop(message)
        if user in self._returned:
            self._returned.discard(user)
            self._arrived.add(user)
        self._wake.set()

    async def _deliver(self, message: Claimed) -> None:
        result = await self._try(message)
        # Between the sending and this line lies the only moment at which a crash makes a message go out twice.
        while True:
            try:
                await self._outbox.record(message.id, result)
                break
            except SQLAlchemyError as error:
                self._trouble("record", error)
                await asyncio.sleep(self._bounds.again)
        self._observer.delivered(self._channel.name, result.what)

    async def _try(self, message: Claimed) -> Outcome:
        if message.expires_at is not None and message.expires_at <= self._clock():
            return Outcome(State.EXPIRED, "expired")
        try:
            reply = message.reply()
        except ValidationError:
            log.error("delivery_unreadable", channel=self._channel.name)
            return Outcome(State.FAILED, "unreadable")
        error: Exception | None = None
        try:
            async with asyncio.timeout(self._bounds.send):
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
        if error is None:
            return 0
        with contextlib.suppress(SQLAlchemyError):
            return await self._outbox.attempts(message.id, "fault") + 1
        return 1

    async def _renew(self) -> None:
        """A second worker must not take what this one is still sending."""
        while True:
            await asyncio.sleep(self._bounds.lease / 3)
            if self._sending:
                try:
                    await self._outbox.hold(tuple(self._sending), self._lease)
                except SQLAlchemyError as error:
                    self._trouble("renew", error)

    async def _end(self) -> None:
        """Let what is under way end; give the rest back, so that the next worker need not wait for the lease."""
        if not self._sending:
            return
        await asyncio.wait(self._sending.values(), timeout=self._bounds.grace)
        left = dict(self._sending)
        for task in left.values():
            task.cancel()
        await asyncio.gather(*left.values(), return_exceptions=True)
        if left:
            with contextlib.suppress(SQLAlchemyError):
                await self._outbox.hold(tuple(left), timedelta(0))

    def _trouble(self, where: str, error: Exception | None) -> None:
        # The error's name only: its message may hold what a person said.
        self._observer.failed(f"delivery.{where}")
        log.error("delivery_trouble", channel=self._channel.name, where=where, error=type(error).__name__)
