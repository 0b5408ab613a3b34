"""The access token: fetched when needed, one fetch at a time.

It comes from the `stable_token` call. That one gives every process of the account the same token until shortly before it
expires, so that the processes need share nothing and none makes another's invalid.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

EARLY = 120.0
"""Seconds before its end at which a token is fetched anew; WeChat has a new one from 300 s before."""

Fetch = Callable[[bool], Awaitable[tuple[str, float]]]
"""Gets a token and the seconds that it holds; True: WeChat is to make a new one. Raises `SendError`."""


class Access:
    """One account's token. `clock` counts seconds."""

    def __init__(self, fetch: Fetch, clock: Callable[[], float] = time.monotonic) -> None:
        self._fetch = fetch
        self._clock = clock
        self._lock = asyncio.Lock()
        self._token = ""
        self._until = float("-inf")

    async def token(self) -> str:
        """A token that holds. Raises `SendError`."""
        async with self._lock:
            if self._clock() >= self._until - EARLY:
                self._take(await self._fetch(False))
            return self._token

    async def renew(self, refused: str) -> None:
        """Replace a token that WeChat has refused, unless that has been done meanwhile. Raises `SendError`.

        Another process may have had a new one made; only if WeChat still gives the refused one, a new one is forced.
        """
        async with self._lock:
            if self._token != refused:
                return
            token, seconds = await self._fetch(False)
            if token == refused:
                token, seconds = await self._fetch(True)
            self._take((token, seconds))

    def _take(self, fetched: tuple[str, float]) -> None:
        self._token, seconds = fetched
        # WeChat hands out a token that is about to end too: it is fetched again then, but not with every call.
        self._until = self._clock() + max(seconds, EARLY + 10)
