"""Warnings from the message to the people and back: the real intake, outbox, answers and ladder over a scratch store."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select

from bot.delivery.circular import Circulars
from bot.delivery.models import LetterRow, OutboxRow
from bot.delivery.outbox import Outbox
from bot.warnings.calls import OutboxCalls, OutboxDeliveries
from bot.warnings.dispatch import OutboxDispatch
from dialogs.warning_calls import call_reply
from dialogs.warning_text import warning_reply
from knowledge_base.store import Store
from knowledge_base.warnings.alert import (
    Alert,
    Area,
    Category,
    Certainty,
    Colour,
    Info,
    MsgType,
    Reference,
    ResponseType,
    Scope,
    Severity,
    Status,
    Urgency,
)
from knowledge_base.warnings.answers import Answers
from knowledge_base.warnings.cap_write import write_cap
from knowledge_base.warnings.intake import Intake, Taken
from knowledge_base.warnings.ladder import Ladder
from knowledge_base.warnings.models import LadderStepRow, OfficerRow, PersonRow, Role

VILLAGE, OTHER = "411424100201", "411424100202"
SENDER = "qxj@zhecheng"
COLOURS = {Colour.RED: "红色", Colour.ORANGE: "橙色", Colour.YELLOW: "黄色", Colour.BLUE: "蓝色"}


def rainstorm(
    identifier: str, sent: datetime, colour: Colour = Colour.RED, codes: Sequence[str] = ("411424000000",)
) -> Alert:
    """A warning of heavy rain for ten hours."""
    info = Info(
        event="暴雨",
        categories=(Category.MET,),
        urgency=Urgency.IMMEDIATE,
        severity=Severity.UNKNOWN,
        certainty=Certainty.LIKELY,
        language="zh-CN",
        event_codes=(("eventCode", "11B03"),),
        effective=sent,
        onset=sent,
        expires=sent + timedelta(hours=10),
        sender_name="柘城县气象台",
        headline=f"柘城县气象台发布暴雨{COLOURS[colour]}预警",
        description="预计今天到夜里有大暴雨。",
        areas=(Area("柘城县", geocodes=tuple(("行政区划代码", code) for code in codes)),),
    )
    return Alert(identifier, SENDER, sent, Status.ACTUAL, MsgType.ALERT, Scope.PUBLIC, infos=(info,))


def after(earlier: Alert, identifier: str, sent: datetime, msg_type: MsgType, info: Info | None = None) -> Alert:
    """A message that refers to an earlier one."""
    reference = Reference(earlier.sender, earlier.identifier, earlier.sent)
    infos = (info,) if info else ()
    return replace(earlier, identifier=identifier, sent=sent, msg_type=msg_type, references=(reference,), infos=infos)


def all_clear(earlier: Alert, identifier: str, sent: datetime) -> Alert:
    """The end of a danger."""
    info = replace(earlier.infos[0], response_types=(ResponseType.ALL_CLEAR,))
    return after(earlier, identifier, sent, MsgType.UPDATE, info)


class Alarm:
    """A county on a scratch store. `now` can be moved."""

    def __init__(self, store: Store, now: datetime, *, orange: bool = False) -> None:
        self.store = store
        self.now = now
        self.outbox = Outbox(store, self.clock)
        circulars = Circulars(self.outbox, self.clock)
        calls = OutboxCalls(self.outbox, circulars, lambda call: call_reply(call, lambda code: f"地方{code}"))
        self.deliveries = OutboxDeliveries()
        self.answers = Answers(store, calls, self.deliveries, self.clock)
        self.ladder = Ladder(store, calls, self.deliveries, self.clock, orange=orange)
        self.intake = Intake(
            store, OutboxDispatch(circulars, warning_reply), self.clock, followers=(self.ladder.follow,)
        )

    def clock(self) -> datetime:
        """Now."""
        return self.now

    def later(self, **delta: float) -> None:
        """Move the clock."""
        self.now += timedelta(**delta)

    async def people(self, *users: str, place: str = VILLAGE) -> None:
        """People of a village."""
        async with self.store.session() as session:
            session.add_all(
                PersonRow(
                    channel="telegram", user=user, place=place, name=user, crops=[], animals=[], updated_at=self.now
                )
                for user in users
            )

    async def officer(self, role: Role, user: str, place: str = VILLAGE) -> None:
        """Somebody who is called."""
        async with self.store.session() as session:
            session.add(OfficerRow(place=place, channel="telegram", user=user, role=role, shown=f"{user}同志"))

    async def take(self, alert: Alert) -> Taken:
        """A message comes in."""
        return await self.intake.take(write_cap(alert), "test")

    async def warn(self, identifier: str = "a", colour: Colour = Colour.RED) -> str:
        """A warning goes out; its id."""
        taken = await self.take(rainstorm(identifier, self.now, colour))
        assert taken.warning_id is not None, taken
        return taken.warning_id

    async def messages(self, user: str) -> list[tuple[str, str, str]]:
        """What waits for, or went to, a person: topic, state and text, in order."""
        query = (
            select(OutboxRow, LetterRow.payload)
            .outerjoin(LetterRow, LetterRow.id == OutboxRow.letter_id)
            .where(OutboxRow.user == user)
            .order_by(OutboxRow.created_at, OutboxRow.topic)
        )
        async with self.store.session() as session:
            rows = (await session.execute(query)).all()
        return [(row.topic, row.state, (letter or row.payload)["text"]) for row, letter in rows]

    async def steps(self) -> list[tuple[str, str, str, str]]:
        """Step, place, who and outcome, in order."""
        async with self.store.session() as session:
            rows = await session.scalars(select(LadderStepRow).order_by(LadderStepRow.at, LadderStepRow.step))
        return [(row.step, row.place, row.to, row.outcome) for row in rows]
