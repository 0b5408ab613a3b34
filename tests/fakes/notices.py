"""A county's notices on a scratch store: written, approved, sent and read, with a clock that is set by hand."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from bot.delivery.models import LetterRow, OutboxRow
from bot.delivery.outbox import Outbox
from bot.delivery.policy import Outcome, State
from bot.notices.parts import NoticeParts, notice_parts
from dialogs.crops import Crops
from knowledge_base.curation.accounts import Account, Role
from knowledge_base.curation.audit import Audit
from knowledge_base.notices.models import NoticeRow
from knowledge_base.notices.notice import Kind, Notice
from knowledge_base.notices.workflow import NoticeWorkflow
from knowledge_base.store import Store
from knowledge_base.warnings.models import PersonRow
from knowledge_base.warnings.people import People
from nlu.words import Words

COUNTY = "411424"
VILLAGE = COUNTY + "100201"
AGENT = Account("agent", "王农技", frozenset({Role.AGENT}), 0)
REVIEWER = Account("reviewer", "李审核", frozenset({Role.REVIEWER}), 0)
BOTH = Account("both", "周全", frozenset({Role.AGENT, Role.REVIEWER}), 0)
SENT = Outcome(State.SENT, "sent")


class Office:
    """Everything about notices over one store."""

    def __init__(self, store: Store, words: Words, now: datetime) -> None:
        self.store = store
        self.now = now
        self.outbox = Outbox(store, lambda: self.now)
        self.people = People(store)
        self.parts: NoticeParts = notice_parts(
            store, self.outbox, self.people, lambda: self.now, words=words, crops=Crops(words)
        )
        parts, clock = self.parts, lambda: self.now
        self.workflow = NoticeWorkflow(
            store, parts.post, parts.readers, proof=parts.proof, audit=Audit(clock), clock=clock
        )

    def later(self, **delta: float) -> None:
        """Move the clock."""
        self.now += timedelta(**delta)

    def notice(self, **more: Any) -> Notice:
        """About stripe rust, for the county, in an hour, for a week."""
        values: dict[str, Any] = {
            "kind": Kind.PEST,
            "title": "小麦条锈病要早查",
            "text": "这几天多下地看叶子。见了黄锈点，马上找农技员。",
            "source": "柘城县植保站",
            "dated": "2026-11-20",
            "codes": (COUNTY,),
            "send_at": self.now + timedelta(hours=1),
            "valid_until": self.now + timedelta(days=7),
        }
        return Notice.model_validate(values | more)

    async def neighbours(self, *rows: PersonRow) -> None:
        """Make people known."""
        async with self.store.session() as session:
            session.add_all(rows)

    def person(self, user: str, place: str = VILLAGE, **more: Any) -> PersonRow:
        """Somebody on the paper channel."""
        return PersonRow(channel="paper", user=user, place=place, updated_at=self.now, **more)

    async def scheduled(self, notice: Notice, corrects: str | None = None) -> NoticeRow:
        """Write a notice and have it approved."""
        row = await self.workflow.write(AGENT, notice, corrects)
        row = await self.workflow.submit(AGENT, row.id, row.revision)
        return await self.workflow.approve(REVIEWER, row.id, row.revision)

    async def tick(self, **later: float) -> None:
        """The scheduler looks, so much later."""
        self.later(**later)
        await self.parts.sending.tick()

    async def state(self, id_: str) -> str:
        """Where a notice stands."""
        return (await self.workflow.get(id_)).state

    async def deliver(self, limit: int = 1_000) -> list[str]:
        """Play the worker: who gets something now."""
        claimed = await self.outbox.claim("paper", limit, timedelta(seconds=60))
        for message in claimed:
            await self.outbox.record(message.id, SENT)
        return sorted(message.user for message in claimed)

    async def messages(self) -> list[tuple[str, str, str, str]]:
        """All messages: user, topic, state and text."""
        query = select(OutboxRow, LetterRow.payload).join(LetterRow, LetterRow.id == OutboxRow.letter_id)
        async with self.store.session() as session:
            rows = (await session.execute(query.order_by(OutboxRow.user, OutboxRow.topic))).all()
        return [(row.user, row.topic, row.state, letter["text"]) for row, letter in rows]

    async def told(self) -> Sequence[str]:
        """For whom there is a message, each as often as there is one."""
        return sorted(Counter(user for user, *_ in await self.messages()).elements())
