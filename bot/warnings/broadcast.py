"""Handing warnings over to the county's emergency broadcast platform: as files in a folder, and by HTTP POST."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import structlog

from bot.schedule import Schedule
from knowledge_base.store import Store
from knowledge_base.warnings.alert import AlertRefused
from knowledge_base.warnings.broadcast import Broadcasts, Document
from knowledge_base.warnings.broadcast_models import Outlet
from knowledge_base.warnings.emergency_answer import Receipt, read_answer

log = structlog.get_logger(__name__)

EVERY = timedelta(seconds=2)
SECONDS = 20.0
"""For a connection, and between two pieces of an answer; the whole is bounded by the lease."""
_AGAIN = {408, 425, 429}
_ANSWER_BYTES = 100_000


def broadcasts(
    store: Store, platform: str, clock: Callable[[], datetime], *, folder: Path | None, url: str, drills: bool
) -> Broadcasts | None:
    """What writes documents for these outlets; None without an outlet."""
    outlets = [outlet for outlet, wanted in ((Outlet.FOLDER, folder), (Outlet.HTTP, url)) if wanted]
    return Broadcasts(store, platform, outlets, clock, drills=drills) if outlets else None


@asynccontextmanager
async def hand_over(
    schedule: Schedule, written: Broadcasts, failed: Callable[[str], None], *, folder: Path | None, url: str
) -> AsyncIterator[None]:
    """Have what is written handed over, for as long as the block lasts."""
    async with httpx.AsyncClient(timeout=SECONDS, follow_redirects=False) as client:
        sender = BroadcastSender(written, client, failed, folder=folder, url=url)
        schedule.every(EVERY, "warnings.broadcast", sender.send)
        yield


class BroadcastSender:
    """Hands over what is due. A document goes out again after a crash, with the EBDID that it had: the platform knows it by that."""

    def __init__(
        self,
        written: Broadcasts,
        client: httpx.AsyncClient,
        failed: Callable[[str], None],
        *,
        folder: Path | None = None,
        url: str = "",
    ) -> None:
        self._written = written
        self._client = client
        self._failed = failed
        self._folder = folder
        self._url = url

    async def send(self) -> None:
        """Everything that is due now, one after the other."""
        while (document := await self._written.take()) is not None:
            if document.outlet is Outlet.FOLDER:
                await self._put(document)
            else:
                await self._post(document)

    async def _put(self, document: Document) -> None:
        if self._folder is None:
            await self._trouble(document, "no folder is set")
            return
        try:
            await asyncio.to_thread(_write, self._folder, f"{document.ebd_id}.xml", document.data)
        except OSError as error:
            await self._trouble(document, type(error).__name__)
            return
        await self._written.handed_over(document)

    async def _post(self, document: Document) -> None:
        headers = {"Content-Type": "application/xml; charset=utf-8"}
        try:
            response = await self._client.post(self._url, content=document.data, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            await self._trouble(document, type(error).__name__)
            return
        if response.status_code // 100 != 2:
            again = response.status_code in _AGAIN or response.status_code >= 500
            await self._trouble(document, f"status {response.status_code}", for_ever=not again)
            return
        receipt = _receipt(response.content, document)
        await self._written.handed_over(document, receipt)
        if receipt is not None and receipt.accepted is False:
            self._failed("warnings.broadcast.refused")
            log.error("broadcast_refused", warning=document.warning, code=receipt.code)

    async def _trouble(self, document: Document, why: str, *, for_ever: bool = False) -> None:
        self._failed("warnings.broadcast")
        log.error("broadcast_not_handed_over", warning=document.warning, outlet=document.outlet.value, why=why)
        await self._written.failed(document, why, for_ever=for_ever)


def _receipt(body: bytes, document: Document) -> Receipt | None:
    """The platform's receipt for this very document, where it gives one at once."""
    if not body or len(body) > _ANSWER_BYTES:
        return None
    try:
        answer = read_answer(body)
    except AlertRefused:
        return None
    return answer if isinstance(answer, Receipt) and answer.ebd_id in {"", document.ebd_id} else None


def _write(folder: Path, name: str, data: bytes) -> None:
    """Whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f".{name}.part"
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(folder / name)
