"""Waiting for what another process does, of which no event tells."""

import asyncio
from collections.abc import Callable

LOOK = 0.02


async def until(holds: Callable[[], object], seconds: float = 60.0) -> None:
    """Return once it holds. Raises `TimeoutError`."""
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 - see above
            await asyncio.sleep(LOOK)
