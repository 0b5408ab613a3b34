"""What people answer to a warning; who needs help is told to the one on duty in the same transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from knowledge_base.store import Store
from knowledge_base.warnings.calling_models import LadderPersonRow
from knowledge_base.warnings.calls import Calls, Deliveries
from knowledge_base.warnings.help_calls import HelpCalls
from knowledge_base.warnings.models import Answer, LadderStepRow, WarningAnswerRow, WarningRow
from knowledge_base.warnings.terms import Colour


@dataclass(frozen=True, slots=True)
class Answered:
    """`told`: how those are called who were told that this person needs help."""

    told: tuple[str, ...] = ()


class Answers:
    """The answers of one store."""

    def __init__(self, store: Store, calls: Calls, deliveries: Deliveries, clock: Callable[[], datetime]) -> None:
        self._store = store
        self.help = HelpCalls(store, calls, deliveries, clock)
        self._deliveries = deliveries
        self._clock = clock

    async def take(self, warning: str, channel: str, user: str, answer: Answer) -> Answered | None:
        """Keep an answer; None where there is no such warning. The same answer again changes nothing, but may call for help again."""
        now = self._clock()
        async with self._store.session() as session:
            row = await session.get(WarningRow, warning)
            if row is None:
                return None
            insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
            values = {"warning_id": warning, "channel": channel, "user": user, "answer": answer, "at": now}
            await session.execute(insert(WarningAnswerRow).values(values).on_conflict_do_nothing())
            return Answered(await self.help.call(session, row, channel, user) if answer is Answer.HELP else ())

    async def latest(self, channel: str, user: str) -> str | None:
        """The red or orange warning that a person got last, if it has not expired."""
        async with self._store.session() as session:
            topics = await self._deliveries.latest(session, channel, user)
            urgent = and_(WarningRow.colour <= Colour.ORANGE, WarningRow.expires_at > self._clock())
            query = select(WarningRow.topic, WarningRow.id).where(WarningRow.topic.in_(topics), urgent)
            ids = {row.topic: row.id for row in await session.execute(query)}
        return next((ids[topic] for topic in topics if topic in ids), None)

    async def reached(self, step: str, channel: str, user: str, number: int | None) -> int:
        """One who was called says that a person of the list (None: everybody) was reached; how many of these are new.

        Only of a call that went to this very person.
        """
        mine = select(LadderStepRow.id).where(LadderStepRow.id == step, LadderStepRow.to == f"{channel}:{user}")
        people: list[ColumnElement[bool]] = [LadderPersonRow.step_id.in_(mine), LadderPersonRow.reached_at.is_(None)]
        if number is not None:
            people.append(LadderPersonRow.number == number)
        async with self._store.session() as session:
            found = await session.scalars(
                update(LadderPersonRow)
                .where(*people)
                .values(reached_at=self._clock())
                .returning(LadderPersonRow.number)
                .execution_options(synchronize_session=False)
            )
            return len(found.all())
