"""Warnings that staff type: written by one, orange and red approved by another, then taken in like any other."""

from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Literal
from uuid import uuid4

import yaml
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge_base.curation.accounts import Account, Role
from knowledge_base.curation.audit import Audit
from knowledge_base.store import Store
from knowledge_base.warnings.alert import (
    Alert,
    Area,
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
from knowledge_base.warnings.calling_models import TypedWarningRow
from knowledge_base.warnings.cap_write import write_cap
from knowledge_base.warnings.hazards import hazards
from knowledge_base.warnings.intake import Intake, Outcome
from knowledge_base.warnings.quiet import COUNTY_TIME

DATA = Path(__file__).with_name("typed.yaml")
SENDER = "console@xiangyin"
_SEVERITY = {
    Colour.RED: Severity.EXTREME,
    Colour.ORANGE: Severity.SEVERE,
    Colour.YELLOW: Severity.MODERATE,
    Colour.BLUE: Severity.MINOR,
}
_TYPES = {"alert": MsgType.ALERT, "update": MsgType.UPDATE, "clear": MsgType.UPDATE, "cancel": MsgType.CANCEL}


class TypedState(StrEnum):
    """Where a typed warning stands."""

    WAITING = "waiting"
    """For a second person."""
    GOING = "going"
    """Approved; taken in at this moment, or the process was killed in it: it can be given out again."""
    SENT = "sent"
    DENIED = "denied"


class NotOnesOwn(Exception):
    """A second person must look at it."""


class Decided(Exception):
    """Somebody has decided on it already."""


class NoSuchWarning(Exception):
    """There is no such typed warning."""


class NotTaken(Exception):
    """It was refused when it was taken in; the reason is a Chinese sentence."""


class TypedWarning(BaseModel):
    """What is typed. `codes` have 6 to 12 digits; `of` is the typed warning that an update, a cancel or a clear is about."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    change: Literal["alert", "update", "clear", "cancel"] = "alert"
    of: str | None = None
    hazard: str
    colour: Colour
    codes: tuple[str, ...] = Field(min_length=1)
    area: str = Field(min_length=1, max_length=200)
    onset: AwareDatetime
    expires: AwareDatetime
    office: str = Field(min_length=1, max_length=80)
    description: str = Field("", max_length=2000)
    instruction: str = Field("", max_length=1000)

    @property
    def needs_two(self) -> bool:
        """Whether a second person must approve it."""
        return self.colour <= Colour.ORANGE

    def alert(self, identifier: str, sent: datetime, earlier: Alert | None = None) -> Alert:
        """The CAP message; `earlier` is the one that it is about."""
        words, hazard = _words(), hazards()[self.hazard]
        headline = words.change.get(self.change, words.headline).format(
            office=self.office, hazard=hazard.name, colour=words.colours[self.colour]
        )
        county = {"sent": sent.astimezone(COUNTY_TIME), "onset": self.onset.astimezone(COUNTY_TIME)}
        info = Info(
            event=hazard.name,
            categories=(hazard.category,),
            urgency=Urgency.IMMEDIATE if county["onset"] <= county["sent"] else Urgency.EXPECTED,
            severity=_SEVERITY[self.colour],
            certainty=Certainty.LIKELY,
            language="zh-CN",
            response_types=(ResponseType.ALL_CLEAR,) if self.change == "clear" else (),
            effective=county["sent"],
            onset=county["onset"],
            expires=self.expires.astimezone(COUNTY_TIME),
            sender_name=self.office,
            headline=headline,
            description=self.description or None,
            instruction=self.instruction or None,
            parameters=((words.colour_name, words.colours[self.colour]),),
            areas=(Area(self.area, geocodes=tuple((words.code_name, code.ljust(12, "0")) for code in self.codes)),),
        )
        references = (Reference(earlier.sender, earlier.identifier, earlier.sent),) if earlier else ()
        return Alert(
            identifier,
            SENDER,
            county["sent"].replace(microsecond=0),
            Status.ACTUAL,
            _TYPES[self.change],
            Scope.PUBLIC,
            references=references,
            note=words.note if self.change == "cancel" else None,
            infos=(info,),
        )


class TypedWarnings:
    """The typed warnings of one store."""

    def __init__(
        self,
        store: Store,
        intake: Intake,
        audit: Audit,
        clock: Callable[[], datetime],
        new_id: Callable[[], str] = lambda: uuid4().hex,
    ) -> None:
        self._store = store
        self._intake = intake
        self._audit = audit
        self._clock = clock
        self._new_id = new_id

    async def get(self, id_: str) -> TypedWarningRow:
        """A typed warning. Raises `NoSuchWarning`."""
        async with self._store.session() as session:
            return await self._row(session, id_)

    async def waiting(self) -> Sequence[TypedWarningRow]:
        """Those for a second person, and those that have not quite gone out, oldest first."""
        open_ = TypedWarningRow.state.in_([TypedState.WAITING, TypedState.GOING])
        async with self._store.session() as session:
            return (
                await session.scalars(select(TypedWarningRow).where(open_).order_by(TypedWarningRow.written_at))
            ).all()

    async def by_warning(self, warning: str) -> TypedWarningRow | None:
        """The typed warning that a warning was made of."""
        async with self._store.session() as session:
            found: TypedWarningRow | None = await session.scalar(
                select(TypedWarningRow).where(TypedWarningRow.warning_id == warning)
            )
            return found

    async def write(self, by: Account, words: TypedWarning) -> TypedWarningRow:
        """Keep a warning; yellow and blue go out at once. Raises `NotTaken`."""
        by.require(Role.OPERATOR)
        row = TypedWarningRow(
            id=self._new_id(),
            author=by.name,
            written_at=self._clock(),
            words=words.model_dump(mode="json"),
            state=TypedState.WAITING,
        )
        async with self._store.session() as session:
            session.add(row)
            self._audit.record(session, by, "warning.write", row.id, hazard=words.hazard, colour=int(words.colour))
        return row if words.needs_two else await self._give_out(by, row.id)

    async def approve(self, by: Account, id_: str) -> TypedWarningRow:
        """Give a warning out. Raises `NotOnesOwn`, `Decided`, `NotTaken`."""
        by.require(Role.OPERATOR, Role.REVIEWER)
        return await self._give_out(by, id_)

    async def deny(self, by: Account, id_: str) -> None:
        """Let a warning not go out; its author may, too. Raises `Decided`."""
        by.require(Role.OPERATOR, Role.REVIEWER)
        async with self._store.session() as session:
            row = await self._row(session, id_, lock=True)
            if row.state != TypedState.WAITING:
                raise Decided
            row.state, row.decided_by, row.decided_at = TypedState.DENIED, by.name, self._clock()
            self._audit.record(session, by, "warning.deny", id_)

    async def _give_out(self, by: Account, id_: str) -> TypedWarningRow:
        async with self._store.session() as session:
            row = await self._row(session, id_, lock=True)
            words = TypedWarning.model_validate(row.words)
            if row.state not in {TypedState.WAITING, TypedState.GOING}:
                raise Decided
            if words.needs_two and row.author == by.name and row.state == TypedState.WAITING:
                raise NotOnesOwn
            if row.document is None:
                earlier = await self._earlier(session, words)
                row.decided_by, row.decided_at = by.name, self._clock()
                row.document = write_cap(words.alert(row.id, row.decided_at, earlier))
                self._audit.record(session, by, "warning.approve", id_)
            row.state = TypedState.GOING
            document = row.document
        taken = await self._intake.take(document, "console")
        async with self._store.session() as session:
            row = await self._row(session, id_, lock=True)
            row.warning_id = taken.warning_id
            row.state = TypedState.DENIED if taken.outcome is Outcome.REFUSED else TypedState.SENT
        if taken.outcome is Outcome.REFUSED:
            raise NotTaken(taken.sentence)
        return row

    async def _earlier(self, session: AsyncSession, words: TypedWarning) -> Alert | None:
        """The message that this one is about, as it was given out."""
        if words.of is None:
            return None
        row = await self._row(session, words.of)
        if row.decided_at is None:
            raise NoSuchWarning
        return TypedWarning.model_validate(row.words).alert(row.id, row.decided_at)

    @staticmethod
    async def _row(session: AsyncSession, id_: str, *, lock: bool = False) -> TypedWarningRow:
        row = await session.get(TypedWarningRow, id_, with_for_update=lock)
        if row is None:
            raise NoSuchWarning
        return row


class _Words(BaseModel):
    """The words, from typed.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    headline: str
    change: dict[str, str]
    colours: dict[Colour, str]
    colour_name: str
    code_name: str
    note: str


@cache
def _words() -> _Words:
    return _Words.model_validate(yaml.safe_load(DATA.read_text("utf-8")))
