"""To a person: a question without an answer is kept, and the farmer is told so."""

import hashlib
from enum import StrEnum

from dialogs.context import Context
from dialogs.session import Session
from knowledge_base.models import FeedbackRow, QuestionRow
from knowledge_base.store import Store
from nlu.understanding import Understanding


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
            said = _led_to(session, subject)
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
        async with self._store.session() as database:
            await database.merge(
                FeedbackRow(
                    id=_id(context, verdict),
                    at=context.now,
                    channel=context.inbound.channel,
                    user=context.inbound.user,
                    subject=subject,
                    verdict=verdict,
                    question=_led_to(context.session, subject).text,
                )
            )


def _led_to(session: Session, subject: str | None) -> Understanding:
    """The question that the answer under `subject` was given to; empty where another one came in between."""
    known = subject == session.subject
    return Understanding((known and session.original) or "", (known and session.question) or "", "feedback", 0.0)


def _id(context: Context, what: str) -> str:
    """The same message keeps the same row, however often it is delivered."""
    message = context.inbound
    plain = "\n".join((message.channel, message.user, message.external_id, what))
    return hashlib.sha256(plain.encode()).hexdigest()[:32]
