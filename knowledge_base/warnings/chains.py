"""Chains of messages in the store: what belongs together, which message counts, and who is told."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import and_, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge_base.warnings.alert import Alert
from knowledge_base.warnings.audience import Occasion, concerned, informed, nearby
from knowledge_base.warnings.chain import UNSETTLED, Member, judge
from knowledge_base.warnings.dispatch import Bulletin, Dispatch, Follower, Recipients
from knowledge_base.warnings.models import ReferenceRow, WarningRow, WarningState
from knowledge_base.warnings.reading import read_alert
from knowledge_base.warnings.terms import Colour, MsgType
from knowledge_base.warnings.territory import Territory

_LOCK = text("SELECT pg_advisory_xact_lock(hashtext('warnings'))")
_WRITE = text("UPDATE warnings SET version = version WHERE id = ''")
"""Makes SQLite take its one write lock."""


async def lock(session: AsyncSession) -> None:
    """Let nobody else decide about warnings until the transaction ends; to be called first in it."""
    await session.execute(_LOCK if session.get_bind().dialect.name == "postgresql" else _WRITE)


class Chains:
    """Needs the lock in every transaction."""

    def __init__(self, dispatch: Dispatch, followers: Sequence[Follower]) -> None:
        self._dispatch = dispatch
        self._followers = followers

    async def join(self, session: AsyncSession, row: WarningRow, references: Collection[str]) -> str:
        """Make one chain of a new message and all that it refers to, or that refer to it or to the same; the chain.

        `references` are identifiers of messages of the same sender.
        """
        session.add_all(ReferenceRow(warning_id=row.id, sender=row.sender, identifier=one) for one in references)
        await session.flush()
        referring = select(ReferenceRow.warning_id).where(
            ReferenceRow.sender == row.sender, ReferenceRow.identifier.in_([row.identifier, *references])
        )
        named = and_(WarningRow.sender == row.sender, WarningRow.identifier.in_(references))
        related = or_(named, WarningRow.id.in_(referring))
        chained = (WarningRow.public, WarningRow.state != WarningState.NOTED, WarningRow.id != row.id)
        roots = (await session.scalars(select(WarningRow.root_id).where(related, *chained).distinct())).all()
        if not roots:
            return row.root_id
        # The chain that people have heard of first gives its name.
        heard = (WarningRow.dispatched_at.is_(None), WarningRow.dispatched_at, WarningRow.arrived_at, WarningRow.id)
        root = (
            await session.scalars(
                select(WarningRow.root_id).where(WarningRow.root_id.in_(roots)).order_by(*heard).limit(1)
            )
        ).one()
        await session.execute(update(WarningRow).where(WarningRow.root_id.in_([*roots, row.id])).values(root_id=root))
        return root

    async def settle(self, session: AsyncSession, root: str, now: datetime) -> WarningRow | None:
        """Decide anew which message of a chain counts; if it is another one than before, it goes out and is returned."""
        rows = (await session.scalars(select(WarningRow).where(WarningRow.root_id == root))).all()
        references: defaultdict[str, set[str]] = defaultdict(set)
        ids = [row.id for row in rows]
        for one in await session.scalars(select(ReferenceRow).where(ReferenceRow.warning_id.in_(ids))):
            references[one.warning_id].add(one.identifier)
        verdict = judge([_member(row, references[row.id]) for row in rows], now)
        for row in rows:
            row.state = verdict.states[row.id]
        current = next((row for row in rows if row.id == verdict.current), None)
        if current is None or current.dispatched_at is not None:
            return None
        topics = [row.topic for row in rows if row.topic is not None]
        if topics:
            await self._dispatch.withdraw(session, topics)
        if (
            current.state == WarningState.ENDED
        ):  # what ends a warning is worth telling for as long as it would have held
            current.expires_at = max(row.expires_at for row in rows)
            if not topics:
                return None  # nobody has heard of the danger
        if current.expires_at <= now:
            if topics:
                await self._stop(session, current, rows)
            return None
        await self._send(session, current, rows, topics, now)
        return current

    async def _stop(self, session: AsyncSession, current: WarningRow, rows: Sequence[WarningRow]) -> None:
        """Tell the followers that an update which was over when it came ends what went out before; people are told nothing."""
        alert = read_alert(current.original)
        newest = 1 + max(row.version for row in rows if row.id != current.id)
        if current.version < newest:
            current.version = newest
            await session.flush()
            for follow in self._followers:
                await follow(session, Bulletin(current, alert, alert if alert.infos else None, Territory.of(alert)))

    async def _send(
        self,
        session: AsyncSession,
        current: WarningRow,
        rows: Sequence[WarningRow],
        topics: Sequence[str],
        now: datetime,
    ) -> None:
        alert = read_alert(current.original)
        about = alert if alert.infos else _latest(rows)
        earlier = [row for row in rows if row.topic is not None]
        current.colour = current.colour or min((row.colour for row in earlier if row.colour is not None), default=None)
        current.hazard = current.hazard or next((row.hazard for row in earlier if row.hazard is not None), None)
        current.version = 1 + max(row.version for row in rows)
        current.topic = f"warning:{current.root_id}:{current.version}"
        current.dispatched_at = now
        await session.flush()
        bulletin = Bulletin(current, alert, about, Territory.of(about or alert))
        occasion = Occasion(Colour(current.colour) if current.colour else None, current.hazard, now, current.expires_at)

        async def to() -> Recipients:
            async for some in informed(session, self._dispatch.reached(session, topics), occasion):
                yield some
            if not bulletin.ending:
                async for some in concerned(session, bulletin.territory, occasion):
                    yield some

        current.recipients = await self._dispatch.send(session, bulletin, to())
        if not bulletin.ending and occasion.urgent and bulletin.territory.wider:
            perhaps = nearby(session, bulletin.territory, occasion)
            current.recipients += await self._dispatch.send(session, replace(bulletin, nearby=True), perhaps)
        for follow in self._followers:
            await follow(session, bulletin)


def _latest(rows: Sequence[WarningRow]) -> Alert | None:
    """The newest message of a chain that says anything."""
    newest_first = sorted(rows, key=lambda row: row.sent, reverse=True)
    return next((alert for row in newest_first if (alert := read_alert(row.original)).infos), None)


def _member(row: WarningRow, references: Collection[str]) -> Member:
    waits = row.state in UNSETTLED and row.msg_type == MsgType.UPDATE
    return Member(
        id=row.id,
        identifier=row.identifier,
        sent=row.sent,
        msg_type=MsgType(row.msg_type),
        ending=row.all_clear or row.msg_type == MsgType.CANCEL,
        references=frozenset(references),
        expires_at=row.expires_at,
        state=WarningState(row.state),
        complete=waits and not row.all_clear and bool(Territory.of(read_alert(row.original))),
        ripe_at=row.ripe_at,
    )
