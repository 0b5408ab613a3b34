"""Where arrivals come in: each is answered once, in order per person, in time as the reply to the call or later."""

import asyncio
from collections.abc import Awaitable, Sequence
from functools import partial

import structlog

from bot.channels.base import RateLimited, SendError
from bot.channels.lanes import Lanes
from bot.channels.wechat import wire
from bot.channels.wechat.arrival import Arrival, read
from bot.channels.wechat.conversation import Conversation
from bot.channels.wechat.ledger import Debt, Ledger, Verdict
from bot.channels.wechat.outgoing import Outgoing
from bot.channels.wechat.pace import Pace
from bot.channels.wechat.parts import Part, Picture, Speech, Words
from bot.channels.wechat.render import written
from bot.channels.wechat.texts import Texts

log = structlog.get_logger(__name__)

FAULTS = 5
"""Tries of an answer that may end in an error of our own; then it is given up."""


class Visit:
    """One arrival that is being worked on. `reply` becomes the text to give to the waiting call, empty for none."""

    def __init__(self, arrival: Arrival, body: str) -> None:
        loop = asyncio.get_running_loop()
        self.arrival = arrival
        self.body = body
        self.reply: asyncio.Future[str] = loop.create_future()
        self.decided = False
        """The answer goes out as the reply: it is being booked."""
        self.owed: asyncio.Future[bool] | None = None
        """Set when the call was answered without it; becomes whether it is ours to send."""


class Reception:
    """Takes arrivals in, and takes up what is owed."""

    def __init__(
        self, conversation: Conversation, outgoing: Outgoing, ledger: Ledger, *, texts: Texts, pace: Pace
    ) -> None:
        self._conversation = conversation
        self._outgoing = outgoing
        self._ledger = ledger
        self._texts = texts
        self._pace = pace
        self._lanes = Lanes(pace.parallel)
        self._open: dict[str, Visit] = {}
        self._paying: set[str] = set()

    async def accept(self, arrival: Arrival, body: str, left: float) -> str | None:
        """The text to reply to the call with, after `left` seconds at most; empty where there is none, or not yet.

        None: WeChat is to ask again, here or at another process.
        """
        visit = self._open.get(arrival.key)
        if visit is None:
            if self._lanes.waiting(arrival.user) > self._pace.waiting:
                return self._texts.too_fast
            visit = self._begin(arrival, body)
        await asyncio.wait({visit.reply}, timeout=max(0.0, left))
        if visit.decided and not visit.reply.done():
            await asyncio.wait({visit.reply}, timeout=self._pace.decided)
        if visit.reply.done() and not visit.reply.cancelled():
            return visit.reply.result()
        if visit.reply.done() and visit.owed is None:
            return None
        await self._later(visit)
        return ""

    async def take_up(self) -> None:
        """Go on with answers that are owed and nobody is at work on."""
        for debt in await self._ledger.take_up():
            arrival = read(wire.read(debt.body.encode()))
            if arrival is not None and debt.key not in self._open and debt.key not in self._paying:
                self._paying.add(debt.key)
                done = self._lanes.submit(debt.user, partial(self._pay, arrival, debt))
                done.add_done_callback(partial(self._paid, debt.key))

    async def close(self) -> None:
        """Let what is being answered be finished within `Pace.grace`, cancel the rest."""
        await self._lanes.close(self._pace.grace)

    def _begin(self, arrival: Arrival, body: str) -> Visit:
        visit = self._open[arrival.key] = Visit(arrival, body)
        done = self._lanes.submit(arrival.user, lambda: self._handle(visit))
        done.add_done_callback(lambda _: self._ended(visit))
        return visit

    def _ended(self, visit: Visit) -> None:
        self._open.pop(visit.arrival.key, None)
        if not visit.reply.done():
            visit.reply.cancel()

    def _paid(self, key: str, _done: "asyncio.Future[None]") -> None:
        self._paying.discard(key)

    async def _later(self, visit: Visit) -> None:
        """Book the answer as owed, once; only then may WeChat be told that it need not repeat the message."""
        if visit.owed is None:
            visit.owed = asyncio.get_running_loop().create_future()
            mine = True
            try:
                mine = await self._ledger.owe(visit.arrival.key, visit.arrival.user, visit.body)
            except Exception as error:  # noqa: BLE001 without the database the answer still goes out, by this process
                log.error("wechat_not_booked", error=type(error).__name__)
            visit.owed.set_result(mine)

    async def _handle(self, visit: Visit) -> None:
        parts = await self._parts(visit.arrival)
        if visit.owed is None:
            visit.decided = True
            await self._reply(visit, parts)
        elif await visit.owed:
            await self._send(visit.arrival, parts, 0, 0)

    async def _reply(self, visit: Visit, parts: Sequence[Part]) -> None:
        arrival, first = visit.arrival, parts[0] if parts else None
        text = (
            written(first.text, first.choices, self._texts, countable=first.countable)
            if isinstance(first, Words)
            else ""
        )
        sent = int(bool(text))
        more = len(parts) > sent
        verdict = Verdict.MINE
        try:
            verdict = await self._ledger.reply(arrival.key, arrival.user, visit.body if more else None, sent)
        except Exception as error:  # noqa: BLE001 without the database there is an answer too
            log.error("wechat_not_booked", error=type(error).__name__)
        if visit.owed is not None:  # booking took so long that the call was answered without it
            if await visit.owed:
                await self._send(arrival, parts, 0, 0)
            return
        visit.reply.set_result("" if verdict is Verdict.ELSEWHERE else text)
        if more and verdict is Verdict.MINE:
            await self._send(arrival, parts, sent, 0)

    async def _pay(self, arrival: Arrival, debt: Debt) -> None:
        await self._send(arrival, await self._parts(arrival), debt.sent, debt.tries)

    async def _parts(self, arrival: Arrival) -> Sequence[Part]:
        try:
            return await self._conversation.answer(arrival)
        except Exception as error:  # noqa: BLE001 whatever breaks in here must not take the other people along
            log.error("wechat_message_not_answered", error=type(error).__name__)
            return [Words(self._texts.trouble)]

    async def _send(self, arrival: Arrival, parts: Sequence[Part], sent: int, tries: int) -> None:
        """Send what is not out yet, and book how far it came. Raises nothing but cancellation."""
        for index in range(sent, len(parts)):
            try:
                await self._part(arrival.user, parts[index])
            except Exception as error:  # noqa: BLE001 the next person's answer goes out all the same
                wait = self._again(error, tries + 1)
                log.warning("wechat_answer_not_sent", error=type(error).__name__, again=wait is not None)
                if wait is not None:
                    await self._book(self._ledger.put_off(arrival.key, wait))
                    return
                break
            if index + 1 < len(parts):
                await self._book(self._ledger.progress(arrival.key, index + 1))
        await self._book(self._ledger.settle(arrival.key))

    def _again(self, error: Exception, tries: int) -> float | None:
        """Seconds until the next try; None where there is none."""
        if isinstance(error, RateLimited):
            return error.retry_after
        if isinstance(error, SendError):
            return self._pace.pause(tries) if error.retryable else None
        return self._pace.pause(tries) if tries < FAULTS else None

    async def _part(self, user: str, part: Part) -> None:
        match part:
            case Words(text, offers, countable):
                await self._outgoing.text(user, text, offers, countable=countable)
            case Picture(address):
                await self._outgoing.picture(user, address)
            case Speech(spoken, slow):
                await self._outgoing.voice(user, spoken, slow=slow)

    async def _book(self, booking: Awaitable[None]) -> None:
        try:
            await booking
        except Exception as error:  # noqa: BLE001 what is out is out
            log.error("wechat_not_booked", error=type(error).__name__)
