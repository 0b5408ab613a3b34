"""Buttons that come back, and answers to an ask-back in words."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime

from dialogs.answer import phrase
from dialogs.context import Context
from dialogs.handoff import Desk, Reason
from dialogs.messages import Choice, Inbound, Reply, ReplyKind, Turn
from dialogs.session import Session
from dialogs.topics.knowledge import Knowledge
from dialogs.wording import wording
from nlu.understanding import Understanding

Topic = Callable[[Context], Awaitable[list[Reply]]]

VERDICTS = {
    "useful": ("有用", "管用", "有帮助", "解决"),
    "unclear": ("还没懂", "没懂", "不懂", "听不懂", "没明白"),
    "wrong": ("不对", "不是", "答错", "错了"),
}
REST = 4
"""An answer to "which crop?" has at most so many characters besides the crop; more is a question of its own."""


class Choices:
    """Turns a pressed button, or the words that answer an ask-back, into replies."""

    def __init__(self, knowledge: Knowledge, desk: Desk, topic: Topic) -> None:
        self._knowledge = knowledge
        self._desk = desk
        self._topic = topic

    async def turn(self, choice: str, inbound: Inbound, session: Session, now: datetime) -> Turn:
        """What a button leads to; one that means nothing any more is said to be out of date."""
        action, _, rest = choice.partition(":")
        context = Context(inbound, _waiting_question(session), session, now)
        replies: list[Reply] | None = None
        if action == "s":
            replies = await self._knowledge.give_subject(context, rest)
        elif action == "crop" and session.pending:
            replies = await self._with_crop(context, rest)
        elif action == "t" and session.pending:
            replies = await self._with_intent(context, rest)
        elif action == "other" and session.pending:
            replies = await self._knowledge.admit(context)
        elif action == "person":
            await self._desk.keep_question(context, Reason.ASKED_FOR_PERSON, session.subject)
            replies = [phrase(ReplyKind.HANDOFF, "handoff.person")]
        elif action == "fb":
            verdict, _, key = rest.partition(":")
            replies = await self._feedback(context, verdict, key)
        replies = replies or [phrase(ReplyKind.INFO, "bad_input.unknown_choice")]
        return Turn(tuple(replies), understanding=context.said)

    async def answer_pending(self, context: Context) -> list[Reply] | None:
        """The words that answer an open ask-back; None when they are something else."""
        pending = context.session.pending
        if pending is None:
            return None
        if pending.what == "crop" and context.crops and len(context.said.normalized) - len(context.crops[0]) <= REST:
            return await self._with_crop(context, context.crops[0])
        return None

    async def feedback_in_words(self, context: Context) -> list[Reply]:
        """有用, 不对, 还没懂 as said instead of pressed."""
        text, subject = context.said.normalized, context.session.subject
        verdict = next((v for v, words in VERDICTS.items() if any(w in text for w in words)), "useful")
        if "没用" in text or "不管用" in text:
            verdict = "wrong"
        if subject is None:
            return [phrase(ReplyKind.INFO, "feedback.which")]
        return await self._feedback(context, verdict, subject) or [phrase(ReplyKind.INFO, "feedback.which")]

    async def _with_crop(self, context: Context, crop: str) -> list[Reply]:
        """The waiting question again, now with its crop."""
        said = _waiting_question(context.session)
        return await self._knowledge.with_crop(replace(context, said=said, crops=(crop,)), crop)

    async def _with_intent(self, context: Context, intent: str) -> list[Reply]:
        said = replace(context.said, intent=intent, confidence=1.0, ranking=((intent, 1.0),))
        return await self._topic(replace(context, said=said))

    async def _feedback(self, context: Context, verdict: str, key: str) -> list[Reply] | None:
        if verdict not in VERDICTS:
            return None
        await self._desk.keep_feedback(context, verdict, key)
        if verdict == "useful":
            return [phrase(ReplyKind.INFO, "feedback.useful")]
        person = (Choice("person", wording().text("feedback.person_label")),)
        if verdict == "wrong":
            await self._desk.keep_question(context, Reason.SAID_WRONG, key)
            return [phrase(ReplyKind.HANDOFF, "handoff.wrong", person)]
        await self._desk.keep_question(context, Reason.STILL_UNCLEAR, key)
        return [phrase(ReplyKind.HANDOFF, "handoff.still_unclear", person)]


def _waiting_question(session: Session) -> Understanding:
    """The question that an ask-back or a button is about: the waiting one, else the last one."""
    pending = session.pending
    text = pending.original if pending else session.original or ""
    normalized = pending.question if pending else session.question or ""
    return Understanding(text, normalized, "agronomy", 0.0)
