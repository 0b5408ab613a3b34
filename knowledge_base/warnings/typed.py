"""Warnings that staff type: written by one, orange and red approved by another, then taken in like any other."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge_base.curation.accounts import Account, Role
from knowledge_base.curation.audit import Audit
from knowledge_base.store import Store
from knowledge_base.warnings.alert import Alert, AlertRefused
from knowledge_base.warnings.calling_models import TypedWarningRow
from knowledge_base.warnings.cap_write import write_cap
from knowledge_base.warnings.chains import lock
from knowledge_base.warnings.intake import Intake, Outcome
from knowledge_base.warnings.models import WarningRow, WarningState
from knowledge_base.warnings.terms import Colour
from knowledge_base.warnings.typed_warning import TypedWarning, typed_words

TWICE = timedelta(minutes=2)
"""The same words of the same person within this time are a button that was pressed twice."""


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


class Watch(Protocol):
    """Hears of typed warnings, in the transaction that keeps what it hears."""

    async def waits(self, session: AsyncSession, row: TypedWarningRow, words: TypedWarning) -> None:
        """A warning waits for a second person."""
        ...

    async def decided(self, session: AsyncSession, row: TypedWarningRow, words: TypedWarning, reached: int) -> None:
        """A warning has gone out to so many people, or was denied."""
        ...


class TypedWarnings:
    """The typed warnings of one store."""

    def __init__(
        self,
        store: Store,
        intake: Intake,
        audit: Audit,
        clock: Callable[[], datetime],
        *,
        new_id: Callable[[], str] = lambda: uuid4().hex,
        watch: Watch | None = None,
    ) -> None:
        self._store = store
        self._watch = watch
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

    async def reached(self, row: TypedWarningRow) -> int:
        """To how many people a warning that was given out went."""
        async with self._store.session() as session:
            warning = await session.get(WarningRow, row.warning_id) if row.warning_id else None
        return warning.recipients if warning else 0

    async def in_force(self, author: str) -> Sequence[TypedWarningRow]:
        """What somebody has issued and what holds now, the newest first."""
        holds = (WarningRow.state == WarningState.IN_FORCE, WarningRow.expires_at > self._clock())
        query = (
            select(TypedWarningRow)
            .join(WarningRow, WarningRow.id == TypedWarningRow.warning_id)
            .where(TypedWarningRow.author == author, TypedWarningRow.state == TypedState.SENT, *holds)
        )
        async with self._store.session() as session:
            return (await session.scalars(query.order_by(TypedWarningRow.written_at.desc()))).all()

    async def complete(self, words: TypedWarning) -> TypedWarning:
        """The same with the colour that stands until now where it is about an earlier one. Raises `NoSuchWarning`."""
        async with self._store.session() as session:
            return await self._complete(session, words)

    async def write(self, by: Account, words: TypedWarning, id_: str | None = None) -> TypedWarningRow:
        """Keep a warning; yellow and blue go out at once. What is kept already is not written again: an `id_`, or the same
        words given twice.

        Raises `NotTaken`, `NoSuchWarning`.
        """
        by.require(Role.OPERATOR)
        async with self._store.session() as session:
            await lock(session)  # of two that are the same, one waits here
            words = await self._complete(session, words)
            row = await self._known(session, by, words, id_)
            if row is None:
                row = TypedWarningRow(
                    id=id_ or self._new_id(),
                    author=by.name,
                    written_at=self._clock(),
                    words=words.model_dump(mode="json"),
                    state=TypedState.WAITING,
                )
                _document(words, row.id, row.written_at, await self._earlier(session, words))
                session.add(row)
                self._audit.record(session, by, "warning.write", row.id, hazard=words.hazard, colour=int(words.colour))
                if words.needs_two and self._watch is not None:
                    await self._watch.waits(session, row, words)
        if words.needs_two or row.state not in {TypedState.WAITING, TypedState.GOING}:
            return row
        return await self._give_out(by, row.id)

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
            if self._watch is not None:
                await self._watch.decided(session, row, TypedWarning.model_validate(row.words), 0)

    async def _give_out(self, by: Account, id_: str) -> TypedWarningRow:
        async with self._store.session() as session:
            row = await self._row(session, id_, lock=True)
            words = TypedWarning.model_validate(row.words)
            if row.state not in {TypedState.WAITING, TypedState.GOING}:
                raise Decided
            if words.needs_two and row.author == by.name and row.state == TypedState.WAITING:
                raise NotOnesOwn
            if words.change in {"alert", "update"} and words.expires <= self._clock():
                raise NotTaken(typed_words().too_late)
            if row.document is None:
                earlier = await self._earlier(session, words)
                row.decided_by, row.decided_at = by.name, self._clock()
                row.document = _document(words, row.id, row.decided_at, earlier)
                self._audit.record(session, by, "warning.approve", id_)
            row.state = TypedState.GOING
            document = row.document
        taken = await self._intake.take(document, "console")
        async with self._store.session() as session:
            row = await self._row(session, id_, lock=True)
            row.warning_id = taken.warning_id
            row.state = TypedState.DENIED if taken.outcome is Outcome.REFUSED else TypedState.SENT
            warning = await session.get(WarningRow, row.warning_id) if row.warning_id else None
            if self._watch is not None:
                await self._watch.decided(session, row, words, warning.recipients if warning else 0)
        if taken.outcome is Outcome.REFUSED:
            raise NotTaken(taken.sentence)
        return row

    async def _known(
        self, session: AsyncSession, by: Account, words: TypedWarning, id_: str | None
    ) -> TypedWarningRow | None:
        """What is kept already."""
        if id_ is not None:
            return await session.get(TypedWarningRow, id_)
        lately = (TypedWarningRow.author == by.name, TypedWarningRow.written_at > self._clock() - TWICE)
        rows = await session.scalars(select(TypedWarningRow).where(*lately, TypedWarningRow.state != TypedState.DENIED))
        kept = words.model_dump(mode="json")
        return next((row for row in rows if row.words == kept), None)

    async def _complete(self, session: AsyncSession, words: TypedWarning) -> TypedWarning:
        if words.of is None:
            return words
        earlier = await self._row(session, words.of)
        chain = select(WarningRow.root_id).where(WarningRow.id == earlier.warning_id).scalar_subquery()
        standing = select(WarningRow.colour).where(
            WarningRow.root_id == chain, WarningRow.state == WarningState.IN_FORCE
        )
        colour = await session.scalar(standing)
        return words.model_copy(update={"before": Colour(colour) if colour else None})

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


def _document(words: TypedWarning, id_: str, sent: datetime, earlier: Alert | None) -> bytes:
    """The CAP message. Raises `NotTaken` for words that it cannot say."""
    try:
        return write_cap(words.alert(id_, sent, earlier))
    except AlertRefused as refused:
        raise NotTaken(refused.sentence) from None
