"""Asks a price service: with time limits, again after a fault, and only for what has changed."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

import httpx
import structlog
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_exponential

from knowledge_base.markets.headings import told_headings
from knowledge_base.markets.intake import Intake
from knowledge_base.markets.models import PullRow
from knowledge_base.markets.problem import PricesRefused
from knowledge_base.markets.quote import county_day
from knowledge_base.markets.report import Report
from knowledge_base.markets.rows import rows_in_memory
from knowledge_base.markets.service import AnswerBroken, Service
from knowledge_base.markets.table import Line
from knowledge_base.store import Store

log = structlog.get_logger(__name__)

SECONDS = 10.0
"""For a connection, and between two pieces of an answer."""
TOTAL_SECONDS = 30.0
"""For one page."""
TRIES = 3
MAX_BYTES = 5_000_000
"""Of one page."""
MAX_ROWS = 100_000
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})


class PullFault(Exception):
    """A price service could not be asked, or its answer cannot be used."""

    def __init__(self, why: str, *, again: bool = False) -> None:
        super().__init__(why)
        self.again = again


@dataclass(frozen=True, slots=True)
class Pulled:
    """What asking led to: `report` is None where nothing has changed, or nothing came, which `fault` tells."""

    report: Report | None
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class _Page:
    """`body` is None where it has not changed."""

    body: bytes | None
    etag: str | None
    modified: str | None


class Pull:
    """One service. The first page is asked for with the conditions that the service gave the last time."""

    def __init__(
        self,
        service: Service,
        store: Store,
        intake: Intake,
        client: httpx.AsyncClient,
        clock: Callable[[], datetime],
        *,
        failed: Callable[[str], None] = lambda _: None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._service = service
        self._store = store
        self._intake = intake
        self._client = client
        self._clock = clock
        self._failed = failed
        self._sleep = sleep

    async def run(self) -> Pulled:
        """Ask once. An answer that was cut off or is no list is not taken at all; rows that cannot be read are told of."""
        question = self._service.fingerprint(county_day(self._clock()))
        async with self._store.session() as session:
            last = await session.get(PullRow, self._service.source)
        known = last if last is not None and last.asked == question else None
        try:
            first, lines = await self._lines(known)
            report = None if first.body is None else await self._take(lines)
        except (PullFault, PricesRefused) as fault:
            why = fault.text if isinstance(fault, PricesRefused) else str(fault)
            self._failed("prices.pull")
            log.error("price_service_fault", source=self._service.source, why=why[:200])
            await self._note(question, fault=why[:200])
            return Pulled(None, why)
        await self._note(question, page=first)
        if report is not None:
            log.info("prices_pulled", source=self._service.source, new=report.new, held=report.held, wrong=report.wrong)
        return Pulled(report)

    async def _lines(self, known: PullRow | None) -> tuple[_Page, list[Line]]:
        """All rows of all pages. Raises `PullFault`."""
        conditions = {} if known is None else {"If-None-Match": known.etag, "If-Modified-Since": known.modified}
        first = await self._page(0, {name: value for name, value in conditions.items() if value})
        lines: list[Line] = []
        page, number = first, 0
        while page.body is not None:
            try:
                more = await asyncio.to_thread(self._service.lines, page.body, len(lines) + 1)
            except AnswerBroken as broken:
                raise PullFault(str(broken)) from broken
            lines += more
            if len(lines) > MAX_ROWS:
                raise PullFault(f"more than {MAX_ROWS} rows")
            number += 1
            paging = self._service.paging
            if not more or paging is None or number >= paging.most:
                break
            page = await self._page(number, {})
        return first, lines

    async def _take(self, lines: list[Line]) -> Report | None:
        if not lines:
            return None
        options = self._service.options
        headings = told_headings(tuple(self._service.fields), options)
        return await self._intake.take(rows_in_memory(options.source, headings, lines), options)

    async def _page(self, number: int, conditions: dict[str, str]) -> _Page:
        tries = AsyncRetrying(
            stop=stop_after_attempt(TRIES),
            wait=wait_exponential(multiplier=1, max=10),
            retry=retry_if_exception(lambda fault: isinstance(fault, PullFault) and fault.again),
            sleep=self._sleep,
            reraise=True,
        )
        return await tries(self._once, number, conditions)

    async def _once(self, number: int, conditions: dict[str, str]) -> _Page:
        try:
            async with asyncio.timeout(TOTAL_SECONDS):
                return await self._fetch(number, conditions)
        except (httpx.HTTPError, TimeoutError) as error:
            raise PullFault(type(error).__name__, again=True) from error
        except httpx.InvalidURL as error:
            raise PullFault(type(error).__name__) from error

    async def _fetch(self, number: int, conditions: dict[str, str]) -> _Page:
        address, further = self._service.asked(county_day(self._clock()), number)
        # Not compressed: a small answer must not become a large one.
        headers = {**self._service.headers, "Accept-Encoding": "identity", **conditions}
        url = httpx.URL(address).copy_merge_params(dict(further))
        async with self._client.stream(
            "GET", url, headers=headers, timeout=SECONDS, follow_redirects=False
        ) as response:
            told = response.headers.get("etag"), response.headers.get("last-modified")
            if response.status_code == 304 and conditions:
                return _Page(None, *told)
            if response.status_code != 200:
                raise PullFault(f"status {response.status_code}", again=response.status_code in _AGAIN)
            if response.headers.get("content-encoding", "identity") != "identity":
                raise PullFault("compressed although asked not to be")
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > MAX_BYTES:
                    raise PullFault(f"more than {MAX_BYTES} bytes")
            return _Page(bytes(body), *told)

    async def _note(self, question: str, *, page: _Page | None = None, fault: str | None = None) -> None:
        """Keep how it went; conditions only of an answer that was taken whole, or else it would hide what is missing."""
        now = self._clock()
        async with self._store.session() as session:
            row = await session.get(PullRow, self._service.source)
            if row is None:
                row = PullRow(source=self._service.source, asked=question)
                session.add(row)
            row.asked_at, row.fault = now, fault
            if page is None:
                return
            if page.body is not None:
                row.asked, row.etag, row.modified = question, page.etag, page.modified
            row.fetched_at = now
