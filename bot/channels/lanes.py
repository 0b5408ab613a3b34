"""Work in order per chat, and different chats at the same time up to a bound."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable

Job = Callable[[], Awaitable[None]]


class Lanes:
    """Jobs of one key run one after another, in the order in which they came; at most `width` run at once."""

    def __init__(self, width: int) -> None:
        self._free = asyncio.Semaphore(width)
        self._queues: dict[Hashable, deque[tuple[Job, asyncio.Future[None]]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def waiting(self, key: Hashable) -> int:
        """Jobs of that key that have not ended."""
        return len(self._queues.get(key, ()))

    def submit(self, key: Hashable, job: Job) -> asyncio.Future[None]:
        """Queue a job. The future is done when the job is, has its exception, or is cancelled by `close`."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if key in self._queues:
            self._queues[key].append((job, future))
            return future
        self._queues[key] = deque([(job, future)])
        task = asyncio.create_task(self._run(key))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return future

    async def close(self, grace: float) -> None:
        """Let jobs end within `grace` seconds, cancel the rest."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=grace)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _run(self, key: Hashable) -> None:
        queue = self._queues[key]
        try:
            while queue:
                job, future = queue[0]
                async with self._free:
                    try:
                        await job()
                    except Exception as error:  # noqa: BLE001 it belongs to whoever holds the future
                        future.set_exception(error)
                    else:
                        future.set_result(None)
                queue.popleft()
        finally:
            del self._queues[key]
            for _, future in queue:
                future.cancel()
