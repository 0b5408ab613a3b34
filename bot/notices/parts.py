"""Notices over a running system's parts: the regular sending, the chat, and the console."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from bot.delivery.circular import Circulars
from bot.delivery.outbox import Outbox
from bot.notices.post import OutboxPost, topic
from bot.schedule import Schedule
from bot.warnings.calls import OutboxDeliveries
from dialogs.crops import Crops
from dialogs.notice_text import notice_reply, retraction_reply
from dialogs.places import Places
from dialogs.topics.notices import Notices
from knowledge_base.curation.audit import Audit
from knowledge_base.curation.console.notice_form import Term
from knowledge_base.curation.console.pages_notices import NoticeDesk
from knowledge_base.notices.choices import NoticeChoices
from knowledge_base.notices.post import Post
from knowledge_base.notices.problems import NoticeProof
from knowledge_base.notices.readers import Readers
from knowledge_base.notices.sending import Sending
from knowledge_base.notices.workflow import NoticeWorkflow
from knowledge_base.safety import pesticide_gate
from knowledge_base.store import Store
from knowledge_base.warnings.people import People
from nlu.words import Words

EVERY = timedelta(seconds=30)
"""How often it is looked for notices that are due."""

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class NoticeParts:
    """What notices of one store need. `service` is the chat."""

    store: Store
    post: Post
    readers: Readers
    proof: NoticeProof
    sending: Sending
    service: Notices
    term: Term
    clock: Clock


def notice_parts(
    store: Store, outbox: Outbox, people: People, clock: Clock, *, words: Words, crops: Crops
) -> NoticeParts:
    """The parts, put together."""
    post = OutboxPost(Circulars(outbox, clock), notice_reply, retraction_reply)
    readers, proof = Readers(crops.family), NoticeProof(pesticide_gate())
    return NoticeParts(
        store=store,
        post=post,
        readers=readers,
        proof=proof,
        sending=Sending(store, post, readers, proof, clock),
        service=Notices(NoticeChoices(store), people),
        term=farm_term(words),
        clock=clock,
    )


def notice_desk(parts: NoticeParts, places: Places, audit: Audit) -> NoticeDesk:
    """What the console's pages stand on."""
    return NoticeDesk(
        store=parts.store,
        workflow=NoticeWorkflow(
            parts.store, parts.post, parts.readers, proof=parts.proof, audit=audit, clock=parts.clock
        ),
        deliveries=OutboxDeliveries(),
        clock=parts.clock,
        message=lambda id_, notice: notice_reply(id_, notice).text,
        topic=topic,
        term=parts.term,
        place_code=places.code,
        place_name=places.full_name,
    )


def send_when_due(schedule: Schedule, parts: NoticeParts) -> None:
    """Have due notices sent for as long as the schedule runs."""
    schedule.every(EVERY, "notices", parts.sending.tick, first=parts.clock())


def farm_term(words: Words) -> Term:
    """Finds the crop or animal that a word means: a standard term first, then what people say for one."""

    def term(word: str) -> tuple[Literal["crop", "livestock"], str] | None:
        known = words.term(word)
        for one in [*([known] if known else []), *(reading.term for reading in words.readings.get(word, ()))]:
            if one.kind == "crop":
                return "crop", one.standard
            if one.kind == "livestock":
                return "livestock", one.standard
        return None

    return term
