"""Sends what is due: each notice once, however many processes look, and none after its time."""

from collections.abc import Callable
from datetime import datetime

import structlog
from sqlalchemy import select, update

from knowledge_base.notices.models import NoticeRow
from knowledge_base.notices.notice import Notice, State
from knowledge_base.notices.post import Post
from knowledge_base.notices.problems import NoticeProof
from knowledge_base.notices.readers import Readers
from knowledge_base.store import Store

log = structlog.get_logger(__name__)


class NoticesNotSent(Exception):
    """Some due notices could not be sent; they are tried again. The message says how many."""


class Sending:
    """The scheduled notices of one store."""

    def __init__(
        self, store: Store, post: Post, readers: Readers, proof: NoticeProof, clock: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._post = post
        self._readers = readers
        self._proof = proof
        self._clock = clock

    async def tick(self) -> None:
        """Send everything due, the earliest first. One that fails holds no other up; raises `NoticesNotSent` at the end."""
        query = select(NoticeRow.id).where(NoticeRow.state == State.SCHEDULED, NoticeRow.send_at <= self._clock())
        async with self._store.session() as session:
            due = (await session.scalars(query.order_by(NoticeRow.send_at, NoticeRow.id))).all()
        failed = 0
        for id_ in due:
            try:
                await self._send(id_)
            except Exception:
                failed += 1
                log.exception("notice not sent", notice=id_)
        if failed:
            raise NoticesNotSent(str(failed))

    async def _send(self, id_: str) -> None:
        """Take a notice and put its letters into the outbox, in one transaction; nothing if another process was quicker."""
        now = self._clock()
        async with self._store.session() as session:
            # The state is changed first of all: a second process waits here, and then finds nothing to do.
            row = await session.scalar(
                update(NoticeRow)
                .where(NoticeRow.id == id_, NoticeRow.state == State.SCHEDULED, NoticeRow.send_at <= now)
                .values(state=State.SENT, sent_at=now, revision=NoticeRow.revision + 1)
                .returning(NoticeRow)
            )
            if row is None:
                return
            notice = Notice.model_validate(row.words)
            if row.valid_until <= now:
                row.state, row.sent_at = State.EXPIRED, None
                return
            if (problem := self._proof.advises_banned(notice, now)) is not None:
                log.warning("notice held back: a pesticide was banned since it was approved", notice=id_)
                row.state, row.sent_at, row.note = State.DRAFT, None, problem
                return
            if notice.entry and not await self._proof.told(session, notice.entry, now):
                notice = notice.model_copy(update={"entry": None})
            to = (
                self._readers.of(session, notice, now)
                if row.corrects is None
                else self._readers.informed(session, self._post.reached(session, row.corrects), now, notice.valid_until)
            )
            row.recipients = await self._post.send(session, id_, notice, to)
