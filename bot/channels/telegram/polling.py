"""Long polling that confirms an update only after it was handled."""

import asyncio
from collections.abc import Callable, Iterator
from functools import partial

import structlog
from aiogram.methods import GetUpdates
from aiogram.types import Update
from pydantic import ValidationError

from bot.channels.base import RateLimited, SendError
from bot.channels.telegram.api import Api, Sleep
from bot.channels.telegram.arrival import ALLOWED
from bot.channels.telegram.faults import Taken, TokenRefused, Undecodable
from bot.channels.telegram.pace import Pace

log = structlog.get_logger(__name__)


class Polling:
    """Fetches updates and hands them to `accept`, whose future says when one may be forgotten.

    The offset, which confirms everything below it, is the oldest update that is not handled yet. Whatever is killed
    in between is delivered again. While something is being handled the server repeats it with each poll, at most 100
    updates in all; so there is a pause between such polls, and the repeated ones are passed over.
    """

    def __init__(
        self,
        api: Api,
        accept: Callable[[Update], "asyncio.Future[None]"],
        pace: Pace,
        sleep: Sleep,
        reachable: Callable[[bool], None],
    ) -> None:
        self._api = api
        self._accept = accept
        self._pace = pace
        self._sleep = sleep
        self._reachable = reachable
        self._offset: int | None = None
        self._open: set[int] = set()
        self._handled: set[int] = set()
        self._newest = 0
        self._one_done = asyncio.Event()

    async def run(self) -> None:
        """Poll until cancelled. Raises `TokenRefused`."""
        failures = 0
        while True:
            try:
                updates = await self._poll(self._pace.poll)
            except TokenRefused:
                raise
            except SendError as error:
                failures += 1
                if failures == 1 or isinstance(error, Taken):
                    log.warning("telegram_poll_failed", kind=type(error).__name__, error=str(error))
                self._reachable(False)
                await self._sleep(error.retry_after if isinstance(error, RateLimited) else self._pace.pause(failures))
                continue
            failures = 0
            self._reachable(True)
            self._take(updates)
            await self._breathe()

    async def confirm(self) -> None:
        """Before ending: confirm what is handled, so that it is not delivered again. Failing is harmless."""
        self._advance()
        if self._offset is None:
            return
        try:
            async with asyncio.timeout(2):
                await self._poll(0)
        except (SendError, TimeoutError):
            log.info("telegram_last_confirmation_failed")

    async def _poll(self, seconds: int) -> list[Update]:
        self._advance()
        request = GetUpdates(offset=self._offset, limit=100, timeout=seconds, allowed_updates=ALLOWED)
        try:
            return await self._api.once(request, timeout=seconds + self._pace.request)
        except Undecodable as error:
            updates = list(self._readable(error.data))
            if not updates and not self._handled:
                raise
            return updates

    def _readable(self, answer: object) -> Iterator[Update]:
        """One update of a kind that aiogram does not know yet must not hold up all others: it is passed over."""
        result = answer.get("result") if isinstance(answer, dict) else None
        for item in result if isinstance(result, list) else ():
            try:
                yield Update.model_validate(item, context={"bot": self._api.bot})
            except ValidationError:
                number = item.get("update_id") if isinstance(item, dict) else None
                if isinstance(number, int) and number not in self._handled:
                    log.warning("telegram_update_unreadable", update=number)
                    self._see(number)
                    self._handled.add(number)

    def _take(self, updates: list[Update]) -> None:
        for update in updates:
            number = update.update_id
            if number in self._open or number in self._handled:
                continue
            self._see(number)
            self._open.add(number)
            self._accept(update).add_done_callback(partial(self._ended, number))

    def _see(self, number: int) -> None:
        """Not simply the highest: after a week without updates Telegram begins anew anywhere."""
        self._newest = max(self._newest, number) if self._open or self._handled else number

    def _ended(self, number: int, future: "asyncio.Future[None]") -> None:
        if future.cancelled():
            return
        error = future.exception()
        if error is not None:
            log.error("telegram_update_failed", error=type(error).__name__)
        self._open.discard(number)
        self._handled.add(number)
        self._one_done.set()

    def _advance(self) -> None:
        if self._open:
            self._offset = min(self._open)
            self._handled = {number for number in self._handled if number > self._offset}
        elif self._handled:
            self._offset = self._newest + 1
            self._handled.clear()

    async def _breathe(self) -> None:
        """While something is open: wait until the offset moves, or a little, since only then news can come."""
        before = self._offset
        try:
            async with asyncio.timeout(self._pace.poll_again):
                while self._open:
                    self._one_done.clear()
                    self._advance()
                    if self._offset != before:
                        return
                    await self._one_done.wait()
        except TimeoutError:
            return
