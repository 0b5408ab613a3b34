"""The report of a warning: who was told when and how, who answered, who was called, what the loudspeakers played."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge_base.store import Store
from knowledge_base.warnings.broadcast_models import BroadcastRow
from knowledge_base.warnings.calling_models import LadderPersonRow
from knowledge_base.warnings.calls import Delivered, Deliveries
from knowledge_base.warnings.models import LadderStepRow, OfficerRow, PersonRow, WarningAnswerRow, WarningRow
from knowledge_base.warnings.speakers import JobReport

LISTED = 2_000
"""People named one by one; the counts are of all."""
_AT_ONCE = 400

Key = tuple[str, str]
"""Channel and user."""


class SpeakerReports(Protocol):
    """What loudspeakers say they have played."""

    async def report(self, *warnings: str) -> list[JobReport]:
        """The jobs of all versions of a warning, by all names under which it went out."""
        ...


@dataclass(frozen=True, slots=True)
class Told:
    """A person of one version. `answers`: when each was given; `reached`: by whom, as that person has said, and when."""

    person: Delivered
    name: str
    place: str
    answers: Mapping[str, datetime]
    reached: tuple[str, datetime] | None


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the ladder; `to` is what the one called is known as."""

    row: LadderStepRow
    to: str
    people: Sequence[LadderPersonRow]


@dataclass(frozen=True, slots=True)
class WarningReport:
    """`versions` are the messages of the chain, oldest first; `counts` what became of the messages, by channel and state.

    `told` are at most `LISTED` of the people of this version; `answered` counts all.
    """

    warning: WarningRow
    versions: Sequence[WarningRow]
    counts: Mapping[str, Mapping[str, int]]
    people: int
    answered: int
    told: Sequence[Told]
    steps: Sequence[Step]
    speakers: Sequence[JobReport]
    broadcasts: Sequence[BroadcastRow] = ()
    """What was given to the emergency broadcast platform, of all versions."""


class Reports:
    """The reports of one store."""

    def __init__(self, store: Store, deliveries: Deliveries, speakers: SpeakerReports | None = None) -> None:
        self._store = store
        self._deliveries = deliveries
        self._speakers = speakers

    async def of(self, warning: str) -> WarningReport | None:
        """The report of a message; None where there is none."""
        async with self._store.session() as session:
            row = await session.get(WarningRow, warning)
            if row is None:
                return None
            versions = (
                await session.scalars(
                    select(WarningRow)
                    .where(WarningRow.root_id == row.root_id)
                    .order_by(WarningRow.sent, WarningRow.version)
                )
            ).all()
            chain = [one.id for one in versions]
            steps = await self._steps(session, chain)
            reached: dict[Key, tuple[str, datetime]] = {}
            for step in steps:
                for person in step.people:
                    if person.reached_at is not None:
                        reached.setdefault((person.channel, person.user), (step.to, person.reached_at))
            counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
            told: list[Told] = []
            people = answered = 0
            of_chain = select(BroadcastRow).where(BroadcastRow.warning_id.in_(chain))
            given = (await session.scalars(of_chain.order_by(BroadcastRow.created_at, BroadcastRow.outlet))).all()
            async for some in self._deliveries.of(session, row.topic or ""):
                for start in range(0, len(some), _AT_ONCE):
                    portion = some[start : start + _AT_ONCE]
                    answers = await self._answers(session, chain, portion)
                    people += len(portion)
                    answered += len(answers)
                    for one in portion:
                        counts[one.channel][one.state] += 1
                    if len(told) < LISTED:
                        told += await self._told(session, portion, answers, reached)
        names = {row.root_id, *(one.topic.split(":")[1] for one in versions if one.topic is not None)}
        speakers = await self._speakers.report(*sorted(names)) if self._speakers else []
        return WarningReport(row, versions, counts, people, answered, told[:LISTED], steps, speakers, given)

    async def _answers(
        self, session: AsyncSession, chain: Sequence[str], portion: Sequence[Delivered]
    ) -> Mapping[Key, Mapping[str, datetime]]:
        given: defaultdict[Key, dict[str, datetime]] = defaultdict(dict)
        for channel, users in _by_channel(portion):
            theirs = (WarningAnswerRow.channel == channel, WarningAnswerRow.user.in_(users))
            query = select(WarningAnswerRow).where(WarningAnswerRow.warning_id.in_(chain), *theirs)
            for row in await session.scalars(query.order_by(WarningAnswerRow.at)):
                given[row.channel, row.user].setdefault(row.answer, row.at)
        return given

    async def _told(
        self,
        session: AsyncSession,
        portion: Sequence[Delivered],
        answers: Mapping[Key, Mapping[str, datetime]],
        reached: Mapping[Key, tuple[str, datetime]],
    ) -> list[Told]:
        known: dict[Key, tuple[str, str]] = {}
        for channel, users in _by_channel(portion):
            query = select(PersonRow).where(PersonRow.channel == channel, PersonRow.user.in_(users))
            known |= {(channel, row.user): (row.name, row.place or "") for row in await session.scalars(query)}
        keys = [(one.channel, one.user) for one in portion]
        return [
            Told(one, *known.get(key, ("", "")), answers.get(key, {}), reached.get(key))
            for one, key in zip(portion, keys, strict=True)
        ]

    async def _steps(self, session: AsyncSession, chain: Sequence[str]) -> list[Step]:
        rows = (
            await session.scalars(
                select(LadderStepRow)
                .where(LadderStepRow.warning_id.in_(chain))
                .order_by(LadderStepRow.at, LadderStepRow.place, LadderStepRow.id)
            )
        ).all()
        names = {f"{one.channel}:{one.user}": one.shown for one in await session.scalars(select(OfficerRow))}
        lists: defaultdict[str, list[LadderPersonRow]] = defaultdict(list)
        people = select(LadderPersonRow).join(LadderStepRow).where(LadderStepRow.warning_id.in_(chain))
        for person in await session.scalars(people.order_by(LadderPersonRow.number)):
            lists[person.step_id].append(person)
        return [Step(row, names.get(row.to, row.to), lists[row.id]) for row in rows]


def _by_channel(portion: Sequence[Delivered]) -> Sequence[tuple[str, Sequence[str]]]:
    """Channels with their users: databases do not look pairs up by an index."""
    channels = dict.fromkeys(one.channel for one in portion)
    return [(channel, [one.user for one in portion if one.channel == channel]) for channel in channels]
