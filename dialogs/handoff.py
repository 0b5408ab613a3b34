"""To a person: a question without an answer is kept, and the farmer is told so."""

import hashlib
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, or_, select

from dialogs.context import Context
from knowledge_base.curation.models import AnswerRow
from knowledge_base.models import FeedbackRow, QuestionRow
from knowledge_base.store import Store
from nlu.understanding import Understanding

OF_AGENTS = "answer."
"""Before the id of an agent's own answer, where feedback needs a subject."""
LATELY = timedelta(days=3)
"""So long "还没懂" in words may be about an answer that the agents have sent."""


class Reason(StrEnum):
    """Why a question goes to a person."""

    NO_KNOWLEDGE = "no_knowledge"
    LOW_CONFIDENCE = "low_confidence"
    OUT_OF_SCOPE = "out_of_scope"
    EXPIRED = "expired"
    ASKED_FOR_PERSON = "asked_for_person"
    SAID_WRONG = "said_wrong"
    STILL_UNCLEAR = "still_unclear"


class Desk:
    """Where questions wait for the extension agents, and what farmers say of answers."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def keep_question(self, context: Context, reason: Reason, subject: str | None = None) -> None:
        """Keep the question of this turn, or the one before it where this one only points back ("不对", "找人").

        What is said of an answer further back is kept without a question: which one led to it is not known any more.
        """
        session, said = context.session, context.said
        if reason is Reason.ASKED_FOR_PERSON:
            said = session.question_before if session.question_before.text else said
        elif reason in {Reason.SAID_WRONG, Reason.STILL_UNCLEAR}:
            said = await self._led_to(context, subject)
        async with self._store.session() as database:
            await database.merge(
                QuestionRow(
                    id=_id(context, reason),
                    asked_at=context.now,
                    channel=context.inbound.channel,
                    user=context.inbound.user,
                    text=said.text,
                    normalized=said.normalized,
                    reason=reason,
                    subject=subject,
                    place=session.place,
                    state="waiting",
                )
            )

    async def keep_feedback(self, context: Context, verdict: str, subject: str | None) -> None:
        """Keep what was said of an answer, with the question that led to it."""
        said = await self._led_to(context, subject)
        async with self._store.session() as database:
            await database.merge(
                FeedbackRow(
                    id=_id(context, verdict),
                    at=context.now,
                    channel=context.inbound.channel,
                    user=context.inbound.user,
                    subject=subject,
                    verdict=verdict,
                    question=said.text,
                )
            )

    async def answered_lately(self, context: Context) -> str | None:
        """What stands for the latest answer that the agents have sent this person, if it was sent of late."""
        since = context.now - LATELY
        found = await self._answered(context, QuestionRow.answered_at > since)
        return (found[1].entry_key or f"{OF_AGENTS}{found[1].id}") if found else None

    async def _led_to(self, context: Context, subject: str | None) -> Understanding:
        """The question that the answer under `subject` was given to; empty where it is not known any more.

        That is the last one of the conversation, or one that waited and that the agents have answered since.
        """
        session = context.session
        if subject is not None and subject == session.subject:
            return Understanding(session.original or "", session.question or "", "feedback", 0.0)
        of_agents = (subject or "").removeprefix(OF_AGENTS)
        found = await self._answered(context, or_(AnswerRow.entry_key == subject, AnswerRow.id == of_agents))
        question = found[0] if found else None
        return Understanding(
            question.text if question else "", question.normalized if question else "", "feedback", 0.0
        )

    async def _answered(self, context: Context, which: ColumnElement[bool]) -> tuple[QuestionRow, AnswerRow] | None:
        """This person's question that was answered last, of those that fit."""
        query = (
            select(QuestionRow, AnswerRow)
            .join(AnswerRow, QuestionRow.answer_id == AnswerRow.id)
            .where(
                QuestionRow.channel == context.inbound.channel,
                QuestionRow.user == context.inbound.user,
                QuestionRow.answered_at.is_not(None),
                which,
            )
            .order_by(QuestionRow.answered_at.desc(), QuestionRow.asked_at.desc())
            .limit(1)
        )
        async with self._store.session() as database:
            row = (await database.execute(query)).first()
        return (row[0], row[1]) if row else None


def _id(context: Context, what: str) -> str:
    """The same message keeps the same row, however often it is delivered."""
    message = context.inbound
    plain = "\n".join((message.channel, message.user, message.external_id, what))
    return hashlib.sha256(plain.encode()).hexdigest()[:32]
