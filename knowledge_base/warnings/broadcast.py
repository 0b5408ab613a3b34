"""Warnings for the county's emergency broadcast platform: written in the transaction that takes one in, handed over later."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge_base.store import Store
from knowledge_base.warnings.alert import Alert, AlertRefused, MsgType, Status
from knowledge_base.warnings.broadcast_models import BroadcastRow, BroadcastState, Outlet
from knowledge_base.warnings.dispatch import Bulletin
from knowledge_base.warnings.emergency import BEIJING, check_id
from knowledge_base.warnings.emergency_answer import PlayState, Receipt
from knowledge_base.warnings.emergency_write import write_ebd
from knowledge_base.warnings.models import WarningRow

LEASE = timedelta(minutes=2)
"""How long one process has a document in hand; if it is killed, the same document goes out again after that."""
FIRST, LONGEST = timedelta(seconds=5), timedelta(minutes=5)
"""Between tries: twice as long each time, up to the longest."""
_ANSWER = 200


@dataclass(frozen=True, slots=True)
class Document:
    """What is to be handed over now; `tries` counts this one."""

    warning: str
    outlet: Outlet
    ebd_id: str
    data: bytes
    tries: int


class Broadcasts:
    """A `Follower` that writes documents, and the list of those that are to be handed over.

    `platform` is this platform's 18 digits. What came from the broadcasting system itself is not given back to it, and
    neither is a drill unless `drills`.
    """

    def __init__(
        self,
        store: Store,
        platform: str,
        outlets: Sequence[Outlet],
        clock: Callable[[], datetime],
        *,
        drills: bool = False,
    ) -> None:
        self._store = store
        self._platform = platform
        self._outlets = outlets
        self._clock = clock
        self._drills = drills

    async def __call__(self, session: AsyncSession, bulletin: Bulletin) -> None:
        """Write the document of a bulletin. What the form cannot say is kept with the reason, and stops nothing else."""
        warning, alert, now = bulletin.warning, bulletin.alert, self._clock()
        drill = alert.status is not Status.ACTUAL
        if not self._outlets or _is_ebm(alert) or (drill and not self._drills) or warning.expires_at <= now:
            return
        related = await self._replace(session, warning)
        if bulletin.ending and related is None:
            return  # the platform has not heard of the danger
        day = f"{alert.sent.astimezone(BEIJING):%Y%m%d}"
        last = await session.scalar(select(func.max(BroadcastRow.sequence)).where(BroadcastRow.day == day))
        sequence = (last or 0) + 1
        document, why = None, ""
        try:
            document = write_ebd(
                _said(bulletin, related), platform=self._platform, sequence=sequence, at=now, related=related
            )
        except AlertRefused as refused:
            why = str(refused)
        session.add_all(
            BroadcastRow(
                warning_id=warning.id,
                outlet=outlet,
                ebd_id=f"{self._platform}{int(now.timestamp()):012d}{sequence:04d}",
                ebm_id=f"{self._platform}{day}{sequence:04d}",
                day=day,
                sequence=sequence,
                document=document,
                state=BroadcastState.WAITING if document else BroadcastState.UNSAYABLE,
                answer=why[:_ANSWER],
                played="",
                created_at=now,
                expires_at=warning.expires_at,
                due_at=now,
                attempts=0,
                sent_at=None,
            )
            for outlet in self._outlets
        )
        await session.flush()

    async def _replace(self, session: AsyncSession, warning: WarningRow) -> str | None:
        """Hold back what has not gone out of this chain; the EBMID of the last message that may have."""
        chain = select(WarningRow.id).where(WarningRow.root_id == warning.root_id, WarningRow.id != warning.id)
        of_it = BroadcastRow.warning_id.in_(chain)
        await session.execute(
            update(BroadcastRow)
            .where(of_it, BroadcastRow.state == BroadcastState.WAITING)
            .values(state=BroadcastState.SUPERSEDED)
            .execution_options(synchronize_session=False)
        )
        tried = select(BroadcastRow.ebm_id).where(
            of_it, BroadcastRow.attempts > 0, BroadcastRow.state != BroadcastState.REFUSED
        )
        newest: str | None = await session.scalar(
            tried.order_by(BroadcastRow.created_at.desc(), BroadcastRow.sequence.desc()).limit(1)
        )
        return newest

    async def take(self) -> Document | None:
        """The next document that is due, which nobody else gets for the time of the lease; None if there is none."""
        now = self._clock()
        waiting = BroadcastRow.state == BroadcastState.WAITING
        ready = (waiting, BroadcastRow.due_at <= now)
        over = (waiting, BroadcastRow.expires_at <= now)
        async with self._store.session() as session:
            if await session.scalar(select(BroadcastRow.outlet).where(or_(and_(*ready), and_(*over))).limit(1)) is None:
                return None  # without taking SQLite's one write lock
            await session.execute(
                update(BroadcastRow)
                .where(*over)
                .values(state=BroadcastState.EXPIRED)
                .execution_options(synchronize_session=False)
            )
            row = await session.scalar(
                select(BroadcastRow)
                .where(*ready)
                .order_by(BroadcastRow.created_at, BroadcastRow.sequence, BroadcastRow.outlet)
                .limit(1)
                .with_for_update(skip_locked=True)
            )
            if row is None or row.document is None:
                return None
            row.attempts += 1
            row.due_at = now + LEASE
            return Document(row.warning_id, Outlet(row.outlet), row.ebd_id, row.document, row.attempts)

    async def handed_over(self, document: Document, receipt: Receipt | None = None) -> None:
        """It has arrived; `receipt` is what the platform said at once."""
        async with self._store.session() as session:
            row = await session.get(BroadcastRow, (document.warning, document.outlet), with_for_update=True)
            if row is not None:
                row.state, row.sent_at, row.answer = BroadcastState.SENT, self._clock(), ""
                if receipt is not None:
                    _receive(row, receipt)

    async def failed(self, document: Document, why: str, *, for_ever: bool = False) -> None:
        """It has not arrived; it is tried again until the warning expires, unless that is of no use."""
        async with self._store.session() as session:
            row = await session.get(BroadcastRow, (document.warning, document.outlet), with_for_update=True)
            if row is None or row.state != BroadcastState.WAITING:
                return
            row.answer = why[:_ANSWER]
            row.due_at = self._clock() + min(FIRST * 2 ** min(document.tries - 1, 10), LONGEST)
            if for_ever:
                row.state = BroadcastState.REFUSED

    async def answered(self, answer: Receipt | PlayState) -> bool:
        """Keep what the platform says later; whether it was about a document of ours."""
        key = (
            BroadcastRow.ebd_id == answer.ebd_id
            if isinstance(answer, Receipt)
            else BroadcastRow.ebm_id == answer.ebm_id
        )
        async with self._store.session() as session:
            rows = (await session.scalars(select(BroadcastRow).where(key, BroadcastRow.outlet == Outlet.HTTP))).all()
            for row in rows:
                if isinstance(answer, Receipt):
                    _receive(row, answer)
                else:
                    row.played = answer.text[:_ANSWER]
        return bool(rows)


def _receive(row: BroadcastRow, receipt: Receipt) -> None:
    row.answer = receipt.text[:_ANSWER]
    if receipt.accepted is not None:
        row.state = BroadcastState.ACCEPTED if receipt.accepted else BroadcastState.REFUSED


def _said(bulletin: Bulletin, related: str | None) -> Alert:
    """The alert as the platform is to hear it: an end cancels, and an update of what it has not heard of is new."""
    alert = bulletin.alert
    if bulletin.ending:
        return replace(alert, msg_type=MsgType.CANCEL)
    return alert if related is not None else replace(alert, msg_type=MsgType.ALERT, references=())


def _is_ebm(alert: Alert) -> bool:
    """Whether it came from the broadcasting system: its messages have numbers of their own."""
    try:
        check_id(alert.identifier.removesuffix("-cancel"), "")
    except AlertRefused:
        return False
    return True
