"""Where warnings come in, on a store of the test's own, with a clock that is set by hand and people who are counted."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from bot.delivery.circular import Circulars
from bot.delivery.models import OutboxRow
from bot.delivery.outbox import Outbox
from bot.delivery.policy import Outcome, State
from bot.warnings.dispatch import OutboxDispatch
from dialogs.messages import Reply, ReplyKind
from knowledge_base.store import Store
from knowledge_base.warnings.alert import (
    Alert,
    Area,
    Category,
    Certainty,
    Info,
    MsgType,
    Reference,
    Scope,
    Severity,
    Status,
    Urgency,
)
from knowledge_base.warnings.cap_write import write_cap
from knowledge_base.warnings.dispatch import Bulletin, Follower
from knowledge_base.warnings.intake import Intake, Taken
from knowledge_base.warnings.models import PersonRow, WarningRow

NOON = datetime(2026, 7, 20, 4, 0, tzinfo=UTC)
"""Twelve o'clock in Shanghai."""
OFFICE = "weather@xinzheng"
COUNTY = "410184"
LEASE = timedelta(seconds=60)
SEVERITIES = {"red": Severity.EXTREME, "orange": Severity.SEVERE, "yellow": Severity.MODERATE, "blue": Severity.MINOR}


class Clock:
    """Set by hand."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def later(self, **delta: float) -> None:
        self.now += timedelta(**delta)


def info(colour: str = "red", codes: Sequence[str] = (COUNTY,), **more: Any) -> Info:
    """A heavy rain, until six hours after noon."""
    return Info(
        event="暴雨",
        categories=(Category.MET,),
        urgency=Urgency.IMMEDIATE,
        severity=SEVERITIES[colour],
        certainty=Certainty.LIKELY,
        language="zh-CN",
        **{
            "expires": NOON + timedelta(hours=6),
            "areas": (Area("新郑市", geocodes=tuple(("行政区划代码", code) for code in codes)),),
            **more,
        },
    )


def warning(identifier: str, minute: float = 0, *after: str, infos: Sequence[Info] = (), **more: Any) -> Alert:
    """An Alert sent so many minutes after noon, or an Update of the messages `after`."""
    return replace(
        Alert(
            identifier=identifier,
            sender=OFFICE,
            sent=NOON + timedelta(minutes=minute),
            status=Status.ACTUAL,
            msg_type=MsgType.UPDATE if after else MsgType.ALERT,
            scope=Scope.PUBLIC,
            references=tuple(Reference(OFFICE, one, NOON) for one in after),
            infos=tuple(infos) or (info(),),
        ),
        **more,
    )


def cancel(identifier: str, minute: float, *after: str, **more: Any) -> Alert:
    """A Cancel that says nothing but what it cancels."""
    return replace(warning(identifier, minute, *after), msg_type=MsgType.CANCEL, infos=(), **more)


def said(bulletin: Bulletin) -> Reply:
    """What people get: the identifier of the message."""
    return Reply(ReplyKind.INFO, bulletin.warning.identifier)


class WarningDesk:
    """Takes warnings, and plays the worker that sends them."""

    def __init__(
        self, store: Store, clock: Clock | None = None, followers: Sequence[Follower] = (), **more: Any
    ) -> None:
        self.store = store
        self.clock = clock or Clock()
        self.outbox = Outbox(store, self.clock)
        self.taken: list[Taken] = []
        self.bulletins: list[Bulletin] = []
        self.got: dict[str, list[str]] = {}
        """By person, the identifiers of the messages that were sent, in their order."""

        async def follow(_session: object, bulletin: Bulletin) -> None:
            self.bulletins.append(bulletin)

        dispatch = OutboxDispatch(Circulars(self.outbox, self.clock), said)
        self.intake = Intake(
            store, dispatch, self.clock, observer=self.taken.append, followers=[follow, *followers], **more
        )

    async def people(self, *rows: PersonRow) -> None:
        """Make people known."""
        async with self.store.session() as session:
            session.add_all(rows)

    async def take(self, alert: Alert) -> Taken:
        """Take a warning in."""
        return await self.intake.take(write_cap(alert), "test")

    async def send(self, limit: int = 1_000, outcome: Outcome | None = None) -> list[str]:
        """Send what is due now; to whom, most urgent first."""
        result = outcome or Outcome(State.SENT, "sent")
        claimed = await self.outbox.claim("paper", limit, LEASE)
        for message in claimed:
            if result.state is State.SENT:
                self.got.setdefault(message.user, []).append(message.reply().text)
            await self.outbox.record(message.id, result)
        return [message.user for message in claimed]

    async def waiting(self) -> dict[str, str]:
        """By person, the identifier of the message that waits for them."""
        claimed: dict[str, str] = {}
        async with self.store.session() as session:
            rows = (await session.scalars(select(OutboxRow).where(OutboxRow.state == State.WAITING))).all()
            topics = {row.topic: row.identifier for row in await session.scalars(select(WarningRow))}
        for row in rows:
            assert row.user not in claimed, "two messages wait for one person"
            claimed[row.user] = topics[row.topic]
        return claimed

    async def states(self) -> dict[str, str]:
        """By identifier, the state of each message."""
        async with self.store.session() as session:
            return {row.identifier: row.state for row in await session.scalars(select(WarningRow))}


def person(user: str, place: str | None = COUNTY + "001001", **more: Any) -> PersonRow:
    """Somebody on the paper channel."""
    return PersonRow(channel="paper", user=user, place=place, updated_at=NOON, **more)
