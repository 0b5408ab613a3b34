"""One turn: what a person sent becomes what the assistant says."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

import structlog
from sqlalchemy.exc import SQLAlchemyError

from dialogs.answer import phrase
from dialogs.choices import Choices
from dialogs.context import Context
from dialogs.conversations import Conversations
from dialogs.crops import Crops
from dialogs.doubts import Doubts, expected, urgent
from dialogs.handoff import Desk, Reason
from dialogs.intake import TextRefused, clean
from dialogs.listening import Hearing, Listener
from dialogs.messages import Inbound, Location, Reply, ReplyKind, Turn
from dialogs.places import Places
from dialogs.service import Service
from dialogs.session import Form, Pending, Session
from dialogs.short_answers import short_answers
from dialogs.topics import plain
from dialogs.topics.knowledge import MAYBE, Knowledge
from dialogs.topics.pesticide import Pesticides
from dialogs.topics.warnings import Warnings
from dialogs.trouble import trouble, unkept
from dialogs.urgent import danger_in
from knowledge_base.search.base import Hit
from nlu.interpreter import Interpreter
from nlu.speech.base import Heard, SpeechError
from nlu.understanding import Understanding

log = structlog.get_logger(__name__)

ANSWERED = frozenset({"agronomy", "livestock", "policy", "legal"})
"""Intents that the library answers."""
WISH_SURE = 0.6
"""From this confidence on a wish for a service is one, however well an entry on how to book or to subscribe would fit."""
PERSON_SURE = 0.5
"""Who asks for a person gets one, however well an entry would fit; so does feedback that names nothing else."""


class Observer(Protocol):
    """Hears of every turn, for metrics. Gets no text."""

    def turn(self, channel: str, intent: str, kind: str, seconds: float) -> None: ...

    def stage(self, stage: str, seconds: float) -> None: ...

    def failed(self, where: str) -> None: ...


class Assistant:
    """Answers one message at a time per person; any number of persons at once."""

    def __init__(
        self,
        *,
        interpreter: Interpreter,
        knowledge: Knowledge,
        pesticides: Pesticides,
        warnings: Warnings,
        services: Sequence[Service] = (),
        desk: Desk,
        conversations: Conversations,
        listener: Listener,
        crops: Crops,
        places: Places,
        labels: Mapping[str, str],
        floor: float,
        clock: Callable[[], datetime],
        observer: Observer,
    ) -> None:
        self._interpreter = interpreter
        self._knowledge = knowledge
        self._pesticides = pesticides
        self._warnings = warnings
        self._desk = desk
        self._conversations = conversations
        self._listener = listener
        self._crops = crops
        self._places = places
        self._labels = labels
        self._floor = floor
        self._clock = clock
        self._observer = observer
        self._doubts = Doubts(self._go_on)
        self._services = (warnings, *services)
        self._choices = Choices(knowledge, self._services, desk, self._topic, self._doubts)

    async def turn(self, inbound: Inbound, hearing: Hearing | Heard | None = None) -> Turn:
        """Handle one message. Never raises for anything a person sent, nor for a part that is down.

        `hearing` is what the recording of this message was already heard as, by `hear` or by the ear alone.
        """
        started = time.perf_counter()
        async with self._conversations.in_order(inbound):
            try:
                turn = await self._conversations.once(inbound, lambda: self._new_turn(inbound, hearing))
            except Exception:
                # The message is not marked as handled: sent again, it is answered.
                self._observer.failed("turn")
                log.exception("turn failed", channel=inbound.channel)
                turn = trouble(inbound, self._interpreter.standard)
        intent = turn.understanding.intent if turn.understanding else "none"
        kind = turn.replies[-1].kind if turn.replies else ReplyKind.INFO
        self._observer.turn(inbound.channel, intent, kind, time.perf_counter() - started)
        return turn

    async def hear(self, recording: bytes, place: str | None = None) -> Hearing:
        """What a recording says, by somebody from the place of that administrative code. Raises `SpeechError`."""
        return await self._listener.listen(recording, self._places.region(place))

    async def _new_turn(self, inbound: Inbound, hearing: Hearing | Heard | None) -> Turn:
        session = await self._conversations.load(inbound)
        now = self._clock()
        lapsed = session.wake(now)
        if lapsed and lapsed.what != "place":
            unanswered = Context(inbound, lapsed.said, session, lapsed.asked_at, lapsed.crops)
            await self._desk.keep_question(unanswered, Reason.LOW_CONFIDENCE)
        if inbound.place and inbound.place != session.place:
            session.place = inbound.place
            await self._warnings.note_place(inbound.channel, inbound.user, inbound.place, now)
        turn = await self._respond(inbound, session, now, hearing)
        offered = {c.label: c.id for reply in turn.replies for c in reply.choices}
        session.offered = offered or (session.offered if session.pending else {})
        try:
            return await self._conversations.save(inbound, session, turn, now)
        except SQLAlchemyError:  # a full disk, a database that has just gone
            said = unkept(turn)
            if said is None:
                raise
            self._observer.failed("turn_unkept")
            log.warning("turn not kept", channel=inbound.channel)
            return said

    async def _respond(
        self, inbound: Inbound, session: Session, now: datetime, hearing: Hearing | Heard | None
    ) -> Turn:
        if inbound.location is not None:
            return Turn(tuple(await self._located(inbound.location, inbound, session, now)))
        if inbound.choice is not None:
            return await self._choices.turn(inbound.choice, inbound, session, now)
        try:
            if inbound.voice is not None:
                if not isinstance(hearing, Hearing):
                    hearing = await self._listen(hearing or inbound.voice.data, session)
                text = clean(urgent(hearing) or hearing.corrected)
            else:
                text = clean(inbound.text or "")
        except SpeechError as error:
            self._observer.failed(f"voice.{type(error).__name__}")
            return Turn((phrase(ReplyKind.INFO, f"voice.{type(error).__name__}"),))
        except TextRefused as refusal:
            return Turn((phrase(ReplyKind.INFO, refusal.reply),))
        hearing = hearing if isinstance(hearing, Hearing) else None
        heard = text if hearing else None
        between = self._doubts.meant(text, session)
        if between is not None:
            return replace(await self._choices.turn(between, inbound, session, now), heard=heard)
        session.close_doubt()
        asked = (
            self._doubts.ask(hearing, session, now) if hearing and not self._warnings.help.waits(session, now) else None
        )
        if asked:
            return Turn(tuple(asked), heard=heard)
        return replace(await self._go_on(text, inbound, session, now), heard=heard)

    async def _located(self, where: Location, inbound: Inbound, session: Session, now: datetime) -> list[Reply]:
        """Keep a position, for warnings too, and let the service go on that has asked for it."""
        session.position = (where.latitude, where.longitude)
        session.close_doubt()
        await self._warnings.note_position(inbound.channel, inbound.user, session.position, now)
        context = Context(inbound, session.question_before, session, now)
        for service in self._services:
            if replies := await service.located(context):
                return replies
        return [phrase(ReplyKind.INFO, "place.noted")]

    async def _go_on(self, text: str, inbound: Inbound, session: Session, now: datetime) -> Turn:
        """The turn for a sentence that is taken for what was said."""
        session.misheard = 0
        asked = session.pending is not None
        plainly = next((choice for one in self._services if (choice := one.meant(text, session))), None)
        meant = plainly or short_answers().chosen(text, session.offered, asked=asked)
        if meant is not None:
            turn = await self._choices.turn(meant, inbound, session, now)
            said = replace(turn.understanding, text=text, normalized=text) if turn.understanding else None
            return replace(turn, understanding=said)
        said = await self._understand(text, session.place)
        session.place = self._places.named(said, session.place) or session.place
        replies = await self._answer(Context(inbound, said, session, now, self._crops.named(said)))
        return Turn(tuple(replies), understanding=said)

    async def _listen(self, recording: bytes | Heard, session: Session) -> Hearing:
        started = time.perf_counter()
        region = self._places.region(session.place)
        if isinstance(recording, Heard):
            hearing = await self._listener.choose(recording, region, expected(session))
        else:
            hearing = await self._listener.listen(recording, region, expected(session))
        self._observer.stage("hear", time.perf_counter() - started)
        return hearing

    async def _understand(self, text: str, place: str | None) -> Understanding:
        started = time.perf_counter()
        said = await self._interpreter.interpret(text, self._places.region(place), place)
        self._observer.stage("understand", time.perf_counter() - started)
        return said

    async def _answer(self, context: Context) -> list[Reply]:
        danger = danger_in(context.said.text, context.said.normalized)
        if danger:
            first = Reply(ReplyKind.HANDOFF, danger.say, danger.spoken)
            told = await self._warnings.help.said(context)
            known = await self._knowledge.give_subject(context, danger.entry) if danger.entry else None
            wished = [reply for one in self._services if (reply := await one.after_danger(context))]
            return [first, *(told or []), *(known or []), *wished]
        if told := await self._warnings.help.said(context):
            return told
        barred = await self._pesticides.reply(context)
        if barred:
            return barred
        form = context.session.form
        for service in sorted(self._services, key=lambda one: form is None or one.action != form.service):
            served = await service.in_words(context)
            if served:
                own = form is None or service.action == form.service
                return served if own else [*served, *self._resumed(context, form)]
        pending = await self._choices.answer_pending(context)
        replies = pending if pending is not None else await self._topic(context)
        return [*replies, *self._resumed(context, form)]

    def _resumed(self, context: Context, form: Form | None) -> list[Reply]:
        """What was asked before this question came in between."""
        if form is None or context.session.form is not form or context.session.pending is not None:
            return []
        again = (service.resume(context) for service in self._services if service.action == form.service)
        return [reply for reply in again if reply is not None]

    async def _topic(self, context: Context) -> list[Reply]:
        """Route by what is more probable: a curated answer, or a wish that the library does not serve."""
        said = context.said
        if said.confidence >= PERSON_SURE and (said.intent == "person" or _only_feedback(said)):
            return await self._plain(context, said.intent)
        started = time.perf_counter()
        hits = await self._knowledge.find(context)
        self._observer.stage("search", time.perf_counter() - started)
        found = hits[0].confidence if hits else 0.0
        wished = said.intent in plain.SERVICES and said.confidence >= WISH_SURE
        if said.intent not in ANSWERED and (wished or said.confidence >= max(self._floor, found)):
            return await self._plain(context, said.intent)
        if said.confidence < self._floor and found < MAYBE:
            return await self._which_topic(context, hits)
        return await self._knowledge.reply(context, hits)

    async def _plain(self, context: Context, intent: str) -> list[Reply]:
        """Everything that is not answered from the library."""
        for service in self._services:
            if intent in service.intents and (replies := await service.asked(context)):
                return replies
        if intent in plain.SERVED:
            context.session.turn_to(context.said)
            return plain.unserved(intent)
        if intent == "person":
            return await self._choices.person(context)
        if intent == "smalltalk":
            return plain.smalltalk(context.said.normalized)
        if intent == "help":
            return plain.usage()
        if intent == "feedback":
            return await self._choices.feedback_in_words(context)
        await self._desk.keep_question(context, Reason.OUT_OF_SCOPE)
        context.session.turn_to(context.said)
        return [phrase(ReplyKind.REFUSE, "refuse.out_of_scope")]

    async def _which_topic(self, context: Context, hits: Sequence[Hit]) -> list[Reply]:
        """Neither intent nor subject is clear: ask once by topic, then hand over."""
        if context.session.pending is not None:
            return await self._knowledge.admit(context, hits)
        likely = [i for i, _ in context.said.ranking if i not in {"out_of_scope", "feedback", "smalltalk", "help"}][:3]
        if not likely:
            return await self._knowledge.admit(context, hits)
        context.session.pending = Pending(what="topic", said=context.said, crops=context.crops, asked_at=context.now)
        return plain.which_topic({intent: self._labels[intent] for intent in likely})


def _only_feedback(said: Understanding) -> bool:
    return said.intent == "feedback" and not said.entities
