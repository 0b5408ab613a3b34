"""Waiting in this process's own time: while it is too busy to look, nobody else is to blame."""

import asyncio
from typing import Any

_PORTIONS = 20


async def done_within(task: "asyncio.Future[Any]", seconds: float) -> bool:
    """Whether a task ends within so many seconds, which are waited in small portions; it goes on in any case."""
    for _ in range(_PORTIONS):
        done, _ = await asyncio.wait({task}, timeout=seconds / _PORTIONS)
        if done:
            return True
    return False
