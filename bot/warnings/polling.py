"""Feeds of warnings over HTTP: asked at an interval, fetched only when they have changed."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection
from urllib.parse import urljoin, urlsplit

import httpx
import structlog

from knowledge_base.warnings.alert import AlertRefused
from knowledge_base.warnings.document import MAX_BYTES
from knowledge_base.warnings.feed import MAX_FEED, Entry, read_feed
from knowledge_base.warnings.intake import Intake, Outcome

log = structlog.get_logger(__name__)

SECONDS = 10.0
"""For a connection, and between two pieces of an answer."""
TOTAL_SECONDS = 60.0
PAUSES = (1.0, 3.0)
"""Before the second and the third try, in seconds."""
REDIRECTS = 3
REMEMBERED = 5_000
"""Entries that are not fetched again."""
_REDIRECTED = {301, 302, 303, 307, 308}
_AGAIN = {408, 425, 429, 500, 502, 503, 504}


class FeedFault(Exception):
    """A feed or a warning in it could not be fetched."""

    def __init__(self, why: str, *, retry: bool = False) -> None:
        super().__init__(why)
        self.retry = retry


class PolledFeed:
    """One feed. `hosts` are further hosts that it may redirect and link to besides its own; `looked` hears of each success."""

    def __init__(
        self,
        address: str,
        intake: Intake,
        client: httpx.AsyncClient,
        failed: Callable[[str], None],
        *,
        hosts: Collection[str] = (),
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        looked: Callable[[], None] = lambda: None,
    ) -> None:
        self._address = address
        self._host = urlsplit(address).hostname or ""
        self._hosts = frozenset({self._host, *hosts})
        self._intake = intake
        self._client = client
        self._failed = failed
        self._sleep = sleep
        self._looked = looked
        self._conditions: dict[str, str] = {}
        self._seen: OrderedDict[str, None] = OrderedDict()

    async def poll(self) -> None:
        """Ask once; what has changed is taken. What could not be fetched is asked for again the next time."""
        try:
            response, body = await self._get(self._address, MAX_FEED, self._conditions)
            if body is None:
                self._looked()
                return
            entries = read_feed(body, str(response.url))
        except (FeedFault, AlertRefused) as fault:
            self._trouble(fault)
            return
        whole = True
        for entry in reversed(entries):  # feeds begin with the newest
            whole &= await self._take(entry)
        if whole:  # or else an unchanged feed would hide what is missing
            self._looked()
            headers = {"If-None-Match": "etag", "If-Modified-Since": "last-modified"}
            self._conditions = {
                ask: response.headers[told] for ask, told in headers.items() if told in response.headers
            }

    async def _take(self, entry: Entry) -> bool:
        """Whether the entry need not be looked at again."""
        if entry.key and entry.key in self._seen:
            return True
        document = entry.document
        if document is None and entry.address is not None:
            try:
                _, document = await self._get(entry.address, MAX_BYTES, {})
            except FeedFault as fault:
                self._trouble(fault)
                return not fault.retry
        taken = await self._intake.take(document or b"", f"feed:{self._host}"[:80])
        if entry.key and taken.outcome is not Outcome.REFUSED:
            self._seen[entry.key] = None
            if len(self._seen) > REMEMBERED:
                self._seen.popitem(last=False)
        return True

    async def _get(self, address: str, limit: int, headers: dict[str, str]) -> tuple[httpx.Response, bytes | None]:
        """The answer and its body, None where nothing has changed. Raises `FeedFault`."""
        for pause in PAUSES:
            try:
                return await self._once(address, limit, headers)
            except FeedFault as fault:
                if not fault.retry:
                    raise
            await self._sleep(pause)
        return await self._once(address, limit, headers)

    async def _once(self, address: str, limit: int, headers: dict[str, str]) -> tuple[httpx.Response, bytes | None]:
        try:
            async with asyncio.timeout(TOTAL_SECONDS):
                for _ in range(REDIRECTS + 1):
                    response, body = await self._fetch(address, limit, headers)
                    if response.status_code not in _REDIRECTED:
                        return response, body
                    address = urljoin(address, response.headers.get("location", ""))
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            raise FeedFault(type(error).__name__, retry=not isinstance(error, httpx.InvalidURL)) from error
        raise FeedFault("too many redirects")

    async def _fetch(self, address: str, limit: int, headers: dict[str, str]) -> tuple[httpx.Response, bytes | None]:
        parts = urlsplit(address)
        if parts.scheme not in {"http", "https"} or parts.hostname not in self._hosts:
            raise FeedFault(f"leads to {parts.scheme}://{parts.hostname}, which is not allowed")
        # Not compressed: a small answer must not become a large one.
        asked = {"Accept-Encoding": "identity", **headers}
        async with self._client.stream(
            "GET", address, headers=asked, timeout=SECONDS, follow_redirects=False
        ) as response:
            status = response.status_code
            if status == 304 or status in _REDIRECTED:
                return response, None
            if status != 200:
                raise FeedFault(f"status {status}", retry=status in _AGAIN)
            if response.headers.get("content-encoding", "identity") != "identity":
                raise FeedFault("compressed although asked not to be")
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > limit:
                    raise FeedFault(f"more than {limit} bytes")
            return response, bytes(body)

    def _trouble(self, fault: Exception) -> None:
        self._failed("warnings.feed")
        log.error("warning_feed_fault", host=self._host, why=str(fault)[:200])
