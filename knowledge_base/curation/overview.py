"""What waits, what was answered, and how far the answers have got."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge_base.curation.answer import Answer, AnswerState, answer_of, topic
from knowledge_base.curation.clusters import Asked, Question, question_of
from knowledge_base.curation.models import AnswerRow
from knowledge_base.curation.post import Post
from knowledge_base.models import EntryRow, QuestionRow
from knowledge_base.store import Store

LATELY = timedelta(days=30)
"""What the time to answer is taken over."""


@dataclass(frozen=True, slots=True)
class Figures:
    """How the waiting questions stand. `to_answer` is the median over those answered in the last 30 days."""

    waiting: int
    oldest: datetime | None
    reasons: Mapping[str, int]
    answered: int
    to_answer: timedelta | None


@dataclass(frozen=True, slots=True)
class Shown:
    """An answer with the questions it is for, the title of its entry, and how many messages are in which state."""

    answer: Answer
    questions: tuple[Question, ...]
    title: str
    progress: Mapping[str, int]

    @property
    def farmers(self) -> int:
        """How many different people it is for."""
        return len({question.farmer for question in self.questions})


class Overview:
    """Reads; changes nothing."""

    def __init__(self, store: Store, post: Post, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._post = post
        self._clock = clock

    async def figures(self) -> Figures:
        """How things stand now."""
        waiting = QuestionRow.state == Asked.WAITING
        reasons = select(QuestionRow.reason, func.count(), func.min(QuestionRow.asked_at)).where(waiting)
        times = select(QuestionRow.asked_at, QuestionRow.answered_at).where(
            QuestionRow.state == Asked.ANSWERED, QuestionRow.answered_at >= self._clock() - LATELY
        )
        async with self._store.session() as session:
            rows = (await session.execute(reasons.group_by(QuestionRow.reason))).all()
            pairs = (await session.execute(times)).all()
            seconds = [(answered - asked).total_seconds() for asked, answered in pairs if answered is not None]
        counts = {reason: count for reason, count, _ in sorted(rows, key=lambda row: (-row[1], row[0]))}
        oldest = min((first for *_, first in rows), default=None)
        to_answer = timedelta(seconds=median(seconds)) if seconds else None
        return Figures(sum(counts.values()), oldest, counts, len(seconds), to_answer)

    async def waiting(self) -> int:
        """How many questions wait."""
        async with self._store.session() as session:
            return await session.scalar(select(func.count()).where(QuestionRow.state == Asked.WAITING)) or 0

    async def in_state(self, *states: AnswerState) -> int:
        """How many answers are in one of the states."""
        async with self._store.session() as session:
            return await session.scalar(select(func.count()).where(AnswerRow.state.in_(states))) or 0

    async def open_answers(self, states: Collection[AnswerState], limit: int = 200) -> list[Shown]:
        """Answers that are not approved, oldest first."""
        query = select(AnswerRow).where(AnswerRow.state.in_(states)).order_by(AnswerRow.created_at, AnswerRow.id)
        async with self._store.session() as session:
            return await self._shown(session, (await session.scalars(query.limit(limit))).all())

    async def approved(self, limit: int, before: datetime | None = None) -> list[Shown]:
        """Approved answers, latest first; `before` goes on from an earlier page."""
        query = select(AnswerRow).where(AnswerRow.state == AnswerState.APPROVED)
        if before is not None:
            query = query.where(AnswerRow.reviewed_at < before)
        query = query.order_by(AnswerRow.reviewed_at.desc(), AnswerRow.id).limit(limit)
        async with self._store.session() as session:
            return await self._shown(session, (await session.scalars(query)).all())

    async def one(self, answer: str) -> Shown | None:
        """One answer, whatever its state."""
        async with self._store.session() as session:
            row = await session.get(AnswerRow, answer)
            return (await self._shown(session, [row]))[0] if row else None

    async def titles(self, keys: Collection[str]) -> dict[str, str]:
        """Titles of published entries."""
        async with self._store.session() as session:
            return await _titles(session, keys)

    async def entries(self) -> list[tuple[str, str]]:
        """Keys and titles of all published entries, by title."""
        async with self._store.session() as session:
            rows = await session.execute(select(EntryRow.key, EntryRow.content["title"].as_string()))
            return sorted(((key, title) for key, title in rows), key=lambda row: (row[1], row[0]))

    async def _shown(self, session: AsyncSession, rows: Sequence[AnswerRow]) -> list[Shown]:
        ids = [row.id for row in rows]
        questions: defaultdict[str, list[Question]] = defaultdict(list)
        query = select(QuestionRow).where(QuestionRow.answer_id.in_(ids)).order_by(QuestionRow.asked_at, QuestionRow.id)
        for row in await session.scalars(query):
            questions[row.answer_id or ""].append(question_of(row))
        progress = await self._post.progress(session, [topic(answer) for answer in ids])
        titles = await _titles(session, {row.entry_key for row in rows if row.entry_key})
        return [
            Shown(
                answer_of(row),
                tuple(questions[row.id]),
                titles.get(row.entry_key or "", ""),
                progress.get(topic(row.id), {}),
            )
            for row in rows
        ]


async def _titles(session: AsyncSession, keys: Collection[str]) -> dict[str, str]:
    query = select(EntryRow.key, EntryRow.content["title"].as_string().label("title")).where(
        EntryRow.key.in_(sorted(keys))
    )
    return {row.key: row.title for row in await session.execute(query)}
