"""Buttons that come back, and answers to an ask-back in words."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime

from dialogs.answer import phrase
from dialogs.context import Context
from dialogs.doubts import BETWEEN_READINGS, Doubts
from dialogs.handoff import Desk, Reason
from dialogs.messages import Choice, Inbound, Reply, ReplyKind, Turn
from dialogs.service import Service
from dialogs.session import Session
from dialogs.short_answers import short_answers
from dialogs.topics.knowledge import Knowledge
from dialogs.wording import wording

Topic = Callable[[Context], Awaitable[list[Reply]]]


class Choices:
    """Turns a pressed button, or the words that answer an ask-back, into replies."""

    def __init__(
        self, knowledge: Knowledge, services: Sequence[Service], desk: Desk, topic: Topic, doubts: Doubts
    ) -> None:
        self._knowledge = knowledge
        self._services = {service.action: service for service in services}
        self._desk = desk
        self._topic = topic
        self._doubts = doubts

    async def turn(self, choice: str, inbound: Inbound, session: Session, now: datetime) -> Turn:
        """What a button leads to; one that means nothing any more is said to be out of date."""
        if not choice.isprintable():  # none of ours, whatever channel let it through
            return Turn((phrase(ReplyKind.INFO, "bad_input.unknown_choice"),))
        action, _, rest = choice.partition(":")
        if action == BETWEEN_READINGS and (settled := await self._doubts.settle(rest, inbound, session, now)):
            return settled
        session.close_doubt()
        pending = session.pending
        context = Context(inbound, session.question_before, session, now, pending.crops if pending else ())
        replies: list[Reply] | None = None
        if action in self._services:
            replies = await self._services[action].pressed(rest, context)
        elif action == "s":
            replies = await self._knowledge.give_subject(context, rest)
        elif action == "crop" and pending:
            replies = await self._knowledge.with_crop(context, rest)
        elif action == "t" and pending:
            context = replace(context, said=replace(context.said, intent=rest, confidence=1.0, ranking=((rest, 1.0),)))
            replies = await self._topic(context)
        elif action == "other" and pending:
            replies = await self._knowledge.admit(context)
        elif action == "person":
            context = replace(context, said=replace(context.said, intent="person"))
            replies = await self.person(context)
        elif action == "fb":
            context = replace(context, said=replace(context.said, intent="feedback"))
            verdict, _, key = rest.partition(":")
            replies = await self._feedback(context, verdict, key)
        replies = replies or [phrase(ReplyKind.INFO, "bad_input.unknown_choice")]
        return Turn(tuple(replies), understanding=context.said)

    async def answer_pending(self, context: Context) -> list[Reply] | None:
        """The words that answer an open ask-back; None when they are something else."""
        pending = context.session.pending
        if pending is None:
            return None
        crop = context.crops[0] if context.crops else None
        if pending.what == "crop" and crop and short_answers().only_names(crop, context.said.normalized):
            return await self._knowledge.with_crop(replace(context, said=pending.said), crop)
        return None

    async def person(self, context: Context) -> list[Reply]:
        """Who asks for a person is put on the list, with the question that waits or was the last."""
        session = context.session
        subject = None if session.pending else session.subject
        await self._desk.keep_question(context, Reason.ASKED_FOR_PERSON, subject)
        session.turn_to(session.question_before, subject)
        return [phrase(ReplyKind.HANDOFF, "handoff.person")]

    async def feedback_in_words(self, context: Context) -> list[Reply]:
        """有用, 不对, 还没懂 as said instead of pressed."""
        verdict = short_answers().verdict(context.said.text)
        subject = context.session.subject or await self._desk.answered_lately(context)
        if verdict is None or subject is None:
            return [phrase(ReplyKind.INFO, "feedback.which")]
        return await self._feedback(context, verdict, subject) or [phrase(ReplyKind.INFO, "feedback.which")]

    async def _feedback(self, context: Context, verdict: str, key: str) -> list[Reply] | None:
        if verdict not in short_answers().verdicts:
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
