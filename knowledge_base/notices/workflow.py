"""The steps of a notice: written by one, approved by another, sent at its time; withdrawn when it is wrong."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge_base.curation.accounts import Account, Role
from knowledge_base.curation.audit import Audit
from knowledge_base.curation.problems import required
from knowledge_base.curation.refusals import OwnText
from knowledge_base.notices.models import NoticeRow, NoticeThanksRow
from knowledge_base.notices.notice import Notice, State
from knowledge_base.notices.post import Post
from knowledge_base.notices.problems import NoticeProof
from knowledge_base.notices.readers import Readers, count
from knowledge_base.store import Store

NOTE_LENGTH = 1000
LONG_ENOUGH = timedelta(days=2)
"""So long a retraction is tried at least, though the notice itself may have ended."""
UNSENT = frozenset({State.DRAFT, State.SUBMITTED, State.SCHEDULED, State.EXPIRED})
"""A notice may be rewritten until it is sent; it is a draft again then."""


class NoSuchNotice(Exception):
    """There is no such notice."""


class NoticeMoved(Exception):
    """Somebody has changed the notice in the meantime, or it is not in a state for this step any more."""


class NoticeWorkflow:
    """The notices of one store. Each step checks the role, is one transaction, and leaves a line in the audit log."""

    def __init__(
        self,
        store: Store,
        post: Post,
        readers: Readers,
        *,
        proof: NoticeProof,
        audit: Audit,
        clock: Callable[[], datetime],
        new_id: Callable[[], str] = lambda: uuid4().hex,
    ) -> None:
        self._store = store
        self._post = post
        self._readers = readers
        self._proof = proof
        self._audit = audit
        self._clock = clock
        self._new_id = new_id

    async def get(self, id_: str) -> NoticeRow:
        """A notice. Raises `NoSuchNotice`."""
        async with self._store.session() as session:
            return await _row(session, id_)

    async def recent(self, limit: int) -> Sequence[NoticeRow]:
        """The latest, by the time at which they go out."""
        query = select(NoticeRow).order_by(NoticeRow.send_at.desc(), NoticeRow.id).limit(limit)
        async with self._store.session() as session:
            return (await session.scalars(query)).all()

    async def waiting_for(self, account: Account) -> int:
        """How many this person may approve."""
        if not account.may(Role.REVIEWER):
            return 0
        query = select(NoticeRow.writers).where(NoticeRow.state == State.SUBMITTED)
        async with self._store.session() as session:
            return sum(account.name not in writers for writers in await session.scalars(query))

    async def reach(self, row: NoticeRow) -> int:
        """How many people would get it if it went out now."""
        notice, now = Notice.model_validate(row.words), self._clock()
        async with self._store.session() as session:
            if row.corrects is None:
                return await count(self._readers.of(session, notice, now))
            reached = self._post.reached(session, row.corrects)
            return await count(self._readers.informed(session, reached, now, notice.valid_until))

    async def thanked(self, id_: str) -> int:
        """How many people it has helped."""
        query = select(func.count()).select_from(NoticeThanksRow).where(NoticeThanksRow.notice_id == id_)
        async with self._store.session() as session:
            return await session.scalar(query) or 0

    async def write(self, by: Account, notice: Notice, corrects: str | None = None) -> NoticeRow:
        """Keep a new draft; `corrects` is a notice that has gone out. Raises `NoticeProblems`, `NoticeMoved`."""
        by.require(Role.AGENT)
        now = self._clock()
        async with self._store.session() as session:
            await self._proof.check(session, notice, now)
            if corrects is not None and (await _row(session, corrects)).sent_at is None:
                raise NoticeMoved
            row = NoticeRow(
                id=self._new_id(), corrects=corrects, writers=[by.name], **_kept(notice), **_written(by, now)
            )
            session.add(row)
            self._audit.record(session, by, "notice.save", row.id)
        return row

    async def rewrite(self, by: Account, id_: str, revision: int, notice: Notice) -> NoticeRow:
        """Change what has not been sent; it must be approved again. Raises `NoticeProblems`, `NoticeMoved`."""
        by.require(Role.AGENT)
        now = self._clock()
        async with self._store.session() as session:
            before = await _row(session, id_)
            await self._proof.check(session, notice, now)
            writers = list(dict.fromkeys([*before.writers, by.name]))
            values = {**_kept(notice), **_written(by, now), "writers": writers}
            return await self._moved(session, "notice.save", (before, revision), UNSENT, values, by=by)

    async def submit(self, by: Account, id_: str, revision: int) -> NoticeRow:
        """Hand a draft to a second person. Raises `NoticeProblems`, `NoticeMoved`."""
        by.require(Role.AGENT)
        async with self._store.session() as session:
            row = await _row(session, id_)
            await self._proof.check(session, Notice.model_validate(row.words), self._clock())
            drafts, values = frozenset({State.DRAFT}), {"state": State.SUBMITTED}
            return await self._moved(session, "notice.submit", (row, revision), drafts, values, by=by)

    async def approve(self, by: Account, id_: str, revision: int) -> NoticeRow:
        """Let it go out at its time. Raises `OwnText` for whoever wrote at it, `NoticeProblems`, `NoticeMoved`."""
        by.require(Role.REVIEWER)
        async with self._store.session() as session:
            row = await _row(session, id_)
            if by.name in row.writers:
                raise OwnText
            await self._proof.check(session, Notice.model_validate(row.words), self._clock())
            values = {"state": State.SCHEDULED, **self._decided(by)}
            submitted = frozenset({State.SUBMITTED})
            return await self._moved(session, "notice.approve", (row, revision), submitted, values, by=by)

    async def send_back(self, by: Account, id_: str, revision: int, note: str) -> NoticeRow:
        """Back to the writer, with what is to be changed. Raises `EntryProblems` without a note, `NoticeMoved`."""
        by.require(Role.REVIEWER)
        note = required(note, "note", NOTE_LENGTH)
        async with self._store.session() as session:
            row = await _row(session, id_)
            values = {"state": State.DRAFT, **self._decided(by, note)}
            submitted = frozenset({State.SUBMITTED, State.SCHEDULED})
            return await self._moved(session, "notice.send_back", (row, revision), submitted, values, by=by)

    async def withdraw(self, by: Account, id_: str, *, tell: bool) -> NoticeRow:
        """Stop a notice, whatever has become of it: what has not gone out does not go out any more.

        `tell`: whoever got it is told that it does not hold. Anybody on the staff may. Raises `NoticeMoved` where it is
        withdrawn already.
        """
        by.require(*Role)
        now, standing = self._clock(), [state for state in State if state is not State.WITHDRAWN]
        async with self._store.session() as session:
            # Changed before it is read: a scheduler that is sending it at this moment has ended by then.
            here = (NoticeRow.id == id_, NoticeRow.state.in_(standing))
            values = {"state": State.WITHDRAWN, "revision": NoticeRow.revision + 1, **self._decided(by)}
            row: NoticeRow | None = await session.scalar(
                update(NoticeRow).where(*here).values(values).returning(NoticeRow)
            )
            if row is None:
                await _row(session, id_)
                raise NoticeMoved
            stopped, told = await self._post.withdraw(session, id_), 0
            if tell and row.sent_at is not None:
                until = max(row.valid_until, now + LONG_ENOUGH)
                to = self._readers.informed(session, self._post.reached(session, id_), now, until)
                told = await self._post.retract(session, id_, Notice.model_validate(row.words), to, until)
            self._audit.record(session, by, "notice.withdraw", id_, stopped=stopped, told=told)
        return row

    def _decided(self, by: Account, note: str | None = None) -> dict[str, Any]:
        return {"decided_by": by.name, "decided_at": self._clock(), "note": note}

    async def _moved(
        self,
        session: AsyncSession,
        action: str,
        seen: tuple[NoticeRow, int],
        origins: frozenset[State],
        values: dict[str, Any],
        *,
        by: Account,
    ) -> NoticeRow:
        """The notice after a step from one of `origins`. Raises `NoticeMoved` where it is not at the revision seen."""
        before, revision = seen
        if before.revision != revision:
            raise NoticeMoved
        row: NoticeRow | None = await session.scalar(
            update(NoticeRow)
            .where(NoticeRow.id == before.id, NoticeRow.revision == revision, NoticeRow.state.in_(origins))
            .values(values | {"revision": revision + 1})
            .returning(NoticeRow)
            .execution_options(populate_existing=True)
        )
        if row is None:
            raise NoticeMoved
        self._audit.record(session, by, action, before.id)
        return row


async def _row(session: AsyncSession, id_: str) -> NoticeRow:
    row = await session.get(NoticeRow, id_)
    if row is None:
        raise NoSuchNotice
    return row


def _kept(notice: Notice) -> dict[str, Any]:
    """The columns that what is written fills."""
    words = notice.model_dump(mode="json")
    return {"kind": notice.kind, "words": words, "send_at": notice.send_at, "valid_until": notice.valid_until}


def _written(by: Account, now: datetime) -> dict[str, Any]:
    """A draft of somebody's, that nobody has decided on."""
    decided = dict.fromkeys(("decided_by", "decided_at", "note"))
    return {"state": State.DRAFT, "author": by.name, "written_at": now, **decided}
