"""Waiting questions, put together where they mean the same."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property, lru_cache

from sqlalchemy import select

from knowledge_base.curation.likeness import Features, Likeness, grouped
from knowledge_base.models import QuestionRow
from knowledge_base.store import Store

_AT_ONCE = 500
_REMEMBERED = 50_000
"""Texts whose features are kept: reading one takes half a millisecond."""

Block = tuple[str, ...]


class Asked(StrEnum):
    """Where a question is."""

    WAITING = "waiting"
    IN_REVIEW = "in_review"
    """With an answer that is not approved yet."""
    ANSWERED = "answered"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True)
class Question:
    """A question as the agents see it. `farmer` tells people apart and is not shown; `place` is a code."""

    id: str
    asked_at: datetime
    channel: str
    farmer: str
    text: str
    normalized: str
    reason: str
    subject: str | None
    place: str | None


@dataclass(frozen=True)
class Cluster:
    """Questions that mean the same; the first is the one that most others are like."""

    questions: tuple[Question, ...]
    crops: tuple[str, ...]

    @cached_property
    def id(self) -> str:
        """The id of its oldest question, under which it is found whatever comes to it."""
        return min(self.questions, key=lambda q: (q.asked_at, q.id)).id

    @cached_property
    def farmers(self) -> int:
        """How many different people ask."""
        return len({question.farmer for question in self.questions})

    @cached_property
    def oldest(self) -> datetime:
        """When it was first asked."""
        return min(question.asked_at for question in self.questions)

    @cached_property
    def newest(self) -> datetime:
        """When it was last asked."""
        return max(question.asked_at for question in self.questions)

    def counted(self, field: str) -> Mapping[str, int]:
        """How often each value of a field of `Question` occurs, the most frequent first; without None."""
        values = (getattr(question, field) for question in self.questions)
        counts = Counter(value for value in values if value is not None)
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def question_of(row: QuestionRow) -> Question:
    """A row as the agents see it."""
    return Question(
        row.id,
        row.asked_at,
        row.channel,
        f"{row.channel}\n{row.user}",
        row.text,
        row.normalized,
        row.reason,
        row.subject,
        row.place,
    )


class Clusters:
    """The waiting questions of one store. Asked again, only what has changed is read and compared."""

    def __init__(self, store: Store, likeness: Likeness) -> None:
        self._store = store
        self._likeness = likeness
        self._features = lru_cache(maxsize=_REMEMBERED)(likeness.features)
        self._questions: dict[str, Question] = {}
        self._blocks: dict[Block, tuple[frozenset[str], list[Cluster]]] = {}
        self._clusters: tuple[Cluster, ...] = ()
        self._lock = asyncio.Lock()

    def crops(self, questions: Iterable[Question]) -> frozenset[str]:
        """The crops and animals that questions name."""
        return frozenset(crop for question in questions for crop in self._features(question.normalized)[0])

    async def current(self) -> tuple[Cluster, ...]:
        """All clusters: what most people ask first, then what has waited longest."""
        async with self._lock:
            if await self._refresh():
                self._clusters = await asyncio.to_thread(self._build, tuple(self._questions.values()))
            return self._clusters

    async def holding(self, question: str) -> Cluster | None:
        """The cluster that a waiting question is in."""
        clusters = await self.current()
        return next((c for c in clusters if any(q.id == question for q in c.questions)), None)

    async def _refresh(self) -> bool:
        """Read what is new and drop what does not wait any more; whether there was anything."""
        async with self._store.session() as session:
            waiting = set(await session.scalars(select(QuestionRow.id).where(QuestionRow.state == Asked.WAITING)))
            new = sorted(waiting - self._questions.keys())
            if not new and len(waiting) == len(self._questions):
                return False
            for start in range(0, len(new), _AT_ONCE):
                query = select(QuestionRow).where(QuestionRow.id.in_(new[start : start + _AT_ONCE]))
                self._questions.update((row.id, question_of(row)) for row in await session.scalars(query))
        self._questions = {key: question for key, question in self._questions.items() if key in waiting}
        return True

    def _build(self, questions: Sequence[Question]) -> tuple[Cluster, ...]:
        blocks: defaultdict[Block, list[Question]] = defaultdict(list)
        for question in questions:
            blocks[self._block(question)].append(question)
        built = {}
        for block, members in blocks.items():
            ids = frozenset(question.id for question in members)
            before = self._blocks.get(block)
            built[block] = before if before and before[0] == ids else (ids, self._cluster(block, members))
        self._blocks = built
        every = (cluster for _, clusters in built.values() for cluster in clusters)
        return tuple(sorted(every, key=lambda c: (-c.farmers, c.oldest, c.id)))

    def _block(self, question: Question) -> Block:
        """Only questions of one block are compared: the same crops, or the same answer that was found wanting."""
        if question.text:
            return ("", *sorted(self._features(question.normalized)[0]))
        return ("", "", question.subject or question.reason)

    def _cluster(self, block: Block, members: Sequence[Question]) -> list[Cluster]:
        same: defaultdict[str, list[Question]] = defaultdict(list)
        for question in sorted(members, key=lambda q: (q.asked_at, q.id)):
            same[question.normalized].append(question)
        texts = sorted(same, key=lambda text: (-len(same[text]), same[text][0].asked_at, text))
        features: list[Features] = [self._features(text)[1] for text in texts]
        crops = block[1:] if block[1:2] != ("",) else ()
        return [
            Cluster(tuple(question for position in group for question in same[texts[position]]), crops)
            for group in grouped(features)
        ]
