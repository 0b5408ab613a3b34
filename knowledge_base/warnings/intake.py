"""What becomes of a message about a danger when it comes: one transaction from the bytes to the messages to people."""

import asyncio
import hashlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import uuid4

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge_base.clock import APART
from knowledge_base.store import Store
from knowledge_base.warnings.alert import Alert, AlertRefused
from knowledge_base.warnings.chains import Chains, lock
from knowledge_base.warnings.dispatch import Dispatch, Follower
from knowledge_base.warnings.drills import Drills
from knowledge_base.warnings.models import RefusalRow, WarningRow, WarningState
from knowledge_base.warnings.reading import read_alert
from knowledge_base.warnings.terms import Colour, MsgType, ResponseType, Scope, Status
from knowledge_base.warnings.territory import Territory

KEPT_BYTES = 65_536
"""Of a refused message."""
LIFE = timedelta(hours=24)
"""How long a warning holds that does not say; CAP leaves that to who receives it."""
PATIENCE = timedelta(seconds=30)
"""How long an Update or Cancel waits for the message it refers to."""
AHEAD = timedelta(hours=1)
"""A message that claims to be sent later than that could not be overtaken by the next true one."""
_CHAINED = frozenset({MsgType.ALERT, MsgType.UPDATE, MsgType.CANCEL})

Verify = Callable[[bytes], bytes]
"""Gives what of a document is signed; raises `AlertRefused`."""


class Outcome(StrEnum):
    """What became of a message."""

    ACCEPTED = "accepted"
    """It counts, and goes out to whom it concerns."""
    DUPLICATE = "duplicate"
    REFUSED = "refused"
    WAITING = "waiting"
    """For the message that it refers to."""
    UNMATCHED = "unmatched"
    SUPERSEDED = "superseded"
    """A newer one of its chain is there already."""
    EXPIRED = "expired"
    NOT_PUBLIC = "not_public"
    """A drill, a test, a draft, or for a limited circle."""
    NOTED = "noted"


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a message; `recipients` and `colour` of the one that counts in its chain now.

    Of a refused one `reason` is a key of refusals.yaml and `sentence` says it in Chinese; it has no `warning_id`.
    """

    outcome: Outcome
    source: str
    warning_id: str | None = None
    reason: str = ""
    sentence: str = ""
    colour: Colour | None = None
    recipients: int = 0


class Intake:
    """Takes messages in. `followers` are told in the same transaction what counts from now on, `drill_followers` of drills."""

    def __init__(
        self,
        store: Store,
        dispatch: Dispatch,
        clock: Callable[[], datetime],
        *,
        verify: Verify | None = None,
        patience: timedelta = PATIENCE,
        followers: Sequence[Follower] = (),
        drill_followers: Sequence[Follower] = (),
        observer: Callable[[Taken], None] = lambda _: None,
        new_id: Callable[[], str] = lambda: uuid4().hex,
    ) -> None:
        self._store = store
        self._clock = clock
        self._verify = verify
        self._patience = patience
        self._observer = observer
        self._new_id = new_id
        self._chains = Chains(dispatch, followers)
        self._drills = Drills(drill_followers)

    async def take(self, data: bytes, source: str, *, now: datetime | None = None) -> Taken:
        """Take one message; `source` (at most 80 characters) says where it came from.

        Never raises for anything a message holds; what the store, the dispatch or a follower raises undoes all of it.
        """
        now = now or self._clock()
        try:
            alert = await asyncio.to_thread(self._read, data, now)
            async with self._store.session() as session:
                await lock(session)
                taken = await self._keep(session, alert, data, source, now)
        except AlertRefused as refused:
            await self._refuse(data, source, now, refused)
            taken = Taken(Outcome.REFUSED, source, reason=refused.reason, sentence=refused.sentence)
        self._observer(taken)
        return taken

    async def settle(self) -> None:
        """Decide on what has waited long enough for the message that it refers to."""
        now = self._clock()
        put_back = WarningRow.arrived_at > now + APART
        ripe = (WarningRow.state == WarningState.WAITING, or_(WarningRow.ripe_at <= now, put_back))
        async with self._store.session() as session:
            if await session.scalar(select(WarningRow.id).where(*ripe).limit(1)) is None:
                return  # without taking the lock
        async with self._store.session() as session:
            await lock(session)
            rows = (await session.scalars(select(WarningRow).where(*ripe).order_by(WarningRow.sent))).all()
            for row in rows:
                row.ripe_at = min(row.ripe_at or now, now)
            settled = [
                _taken(row, await self._chains.settle(session, row.root_id, now))
                for row in rows
                if row.state == WarningState.WAITING  # and no other of its chain has settled it just now
            ]
        for taken in settled:
            self._observer(taken)

    def _read(self, data: bytes, now: datetime) -> Alert:
        alert = read_alert(self._verify(data) if self._verify is not None else data)
        if alert.sent > now + AHEAD:
            raise AlertRefused("sent_ahead", "alert/sent", f"{alert.sent.isoformat()} is after {now.isoformat()}")
        if alert.msg_type is MsgType.ALERT and _public(alert) and not Territory.of(alert):
            raise AlertRefused("nowhere", "alert/info/area")
        if alert.msg_type in _CHAINED - {MsgType.ALERT} and not _followed(alert):
            raise AlertRefused("foreign_reference", "alert/references")
        return alert

    async def _keep(self, session: AsyncSession, alert: Alert, data: bytes, source: str, now: datetime) -> Taken:
        public = _public(alert)
        known = await session.scalar(
            select(WarningRow.id).where(
                WarningRow.sender == alert.sender,
                WarningRow.identifier == alert.identifier,
                WarningRow.public == public,
            )
        )
        if known is not None:
            return Taken(Outcome.DUPLICATE, source, known)
        row = self._row(alert, data, source, public=public, now=now)
        session.add(row)
        await session.flush()
        if row.state != WarningState.WAITING:
            await self._drills.take(session, row, alert, _followed(alert), now)
            return _taken(row, None)
        root = await self._chains.join(session, row, _followed(alert))
        return _taken(row, await self._chains.settle(session, root, now))

    def _row(self, alert: Alert, data: bytes, source: str, *, public: bool, now: datetime) -> WarningRow:
        state = WarningState.WAITING
        if not public:
            state = WarningState.NOT_PUBLIC
        elif alert.msg_type not in _CHAINED:
            state = WarningState.NOTED
        id_ = self._new_id()
        ends = alert.msg_type is MsgType.CANCEL and not alert.infos
        return WarningRow(
            id=id_,
            root_id=id_,
            version=0,
            topic=None,
            sender=alert.sender,
            identifier=alert.identifier,
            sent=alert.sent,
            public=public,
            status=alert.status,
            msg_type=alert.msg_type,
            all_clear=_all_clear(alert),
            colour=alert.colour,
            hazard=alert.hazard,
            headline=(alert.main.headline or alert.main.event) if alert.main else "",
            source=source,
            original=data,
            state=state,
            arrived_at=now,
            expires_at=alert.expires or (alert.sent if ends else alert.sent + LIFE),
            ripe_at=None if alert.msg_type is MsgType.ALERT else now + self._patience,
            dispatched_at=None,
            recipients=0,
            first_sent_at=None,
        )

    async def _refuse(self, data: bytes, source: str, now: datetime, refused: AlertRefused) -> None:
        digest = hashlib.sha256(data).hexdigest()
        async with self._store.session() as session:
            await lock(session)
            same = (RefusalRow.digest == digest, RefusalRow.source == source, RefusalRow.reason == refused.reason)
            if await session.scalar(select(RefusalRow.id).where(*same).limit(1)) is None:
                session.add(
                    RefusalRow(
                        id=self._new_id(),
                        at=now,
                        source=source,
                        reason=refused.reason,
                        detail=str(refused),
                        size=len(data),
                        digest=digest,
                        original=data[:KEPT_BYTES],
                    )
                )


def _public(alert: Alert) -> bool:
    return alert.status is Status.ACTUAL and alert.scope is Scope.PUBLIC


def _all_clear(alert: Alert) -> bool:
    """An Update says so in every part: one part of the area may be clear and another not."""
    return (
        alert.msg_type is MsgType.UPDATE
        and bool(alert.infos)
        and all(ResponseType.ALL_CLEAR in info.response_types for info in alert.infos)
    )


def _followed(alert: Alert) -> Collection[str]:
    """Identifiers of earlier messages of the same sender: nobody may withdraw another office's warning."""
    if alert.msg_type is MsgType.ALERT:
        return ()
    return dict.fromkeys(one.identifier for one in alert.references if one.sender == alert.sender)


def _taken(row: WarningRow, current: WarningRow | None) -> Taken:
    """What became of a message, given the one of its chain that has gone out because of it."""
    state = WarningState(row.state)
    counts = state in {WarningState.IN_FORCE, WarningState.ENDED}
    outcome = Outcome.ACCEPTED if counts else Outcome(state.value)
    if current is None:
        return Taken(outcome, row.source, row.id)
    colour = Colour(current.colour) if current.colour else None
    return Taken(outcome, row.source, row.id, colour=colour, recipients=current.recipients)
