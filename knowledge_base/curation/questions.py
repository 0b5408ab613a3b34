"""Answering waiting questions: written by one person, approved by another, sent to everybody who asked."""

from collections.abc import Callable, Collection
from datetime import date, datetime
from uuid import uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge_base.curation.accounts import Account, Forbidden, Role
from knowledge_base.curation.answer import (
    AT_ONCE,
    OPEN,
    Answer,
    AnswerState,
    Decided,
    Dismissal,
    NoSuchAnswer,
    Taken,
    answer_of,
    asked_with,
    move,
    portions,
    topic,
)
from knowledge_base.curation.answer_text import NOTE_MAX, AnswerProblems, AnswerText, Problem, plain
from knowledge_base.curation.audit import Audit
from knowledge_base.curation.clusters import Asked, Clusters, Question, question_of
from knowledge_base.curation.models import AnswerRow
from knowledge_base.curation.post import Message, Post, opening
from knowledge_base.curation.promises import Promises
from knowledge_base.curation.refusals import OwnText
from knowledge_base.entry import Entry
from knowledge_base.library import Library
from knowledge_base.models import QuestionRow
from knowledge_base.safety import PesticideGate
from knowledge_base.store import Store

AT_MOST = 5_000
"""Questions that one answer may be for."""
_COUNTY_TIME = ZoneInfo("Asia/Shanghai")


class Answers:
    """The steps of answers. Each checks the role, is one transaction, and leaves a line in the audit log.

    All raise `Forbidden` where the role is missing.
    """

    def __init__(
        self,
        store: Store,
        *,
        clusters: Clusters,
        library: Library,
        gate: PesticideGate,
        post: Post,
        audit: Audit,
        clock: Callable[[], datetime],
        new_id: Callable[[], str] = lambda: uuid4().hex,
    ) -> None:
        self._store = store
        self._clusters = clusters
        self._library = library
        self._gate = gate
        self._post = post
        self._audit = audit
        self._clock = clock
        self._new_id = new_id
        self.promises = Promises(store, audit)

    async def write(self, by: Account, questions: Collection[str], words: AnswerText) -> str:
        """Answer questions in one's own words; the answer's id. Raises `AnswerProblems`, `Taken`."""
        by.require(Role.AGENT)
        await self._check(words, questions)
        return await self._propose(by, questions, AnswerState.IN_REVIEW, words, None)

    async def choose(self, by: Account, questions: Collection[str], key: str) -> str:
        """Answer questions with a published entry. Raises `AnswerProblems` where it may not be given, `Taken`."""
        by.require(Role.AGENT)
        await self._entry(key)
        return await self._propose(by, questions, AnswerState.IN_REVIEW, AnswerText(""), key)

    async def await_entry(self, by: Account, questions: Collection[str]) -> str:
        """Answer questions with an entry that is to be written: see `promises`, `on_published`. Raises `Taken`."""
        by.require(Role.AGENT)
        return await self._propose(by, questions, AnswerState.AWAITING_ENTRY, AnswerText(""), None)

    async def rewrite(self, by: Account, answer: str, words: AnswerText) -> None:
        """Change one's own answer after it was sent back, for another review.

        Raises `Forbidden` for another's answer (it can be withdrawn), `AnswerProblems`, `Decided`, `NoSuchAnswer`.
        """
        by.require(Role.AGENT)
        async with self._store.session() as session:
            row = await session.get(AnswerRow, answer)
            if row is None:
                raise NoSuchAnswer
            if row.author != by.name:
                raise Forbidden("another's answer")
            await self._check(words, [question.id for question in await asked_with(session, answer)])
            values = {"text": words.detail, "spoken": words.spoken, "entry_key": None}
            await move(session, answer, (AnswerState.SENT_BACK,), state=AnswerState.IN_REVIEW, **values)
            self._audit.record(session, by, "answer.rewrite", answer)

    async def withdraw(self, by: Account, answer: str) -> None:
        """Take an answer back that is not approved: its questions wait again. Raises `Decided`."""
        by.require(Role.AGENT)
        async with self._store.session() as session:
            await move(session, answer, OPEN, state=AnswerState.WITHDRAWN)
            await session.execute(
                update(QuestionRow)
                .where(QuestionRow.answer_id == answer, QuestionRow.state == Asked.IN_REVIEW)
                .values(state=Asked.WAITING, answer_id=None)
                .execution_options(synchronize_session=False)
            )
            self._audit.record(session, by, "answer.withdraw", answer)

    async def send_back(self, by: Account, answer: str, note: str) -> None:
        """Back to the agent, with what is to be changed. Raises `OwnText`, `AnswerProblems`, `Decided`."""
        by.require(Role.REVIEWER)
        note = plain(note)
        if not note:
            raise AnswerProblems([Problem("note", "missing")])
        if len(note) > NOTE_MAX:
            raise AnswerProblems([Problem("note", "too_long", str(len(note)))])
        now = self._clock()
        async with self._store.session() as session:
            await self._others(session, by, answer)
            values = {"reviewer": by.name, "reviewed_at": now, "note": note}
            await move(session, answer, (AnswerState.IN_REVIEW,), state=AnswerState.SENT_BACK, **values)
            self._audit.record(session, by, "answer.send_back", answer, note=note)

    async def approve(self, by: Account, answer: str) -> int:
        """Send an answer to everybody who asked; how many people. Raises `OwnText`, `AnswerProblems`, `Decided`."""
        by.require(Role.REVIEWER)
        async with self._store.session() as session:
            row = await self._others(session, by, answer)
            entry = None
            if row.entry_key is not None:
                entry = await self._entry(row.entry_key)
            else:
                words = AnswerText(row.spoken, row.text)
                await self._check(words, [question.id for question in await asked_with(session, answer)])
            return await self._send(session, by, answer_of(row), AnswerState.IN_REVIEW, entry)

    async def on_published(self, session: AsyncSession, entry: Entry, by: Account) -> None:
        """Part of the publishing transaction: whoever waits for this entry gets it."""
        query = select(AnswerRow).where(AnswerRow.state == AnswerState.AWAITING_ENTRY, AnswerRow.entry_key == entry.key)
        for row in (await session.scalars(query)).all():
            await self._send(session, by, answer_of(row), AnswerState.AWAITING_ENTRY, entry)

    async def dismiss(self, by: Account, questions: Collection[str], why: Dismissal) -> None:
        """Leave questions without an answer. Raises `Taken`."""
        by.require(Role.AGENT)
        async with self._store.session() as session:
            await self._take(session, questions, state=Asked.DISMISSED)
            self._audit.record(session, by, "question.dismiss", why, questions=sorted(questions)[:AT_ONCE])

    async def _propose(
        self, by: Account, questions: Collection[str], state: AnswerState, words: AnswerText, key: str | None
    ) -> str:
        answer, now = self._new_id(), self._clock()
        async with self._store.session() as session:
            await self._take(session, questions, state=Asked.IN_REVIEW, answer_id=answer)
            session.add(
                AnswerRow(
                    id=answer,
                    text=words.detail,
                    spoken=words.spoken,
                    entry_key=key,
                    state=state,
                    author=by.name,
                    created_at=now,
                )
            )
            self._audit.record(session, by, "answer.write", answer, questions=len(set(questions)), entry=key)
        return answer

    async def _take(self, session: AsyncSession, questions: Collection[str], **values: object) -> None:
        """Change questions that all still wait. Raises `Taken`, `AnswerProblems` where there are none or too many."""
        wanted = sorted(set(questions))
        if not wanted:
            raise AnswerProblems([Problem("questions", "missing")])
        if len(wanted) > AT_MOST:
            raise AnswerProblems([Problem("questions", "too_many", str(AT_MOST))])
        taken: set[str] = set()
        for ids in portions(wanted):
            # In one order, so that two people never wait for each other; SQLite, without row locks, has one writer.
            locked = select(QuestionRow.id).where(QuestionRow.id.in_(ids)).order_by(QuestionRow.id).with_for_update()
            await session.execute(locked)
            changed = await session.scalars(
                update(QuestionRow)
                .where(QuestionRow.id.in_(ids), QuestionRow.state == Asked.WAITING)
                .values(**values)
                .returning(QuestionRow.id)
                .execution_options(synchronize_session=False)
            )
            taken.update(changed)
        if gone := set(wanted) - taken:
            who = (
                select(AnswerRow.author)
                .join(QuestionRow, QuestionRow.answer_id == AnswerRow.id)
                .where(QuestionRow.id.in_(sorted(gone)[:AT_ONCE]))
                .limit(1)
            )
            raise Taken(gone, await session.scalar(who))

    async def _others(self, session: AsyncSession, by: Account, answer: str) -> AnswerRow:
        """An answer for its reviewer. Raises `NoSuchAnswer`, `OwnText`, `Decided`."""
        row = await session.get(AnswerRow, answer, with_for_update=True)
        if row is None:
            raise NoSuchAnswer
        if row.author == by.name:
            raise OwnText("the answer is their own")
        if row.state != AnswerState.IN_REVIEW:
            raise Decided
        return row

    async def _check(self, words: AnswerText, questions: Collection[str]) -> None:
        found = await self._load(questions)
        if problems := words.problems(self._gate, self._clusters.crops(found), self._today()):
            raise AnswerProblems(problems)

    async def _load(self, questions: Collection[str]) -> list[Question]:
        found: list[Question] = []
        async with self._store.session() as session:
            for ids in portions(sorted(set(questions))[:AT_MOST]):
                rows = await session.scalars(select(QuestionRow).where(QuestionRow.id.in_(ids)))
                found += [question_of(row) for row in rows]
        return found

    async def _entry(self, key: str) -> Entry:
        """A published entry that may be given today. Raises `AnswerProblems`."""
        entry = await self._library.get(key)
        if entry is None:
            raise AnswerProblems([Problem("key", "no_entry", key)])
        if entry.expired(self._today()):
            raise AnswerProblems([Problem("key", "expired", entry.title)])
        return entry

    async def _send(
        self, session: AsyncSession, by: Account, answer: Answer, state: AnswerState, entry: Entry | None
    ) -> int:
        """Close an answer and its questions, and put a message for each person who asked; how many people."""
        now = self._clock()
        values = {"state": AnswerState.APPROVED, "reviewer": by.name, "reviewed_at": now}
        await move(session, answer.id, (state,), **values)
        last = {(question.channel, question.user): question for question in await asked_with(session, answer.id)}
        await session.execute(
            update(QuestionRow)
            .where(QuestionRow.answer_id == answer.id, QuestionRow.state == Asked.IN_REVIEW)
            .values(state=Asked.ANSWERED, answered_at=now)
            .execution_options(synchronize_session=False)
        )
        messages = [
            Message(
                channel,
                user,
                topic(answer.id),
                opening(question.text, question.asked_at, now),
                entry.key if entry else f"answer.{answer.id}",
                answer.words.spoken,
                answer.words.detail,
                entry,
            )
            for (channel, user), question in last.items()
        ]
        await self._post.put(session, messages)
        self._audit.record(session, by, "answer.approve", answer.id, farmers=len(messages))
        return len(messages)

    def _today(self) -> date:
        return self._clock().astimezone(_COUNTY_TIME).date()
