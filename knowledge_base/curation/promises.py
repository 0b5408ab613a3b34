"""Answers that are to be entries: what farmers have asked, and which entry it will be."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge_base.curation.accounts import Account, Role
from knowledge_base.curation.answer import AnswerState, asked_with, move
from knowledge_base.curation.answer_text import AnswerProblems, Problem
from knowledge_base.curation.audit import Audit
from knowledge_base.curation.clusters import Asked
from knowledge_base.curation.models import AnswerRow, VersionRow
from knowledge_base.curation.states import OPEN
from knowledge_base.models import QuestionRow
from knowledge_base.store import Store


class Promises:
    """Answers that wait for an entry. They are sent when it is published: `Answers.on_published`."""

    def __init__(self, store: Store, audit: Audit) -> None:
        self._store = store
        self._audit = audit

    async def asks_for(self, answer: str) -> tuple[str, ...]:
        """The farmers' wordings that an entry is to be written for, each once, oldest first."""
        async with self._store.session() as session:
            row = await session.get(AnswerRow, answer)
            if row is None or row.state != AnswerState.AWAITING_ENTRY:
                return ()
            texts = [q.text.strip() for q in await asked_with(session, answer)]
        return tuple(dict.fromkeys(text for text in texts if text))

    async def awaiting(self, key: str) -> int:
        """How many people get an entry once it is published."""
        asked = (
            select(QuestionRow.channel, QuestionRow.user)
            .join(AnswerRow, QuestionRow.answer_id == AnswerRow.id)
            .where(AnswerRow.state == AnswerState.AWAITING_ENTRY, AnswerRow.entry_key == key)
            .where(QuestionRow.state == Asked.IN_REVIEW)
        )
        async with self._store.session() as session:
            return await session.scalar(select(func.count()).select_from(asked.distinct().subquery())) or 0

    async def link(self, session: AsyncSession, by: Account, answer: str, key: str) -> None:
        """Say in the caller's transaction which entry it will be. Raises `Decided` where it is not awaited any more."""
        by.require(Role.AGENT)
        await move(session, answer, (AnswerState.AWAITING_ENTRY,), entry_key=key)
        self._audit.record(session, by, "answer.link", answer, entry=key)

    async def link_draft(self, by: Account, answer: str, key: str) -> None:
        """`link` to an entry that is being written, as a step of its own. Raises `AnswerProblems`, `Decided`."""
        draft = select(VersionRow.key).where(VersionRow.key == key, VersionRow.state.in_(OPEN)).limit(1)
        async with self._store.session() as session:
            if await session.scalar(draft) is None:
                raise AnswerProblems([Problem("key", "no_draft", key[:80])])
            await self.link(session, by, answer, key)
