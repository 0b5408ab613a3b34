"""Waiting questions over one store: who asked what, and what the pages on them stand on."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count

from pydantic import TypeAdapter
from sqlalchemy import select

from bot.delivery.answers import AnswerPost
from bot.delivery.models import OutboxRow
from bot.delivery.outbox import Outbox
from dialogs.messages import Reply
from knowledge_base.curation.accounts import Account, Role
from knowledge_base.curation.audit import Audit
from knowledge_base.curation.clusters import Clusters
from knowledge_base.curation.console.pages_questions import Waiting
from knowledge_base.curation.likeness import Likeness, Named
from knowledge_base.curation.overview import Overview
from knowledge_base.curation.questions import Answers
from knowledge_base.library import Library
from knowledge_base.models import QuestionRow
from knowledge_base.safety import pesticide_gate
from knowledge_base.search.base import Tokens
from knowledge_base.search.index import search_index
from knowledge_base.store import Store
from tests.fakes.analysis import analyze

AGENT = Account("agent", "王农技", frozenset({Role.AGENT}), 0)
OTHER = Account("other", "陈农技", frozenset({Role.AGENT}), 0)
REVIEWER = Account("reviewer", "李审核", frozenset({Role.REVIEWER}), 0)
BOTH = Account("both", "孙副站长", frozenset({Role.AGENT, Role.REVIEWER}), 0)
_CROPS = ("玉米", "小麦", "水稻", "猪")


class PlainReader:
    """Knows four crops, and pairs of characters."""

    def tokens(self, text: str) -> Tokens:
        return analyze(text)

    def named(self, text: str) -> Named:
        return Named(frozenset(crop for crop in _CROPS if crop in text), frozenset())


class Village:
    """People who ask, and the services for their questions. `now` is moved by hand."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self.store = store
        self.now = now
        self.outbox = Outbox(store, now)
        self.audit = Audit(now)
        self.library = Library(store, search_index(store, analyze), pesticide_gate(), now)
        self._numbers = count(1)
        self.clusters = Clusters(
            store, Likeness(PlainReader(), lambda: ["玉米叶子发黄怎么办", "小麦倒伏了咋办", "猪拉稀咋办"])
        )
        self.services = self.station()
        self.answers = self.services.answers

    def station(self) -> Waiting:
        """The services, as another process has them."""
        post = AnswerPost(self.outbox, self.library, self.now)
        answers = Answers(
            self.store,
            clusters=self.clusters,
            library=self.library,
            gate=pesticide_gate(),
            post=post,
            audit=self.audit,
            clock=self.now,
        )
        provinces = {"37": "山东省", "51": "四川省"}
        return Waiting(
            self.clusters,
            answers,
            Overview(self.store, post, self.now),
            self.library,
            lambda place: provinces.get(place[:2]),
        )

    async def ask(
        self,
        text: str,
        user: str = "zhang",
        *,
        channel: str = "web",
        reason: str = "no_knowledge",
        place: str | None = None,
        subject: str | None = None,
        ago: timedelta = timedelta(0),
    ) -> str:
        """A question that waits; its id."""
        number = f"q{next(self._numbers):04}"
        async with self.store.session() as session:
            session.add(
                QuestionRow(
                    id=number,
                    asked_at=self.now() - ago,
                    channel=channel,
                    user=user,
                    text=text,
                    normalized=text,
                    reason=reason,
                    subject=subject,
                    place=place,
                    state="waiting",
                )
            )
        return number

    async def states(self) -> dict[str, str]:
        """Where each question is."""
        async with self.store.session() as session:
            rows = await session.execute(select(QuestionRow.id, QuestionRow.state).order_by(QuestionRow.id))
            return {row.id: row.state for row in rows}

    async def post(self) -> dict[tuple[str, str], list[Reply]]:
        """What is in the outbox, by channel and person."""
        letters: dict[tuple[str, str], list[Reply]] = {}
        async with self.store.session() as session:
            for row in await session.scalars(select(OutboxRow).order_by(OutboxRow.created_at)):
                letters.setdefault((row.channel, row.user), []).append(TypeAdapter(Reply).validate_python(row.payload))
        return letters
