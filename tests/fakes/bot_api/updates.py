"""The queue of updates: kept until confirmed, handed out by long polling."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.fakes.bot_api.errors import ApiError

DEFAULT = {"message", "edited_message", "callback_query"}
"""Of the kinds that this server knows, those sent without `allowed_updates`."""


@dataclass(frozen=True)
class Queued:
    """An update that is not confirmed; `lane` orders webhook calls, as the server keeps them per chat and kind."""

    update_id: int
    lane: tuple[int, str]
    body: dict[str, Any]

    def json(self) -> dict[str, Any]:
        """As delivered."""
        return {"update_id": self.update_id, **self.body}


class UpdateQueue:
    """Updates in order; `repeat_pause` is the time within which a repeated offset gets a single update only."""

    def __init__(self, repeat_pause: float, notice: Callable[[], None]) -> None:
        self._notice = notice
        self.items: list[Queued] = []
        self.confirmed: list[Queued] = []
        self.allowed: set[str] = set(DEFAULT)
        self.webhook_set = False
        self.changed = asyncio.Event()
        self._repeat_pause = repeat_pause
        self._next_id = 1000
        self._poll: asyncio.Future[None] | None = None
        self._last: tuple[int, float] = (0, -1e9)

    def push(self, kind: str, chat: int, body: dict[str, Any]) -> int | None:
        """Queue an update; None if its kind is not asked for."""
        if kind not in self.allowed:
            return None
        update_id = self._next_id
        self._next_id += 1
        self.items.append(Queued(update_id, (chat, kind), {kind: body}))
        self.wake()
        return update_id

    def skip_ids(self, first: int) -> None:
        """Number anew from here, as Telegram does after a week without updates."""
        self._next_id = first

    def redeliver(self) -> None:
        """Forget all confirmations: everything comes again, under the same numbers."""
        self.items = [*self.confirmed, *self.items]
        self.confirmed = []
        self.wake()

    def confirm(self, item: Queued) -> None:
        """Forget one update."""
        if item in self.items:
            self.items.remove(item)
            self.confirmed.append(item)
        self.wake()

    def wake(self) -> None:
        """Something has changed."""
        self.changed.set()
        self._notice()
        if self._poll and not self._poll.done():
            self._poll.set_result(None)

    def abort_poll(self, why: str) -> None:
        """End a long poll that is under way with 409."""
        if self._poll and not self._poll.done():
            self._poll.set_exception(ApiError(409, f"Conflict: terminated by {why}"))

    async def get(self, offset: int, limit: int, timeout: float) -> list[dict[str, Any]]:  # noqa: ASYNC109 the API's
        """getUpdates."""
        if self.webhook_set:
            raise ApiError(
                409,
                "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook "
                "first",
            )
        now = time.monotonic()
        if offset == self._last[0] and now < self._last[1] + self._repeat_pause:
            limit = 1
        self._last = (offset, now)
        self._confirm_below(offset)
        if not self.items and timeout > 0:
            self.abort_poll("other getUpdates request; make sure that only one bot instance is running")
            poll = self._poll = asyncio.get_running_loop().create_future()
            await asyncio.wait({poll}, timeout=timeout)
            if poll.done():
                poll.result()
        return [item.json() for item in self.items[:limit]]

    def _confirm_below(self, offset: int) -> None:
        if offset < 0:
            offset = self.items[offset].update_id if -offset <= len(self.items) else 0
        if offset > self._next_id:
            return  # as for an offset from before the numbers began anew
        for item in [item for item in self.items if item.update_id < offset]:
            self.confirm(item)
