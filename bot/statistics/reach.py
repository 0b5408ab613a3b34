"""How far warnings have got: counted while they are fresh, kept when the messages themselves have gone."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.models import OutboxRow
from bot.delivery.policy import State
from knowledge_base.statistics.models import WarningCountRow
from knowledge_base.statistics.period import Period
from knowledge_base.store import Store
from knowledge_base.warnings.calling_models import LadderPersonRow
from knowledge_base.warnings.ladder import Outcome
from knowledge_base.warnings.models import Answer, LadderStepRow, WarningAnswerRow, WarningRow
from knowledge_base.warnings.speaker_models import SpeakerJobRow
from knowledge_base.warnings.speakers import JobState

FRESH = timedelta(days=7)
"""So long after a warning went out, or a day after it ended, its figures may still change."""
LISTED = 30
"""Warnings of a period on the page, the latest first."""
_SENT, _WAITING = {State.SENT}, {State.WAITING}


@dataclass(frozen=True, slots=True)
class Reach:
    """One version of a warning. `figures`: told, sent, waiting, missed, ok, help, called, reached, speakers, played."""

    id: str
    arrived_at: datetime
    colour: int | None
    headline: str
    figures: Mapping[str, int]


class Reaches:
    """The figures of one store's warnings."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    async def run(self) -> int:
        """Count the fresh ones anew; how many."""
        now = self._clock()
        fresh = select(WarningRow.id).where(
            WarningRow.topic.is_not(None),
            or_(WarningRow.arrived_at >= now - FRESH, WarningRow.expires_at >= now - timedelta(days=1)),
        )
        async with self._store.session() as session:
            ids = (await session.scalars(fresh)).all()
        for id_ in ids:  # a transaction each: a warning may have gone to 100,000 people
            async with self._store.session() as session:
                warning = await session.get(WarningRow, id_)
                if warning is not None:
                    figures = await _figures(session, warning)
                    await session.execute(delete(WarningCountRow).where(WarningCountRow.warning_id == id_))
                    session.add_all(
                        WarningCountRow(warning_id=id_, figure=name, count=count, at=now)
                        for name, count in figures.items()
                    )
        return len(ids)

    async def of(self, period: Period) -> tuple[int, Sequence[Reach]]:
        """How many warnings went out in these days, and the latest of them."""
        sent = (
            WarningRow.topic.is_not(None),
            WarningRow.arrived_at >= period.begins,
            WarningRow.arrived_at < period.ends,
        )
        columns = (WarningRow.id, WarningRow.arrived_at, WarningRow.colour, WarningRow.headline)
        async with self._store.session() as session:
            count = await session.scalar(select(func.count()).select_from(WarningRow).where(*sent)) or 0
            latest = select(*columns).where(*sent).order_by(WarningRow.arrived_at.desc(), WarningRow.id).limit(LISTED)
            rows = (await session.execute(latest)).all()
            kept = select(WarningCountRow).where(WarningCountRow.warning_id.in_([row.id for row in rows]))
            figures: dict[str, dict[str, int]] = {row.id: {} for row in rows}
            for one in await session.scalars(kept):
                figures[one.warning_id][one.figure] = one.count
        return count, [Reach(*row, figures[row.id]) for row in rows]


async def _figures(session: AsyncSession, warning: WarningRow) -> Mapping[str, int]:
    states = select(OutboxRow.state, func.count()).where(OutboxRow.topic == warning.topic).group_by(OutboxRow.state)
    messages = Counter(dict((await session.execute(states)).all()))
    messages.pop(State.SUPERSEDED, None)
    given = select(WarningAnswerRow.answer, func.count()).where(WarningAnswerRow.warning_id == warning.id)
    answers = dict((await session.execute(given.group_by(WarningAnswerRow.answer))).all())
    steps = LadderStepRow.warning_id == warning.id
    called = select(func.count()).where(steps, LadderStepRow.outcome == Outcome.CALLED)
    people = select(func.count()).select_from(LadderPersonRow).join(LadderStepRow)
    names = {warning.root_id, *(warning.topic or "").split(":")[1:2]}
    jobs = select(SpeakerJobRow.state, func.count()).where(
        SpeakerJobRow.warning.in_(names), SpeakerJobRow.version == warning.version
    )
    speakers = dict((await session.execute(jobs.group_by(SpeakerJobRow.state))).all())
    return {
        "told": messages.total(),
        "sent": sum(messages[state] for state in _SENT),
        "waiting": sum(messages[state] for state in _WAITING),
        "missed": sum(count for state, count in messages.items() if state not in _SENT | _WAITING),
        "ok": answers.get(Answer.OK, 0),
        "help": answers.get(Answer.HELP, 0),
        "called": await session.scalar(called) or 0,
        "reached": await session.scalar(people.where(steps, LadderPersonRow.reached_at.is_not(None))) or 0,
        "speakers": sum(speakers.values()),
        "played": speakers.get(JobState.PLAYED, 0),
    }
