"""The ladder of calls (叫应): who does not answer a grave warning is called on, by one person after another."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import uuid4

from sqlalchemy import exists, func, not_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge_base.clock import APART
from knowledge_base.store import Store
from knowledge_base.warnings.calling_models import LadderPersonRow
from knowledge_base.warnings.calls import Call, Calls, Deliveries, LadderCall, Subject, Unanswered, officers
from knowledge_base.warnings.dispatch import Bulletin
from knowledge_base.warnings.models import (
    LadderStepRow,
    OfficerRow,
    PersonRow,
    Role,
    WarningAnswerRow,
    WarningRow,
    WarningState,
)
from knowledge_base.warnings.reading import read_alert
from knowledge_base.warnings.terms import Colour, MsgType
from knowledge_base.warnings.territory import Territory

WAIT = timedelta(minutes=5)
"""From the warning to the first call, and from one call to the next."""
RUNGS = (Role.INFORMATION_OFFICER, Role.COMMITTEE)
SINCE = timedelta(days=7)
"""Older warnings are not looked at any more: none holds so long."""
CLOSED, ANSWERED = "closed", "answered"
"""Steps beside the rungs: the end of the ladder, and that a whole place has answered."""
_AT_ONCE = 400


class _Over(Exception):
    """The danger ended while a step was taken."""


class Outcome(StrEnum):
    """What a step came to."""

    CALLED = "called"
    NOBODY = "nobody"
    """No officer is known for the place; the next rung is taken at once."""
    ANSWERED = "answered"
    ENDED = "ended"
    """The danger is over, or the warning was withdrawn."""
    SUPERSEDED = "superseded"
    """A newer message has its own ladder, which goes on where this one stood."""
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class _Standing:
    """A warning on the ladder: `chain` are its messages of at least its colour, `start` when the first of them went out."""

    row: WarningRow
    chain: Sequence[str]
    start: datetime


_Done = Mapping[str, Sequence[LadderStepRow]]
"""The steps of each place, in their order."""


class Ladder:
    """Looks after the warnings of one store. Safe to run at any time, twice, and in several processes."""

    def __init__(
        self,
        store: Store,
        calls: Calls,
        deliveries: Deliveries,
        clock: Callable[[], datetime],
        *,
        orange: bool = False,
        wait: timedelta = WAIT,
        new_id: Callable[[], str] = lambda: uuid4().hex,
    ) -> None:
        """`orange`: whether orange warnings have a ladder too."""
        self._store = store
        self._calls = calls
        self._deliveries = deliveries
        self._clock = clock
        self._gravity = Colour.ORANGE if orange else Colour.RED
        self._wait = wait
        self._new_id = new_id
        self._looked_through: set[str] = set()  # every place has had its first call: the steps tell what is due

    async def tick(self) -> None:
        """Take every step that is due."""
        now = self._clock()
        closed = exists().where(LadderStepRow.warning_id == WarningRow.id, LadderStepRow.step == CLOSED)
        grave = (WarningRow.public, WarningRow.colour <= self._gravity, not_(WarningRow.all_clear))
        said = (WarningRow.msg_type != MsgType.CANCEL, WarningRow.dispatched_at > now - SINCE, not_(closed))
        async with self._store.session() as session:
            rows = (await session.scalars(select(WarningRow).where(*grave, *said).order_by(WarningRow.sent))).all()
        self._looked_through &= {row.id for row in rows}
        for row in rows:
            await self._climb(row, now)

    async def follow(self, session: AsyncSession, bulletin: Bulletin) -> None:
        """Hold back calls that have not gone out when the danger is over: a `Follower` of what comes in."""
        colour = bulletin.warning.colour
        if not bulletin.ending and colour is not None and colour <= self._gravity:
            return
        chain = select(WarningRow.id).where(WarningRow.root_id == bulletin.warning.root_id)
        steps = select(LadderStepRow.id).where(
            LadderStepRow.warning_id.in_(chain), LadderStepRow.outcome == Outcome.CALLED
        )
        await self._calls.withdraw(session, [f"ladder:{step}" for step in await session.scalars(steps)])

    async def _climb(self, row: WarningRow, now: datetime) -> None:
        async with self._store.session() as session:
            if over := await self._over(session, row, now):
                await self._record(session, row.id, "", CLOSED, outcome=over, now=now)
                return
            standing = await self._standing(session, row)
            steps = await self._steps(session, standing)
            if not self._due(steps, standing, now) and not await self._all_may_have_answered(session, standing):
                return
            silent = await self._silent(session, standing)
            if not silent:
                await self._record(session, row.id, "", CLOSED, outcome=Outcome.ANSWERED, now=now)
                return
            for place in steps.keys() - silent.keys():
                await self._record(session, row.id, place, ANSWERED, outcome=Outcome.ANSWERED, now=now)
        for place, people in silent.items():
            await self._call(standing, place, people, steps.get(place, ()), now)
        if now >= standing.start + self._wait:
            self._looked_through.add(row.id)

    async def _over(self, session: AsyncSession, row: WarningRow, now: datetime) -> Outcome | None:
        if row.state == WarningState.IN_FORCE:
            return Outcome.EXPIRED if row.expires_at <= now else None
        ended = select(WarningRow.id).where(WarningRow.root_id == row.root_id, WarningRow.state == WarningState.ENDED)
        return Outcome.ENDED if await session.scalar(ended.limit(1)) else Outcome.SUPERSEDED

    async def _standing(self, session: AsyncSession, row: WarningRow) -> _Standing:
        query = select(WarningRow.id, WarningRow.dispatched_at).where(
            WarningRow.root_id == row.root_id, WarningRow.colour <= row.colour, WarningRow.dispatched_at.is_not(None)
        )
        found = [(id_, at) for id_, at in await session.execute(query) if at is not None]
        return _Standing(row, [id_ for id_, _ in found], min(at for _, at in found))

    async def _steps(self, session: AsyncSession, standing: _Standing) -> _Done:
        query = select(LadderStepRow).where(LadderStepRow.warning_id.in_(standing.chain), LadderStepRow.step != CLOSED)
        steps: defaultdict[str, list[LadderStepRow]] = defaultdict(list)
        for step in await session.scalars(query.order_by(LadderStepRow.at, LadderStepRow.id)):
            steps[step.place].append(step)
        return steps

    def _due(self, steps: _Done, standing: _Standing, now: datetime) -> bool:
        """Whether any place may have a step to take; to look through all people costs something."""
        if not self._waited(standing.start, now):
            return False
        return standing.row.id not in self._looked_through or any(
            self._next(done, standing, now) is not None for done in steps.values()
        )

    def _next(self, done: Sequence[LadderStepRow], standing: _Standing, now: datetime) -> Role | None:
        """The rung that is due for a place."""
        taken = {step.step: step for step in done}
        if ANSWERED in taken:
            return None
        since = standing.start
        for role in RUNGS:
            if role not in taken:
                return role if self._waited(since, now) else None
            if taken[role].outcome == Outcome.CALLED:
                since = taken[role].at
        called = any(step.outcome == Outcome.CALLED for step in done)
        return None if called or Role.DUTY in taken else Role.DUTY

    def _waited(self, since: datetime, now: datetime) -> bool:
        """Rather too early than an hour too late: how long ago it was is unknown when the clock was put back."""
        return now >= since + self._wait or since > now + APART

    async def _all_may_have_answered(self, session: AsyncSession, standing: _Standing) -> bool:
        people = (
            select(WarningAnswerRow.channel, WarningAnswerRow.user)
            .where(WarningAnswerRow.warning_id.in_(standing.chain))
            .distinct()
        )
        count = await session.scalar(select(func.count()).select_from(people.subquery())) or 0
        return count >= standing.row.recipients

    async def _silent(self, session: AsyncSession, standing: _Standing) -> Mapping[str, Sequence[Unanswered]]:
        """Who has not answered, by place; whether the message reached them or not.

        Without those of whom no more than a county is known, who may well be outside the area.
        """
        wider = Territory.of(read_alert(standing.row.original)).wider
        silent: defaultdict[str, list[Unanswered]] = defaultdict(list)
        async for some in self._deliveries.of(session, standing.row.topic or ""):
            # Channel by channel: databases do not look pairs up by an index.
            for channel in dict.fromkeys(one.channel for one in some):
                users = [one.user for one in some if one.channel == channel]
                for start in range(0, len(users), _AT_ONCE):
                    portion = users[start : start + _AT_ONCE]
                    theirs = (WarningAnswerRow.channel == channel, WarningAnswerRow.user.in_(portion))
                    answers = select(WarningAnswerRow.user).where(*theirs)
                    of_chain = WarningAnswerRow.warning_id.in_(standing.chain)
                    answered = set(await session.scalars(answers.where(of_chain)))
                    rows = select(PersonRow.user, PersonRow.place, PersonRow.name).where(
                        PersonRow.channel == channel, PersonRow.user.in_(portion)
                    )
                    known = {user: (place or "", name) for user, place, name in await session.execute(rows)}
                    for user in portion:
                        place, name = known.get(user, ("", ""))
                        if user not in answered and place not in wider:
                            silent[place].append(Unanswered(len(silent[place]) + 1, channel, user, name))
        return silent

    async def _call(
        self,
        standing: _Standing,
        place: str,
        people: Sequence[Unanswered],
        done: Sequence[LadderStepRow],
        now: datetime,
    ) -> None:
        """Take the rungs that are due for a place; one without anybody is recorded, and the next is taken at once."""
        taken = list(done)
        while (role := self._next(taken, standing, now)) is not None:
            try:
                async with self._store.session() as session:
                    steps = await self._take(session, standing.row, place, role, people=people, now=now)
            except _Over:
                return
            if not steps:
                return  # another process was quicker
            taken += steps

    async def _take(
        self,
        session: AsyncSession,
        row: WarningRow,
        place: str,
        role: Role,
        *,
        people: Sequence[Unanswered],
        now: datetime,
    ) -> list[LadderStepRow]:
        """Record a rung and call whoever stands on it, in one transaction."""
        found: Sequence[OfficerRow] = await officers(session, role, place)
        if not found:
            step = await self._record(session, row.id, place, role, outcome=Outcome.NOBODY, now=now)
            return [step] if step else []
        steps: list[LadderStepRow] = []
        for one in found:
            to = f"{one.channel}:{one.user}"
            step = await self._record(session, row.id, place, role, outcome=Outcome.CALLED, now=now, to=to)
            if step is None:
                continue
            session.add_all(
                LadderPersonRow(step_id=step.id, number=p.number, channel=p.channel, user=p.user, name=p.name)
                for p in people
            )
            about = LadderCall(Subject.of(row), step.id, role, place, tuple(people))
            await self._calls.put(session, [Call(one.channel, one.user, f"ladder:{step.id}", about)])
            steps.append(step)
        # Asked after the first write, so that nobody ends the warning between the question and the commit.
        state = await session.scalar(select(WarningRow.state).where(WarningRow.id == row.id).with_for_update(read=True))
        if state != WarningState.IN_FORCE:
            raise _Over
        return steps

    async def _record(
        self,
        session: AsyncSession,
        warning: str,
        place: str,
        step: str,
        *,
        outcome: Outcome,
        now: datetime,
        to: str = "",
    ) -> LadderStepRow | None:
        """Keep a step; None where it has been taken already."""
        insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        values: dict[str, Any] = {"id": self._new_id(), "warning_id": warning, "place": place, "step": step, "to": to}
        values |= {"at": now, "outcome": outcome}
        statement = (
            insert(LadderStepRow)
            .values(values)
            .on_conflict_do_nothing(index_elements=["warning_id", "place", "step", "to"])
        )
        new = await session.scalar(statement.returning(LadderStepRow.id))
        return LadderStepRow(**values) if new else None
