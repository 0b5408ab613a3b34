"""Delivery to a webhook: in order per chat, several chats at once, repeated until it succeeds."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import aiohttp

from tests.fakes.bot_api.updates import Queued, UpdateQueue


@dataclass
class Hook:
    """What setWebhook was told."""

    url: str
    secret_token: str
    max_connections: int
    allowed_updates: list[str]


@dataclass
class Deliveries:
    """Calls the webhook for queued updates. `retry` is the pause after a failure, in seconds; the real server begins
    with 1 and doubles, or follows Retry-After."""

    queue: UpdateQueue
    retry: float
    timeout: float
    notice: Callable[[], None]
    hook: Hook | None = None
    last_error: str = ""
    attempts: list[tuple[int, int]] = field(default_factory=list)
    """Update number and status of each call, 0 where there was no answer."""
    _task: asyncio.Task[None] | None = None

    async def start(self, hook: Hook) -> None:
        """Deliver to this hook from now on."""
        await self.stop()
        self.hook = hook
        self.queue.webhook_set = True
        self.queue.abort_poll("setWebhook request")
        self._task = asyncio.create_task(self._run(hook))

    async def stop(self) -> None:
        """Deliver no more."""
        self.hook = None
        self.queue.webhook_set = False
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    def info(self) -> dict[str, Any]:
        """getWebhookInfo."""
        hook = self.hook
        info: dict[str, Any] = {
            "url": hook.url if hook else "",
            "has_custom_certificate": False,
            "pending_update_count": len(self.queue.items),
        }
        if hook:
            info |= {"max_connections": hook.max_connections, "allowed_updates": hook.allowed_updates}
        if self.last_error:
            info |= {"last_error_date": 1, "last_error_message": self.last_error}
        return info

    async def _run(self, hook: Hook) -> None:
        free = asyncio.Semaphore(hook.max_connections)
        under_way: dict[tuple[int, str], asyncio.Task[None]] = {}
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=self.timeout)) as session:
            try:
                while True:
                    self.queue.changed.clear()
                    for item in self.queue.items:
                        if item.lane not in under_way:
                            task = asyncio.create_task(self._deliver(session, hook, item, free))
                            under_way[item.lane] = task
                            task.add_done_callback(partial(self._ended, under_way, item.lane))
                    await self.queue.changed.wait()
            finally:
                for task in list(under_way.values()):
                    task.cancel()
                await asyncio.gather(*under_way.values(), return_exceptions=True)

    def _ended(
        self, under_way: dict[tuple[int, str], asyncio.Task[None]], lane: tuple[int, str], _: asyncio.Task[None]
    ) -> None:
        under_way.pop(lane, None)
        self.queue.changed.set()

    async def _deliver(self, session: aiohttp.ClientSession, hook: Hook, item: Queued, free: asyncio.Semaphore) -> None:
        headers = {"X-Telegram-Bot-Api-Secret-Token": hook.secret_token} if hook.secret_token else {}
        while True:
            status = 0
            async with free:
                try:
                    async with session.post(hook.url, json=item.json(), headers=headers) as response:
                        status = response.status
                        self.last_error = f"Wrong response from the webhook: {status} {response.reason}"
                except (aiohttp.ClientError, TimeoutError):
                    self.last_error = "Webhook connection closed"
            self.attempts.append((item.update_id, status))
            self.notice()
            if 200 <= status <= 299:
                self.last_error = ""
                self.queue.confirm(item)
                self.notice()
                return
            await asyncio.sleep(self.retry)
