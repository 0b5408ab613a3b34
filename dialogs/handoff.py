"""To a person: a question without an answer is kept, and the farmer is told so."""

import hashlib
from enum import StrEnum

from dialogs.context import Context
from knowledge_base.models import FeedbackRow, QuestionRow
from knowledge_base.store import Store


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
        """Keep the question of this turn; one that only points back ("不对", "找人") keeps the one before it."""
        points_back = reason in {Reason.ASKED_FOR_PERSON, Reason.SAID_WRONG, Reason.STILL_UNCLEAR}
        session = context.session
        text = (points_back and session.original) or context.said.text
        normalized = (points_back and session.question) or context.said.normalized
        async with self._store.session() as database:
            await database.merge(
                QuestionRow(
                    id=_id(context, reason),
                    asked_at=context.now,
                    channel=context.inbound.channel,
                    user=context.inbound.user,
                    text=text,
                    normalized=normalized,
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
                    question=context.session.original or "",
                )
            )


def _id(context: Context, what: str) -> str:
    """The same message keeps the same row, however often it is delivered."""
    message = context.inbound
    plain = "\n".join((message.channel, message.user, message.external_id, what))
    return hashlib.sha256(plain.encode()).hexdigest()[:32]
