"""Drills (status Exercise): never for the public, but for those who take part in them: loudspeakers, officers, the platform."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge_base.warnings.alert import Alert
from knowledge_base.warnings.dispatch import Bulletin, Follower
from knowledge_base.warnings.models import WarningRow
from knowledge_base.warnings.reading import read_alert
from knowledge_base.warnings.terms import MsgType, Scope, Status
from knowledge_base.warnings.territory import Territory

_CHAINED = frozenset({MsgType.ALERT, MsgType.UPDATE, MsgType.CANCEL})


class Drills:
    """Tells followers of drills. A drill's messages make a chain of their own, which nothing real ever joins."""

    def __init__(self, followers: Sequence[Follower]) -> None:
        self._followers = followers

    async def take(
        self, session: AsyncSession, row: WarningRow, alert: Alert, references: Collection[str], now: datetime
    ) -> None:
        """Tell the followers of a message, with the lock held.

        Passed over: what is older than the newest, what is over, and the end of what never came.
        """
        if not self._followers or alert.status is not Status.EXERCISE or alert.scope is not Scope.PUBLIC:
            return
        if alert.msg_type not in _CHAINED:
            return
        chain = await self._chain(session, row, references)
        if not chain and alert.msg_type is MsgType.CANCEL:
            return
        if any(one.sent > row.sent for one in chain):
            return
        heard = [one for one in chain if one.dispatched_at is not None]
        ending = alert.msg_type is MsgType.CANCEL or row.all_clear
        if ending and heard:
            row.expires_at = max(one.expires_at for one in heard)
        if row.expires_at <= now or (ending and not heard):
            return
        about = alert if alert.infos else read_alert(max(heard, key=lambda one: one.sent).original)
        territory = Territory.of(about)
        if not territory:
            return
        row.root_id = chain[0].root_id if chain else row.root_id
        row.version = 1 + max((one.version for one in chain), default=0)
        row.topic = f"drill:{row.root_id}:{row.version}"
        row.dispatched_at = now
        row.colour = row.colour or min((one.colour for one in heard if one.colour is not None), default=None)
        row.hazard = row.hazard or next((one.hazard for one in heard if one.hazard is not None), None)
        await session.flush()
        bulletin = Bulletin(row, alert, about, territory)
        for follow in self._followers:
            await follow(session, bulletin)

    @staticmethod
    async def _chain(session: AsyncSession, row: WarningRow, references: Collection[str]) -> Sequence[WarningRow]:
        """The earlier messages of the same drill, of the same sender."""
        drills = (WarningRow.public.is_(False), WarningRow.status == Status.EXERCISE, WarningRow.sender == row.sender)
        named = select(WarningRow.root_id).where(*drills, WarningRow.identifier.in_(references))
        query = select(WarningRow).where(*drills, WarningRow.root_id.in_(named), WarningRow.id != row.id)
        return (await session.scalars(query.order_by(WarningRow.version))).all()
