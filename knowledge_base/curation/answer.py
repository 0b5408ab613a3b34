"""An answer to waiting questions, where it stands, and why a step of it cannot be taken."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge_base.curation.answer_text import AnswerText
from knowledge_base.curation.clusters import Asked
from knowledge_base.curation.models import AnswerRow
from knowledge_base.models import QuestionRow

AT_ONCE = 500


class AnswerState(StrEnum):
    """Where an answer stands."""

    IN_REVIEW = "in_review"
    SENT_BACK = "sent_back"
    """The reviewer wants it changed; the questions stay with it."""
    AWAITING_ENTRY = "awaiting_entry"
    """It is the entry that is being written, once that is published."""
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"
    """Taken back before it was approved: the questions wait again."""


OPEN = frozenset({AnswerState.IN_REVIEW, AnswerState.SENT_BACK, AnswerState.AWAITING_ENTRY})


class Dismissal(StrEnum):
    """Why a question gets no answer."""

    SPAM = "spam"
    DOUBLE = "double"
    SETTLED = "settled"


class Taken(Exception):
    """Somebody else has dealt with some of these questions in the meantime; nothing was done."""

    def __init__(self, gone: Collection[str], by: str | None) -> None:
        """`gone`: the ids of those questions; `by`: the account that answers one of them, where it is known."""
        super().__init__(str(len(gone)))
        self.gone = frozenset(gone)
        self.by = by


class Decided(Exception):
    """The answer is not in a state for this step any more: somebody else was quicker."""


class NoSuchAnswer(Exception):
    """There is no such answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it stands."""

    id: str
    state: AnswerState
    words: AnswerText
    entry_key: str | None
    author: str
    created_at: datetime
    reviewer: str | None
    reviewed_at: datetime | None
    note: str | None


def answer_of(row: AnswerRow) -> Answer:
    """A row as a value."""
    return Answer(
        row.id,
        AnswerState(row.state),
        AnswerText(row.spoken, row.text),
        row.entry_key,
        row.author,
        row.created_at,
        row.reviewer,
        row.reviewed_at,
        row.note,
    )


def topic(answer: str) -> str:
    """The topic of the messages that carry an answer."""
    return f"answer:{answer}"


async def asked_with(session: AsyncSession, answer: str) -> Sequence[QuestionRow]:
    """The questions that an open answer is for, oldest first."""
    query = (
        select(QuestionRow)
        .where(QuestionRow.answer_id == answer, QuestionRow.state == Asked.IN_REVIEW)
        .order_by(QuestionRow.asked_at, QuestionRow.id)
    )
    return (await session.scalars(query)).all()


async def move(session: AsyncSession, answer: str, states: Collection[AnswerState], **values: object) -> None:
    """Change an answer that is in one of the states. Raises `Decided` where it is not: somebody was quicker."""
    moved = await session.scalars(
        update(AnswerRow)
        .where(AnswerRow.id == answer, AnswerRow.state.in_(states))
        .values(**values)
        .returning(AnswerRow.id)
        .execution_options(synchronize_session=False)
    )
    if not moved.all():
        raise Decided


def portions(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """So many at a time as a statement takes."""
    return (ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE))
