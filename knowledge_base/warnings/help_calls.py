"""Calls for help: to whom they go, what the person adds, what the officer answers, and to whom they go on."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge_base.store import Store
from knowledge_base.warnings.calling_models import HelpCallRow
from knowledge_base.warnings.calls import (
    Call,
    Calls,
    Deliveries,
    HelpAnswer,
    HelpAnswered,
    HelpCall,
    HelpLost,
    HelpWords,
    Position,
    Subject,
    Whom,
)
from knowledge_base.warnings.codes import LEVELS
from knowledge_base.warnings.models import OfficerRow, PersonRow, Role, WarningRow
from knowledge_base.warnings.reading import read_alert
from knowledge_base.warnings.territory import Territory

WHO_HELPS = (Role.DUTY, Role.COMMITTEE, Role.INFORMATION_OFFICER)
"""Who is told that somebody needs help: the first of these that the place has."""
AGAIN = timedelta(minutes=2)
"""Without an answer for so long, asking again calls again; and a message that has not got out goes to the next."""
HOLDS = timedelta(hours=24)
"""How long a call is looked after."""
NOBODY = "nobody"
"""In the place of an answer: nobody was reached, and the person was told so."""
_WAITING = "waiting"
"""The outbox's word for what it still tries to send."""


@dataclass(frozen=True, slots=True)
class Handled:
    """An officer's answer was kept. `new` is false for one given before; the rest names the person."""

    new: bool
    name: str
    channel: str
    user: str


class HelpCalls:
    """The calls of one store. `tick` is safe to run at any time, twice, and in several processes."""

    def __init__(
        self,
        store: Store,
        calls: Calls,
        deliveries: Deliveries,
        clock: Callable[[], datetime],
        new_id: Callable[[], str] = lambda: uuid4().hex,
    ) -> None:
        self._store = store
        self._calls = calls
        self._deliveries = deliveries
        self._clock = clock
        self._new_id = new_id

    async def call(self, session: AsyncSession, warning: WarningRow, channel: str, user: str) -> tuple[str, ...]:
        """Call for a person, in the caller's transaction; how those are called who were told.

        Asked again with nobody's answer for two minutes, the same are called once more, and the next ones with them.
        """
        now = self._clock()
        rows = await _rows(session, warning.id, channel, user)
        if rows:
            answered = [row.answered_at for row in rows if row.answered_at is not None]
            since = max([row.at for row in rows] + answered)
            if abs(now - since) < AGAIN:
                last = [row for row in rows if row.round == rows[-1].round]
                return _shown(row.shown for row in last if row.answer != NOBODY)
        told = {(row.to_channel, row.to_user) for row in rows}
        known, further = await self._rescuers(session, warning, channel, user, told)
        around = [*known, *further]
        number = rows[-1].round + 1 if rows else 1
        await self._tell(session, warning, channel, user, around=around, before=told, number=number)
        return _shown(one.shown for one in around)

    async def add(
        self,
        warning: str,
        channel: str,
        user: str,
        message: str,
        *,
        said: str | None = None,
        position: Position | None = None,
    ) -> tuple[str, ...]:
        """Give what a person says after calling to everybody who was told; how these are called. Once for a `message`."""
        async with self._store.session() as session:
            row, person = await session.get(WarningRow, warning), await session.get(PersonRow, (channel, user))
            if row is None:
                return ()
            to = {(one.to_channel, one.to_user): one for one in await _rows(session, warning, channel, user)}
            name, place = (person.name, person.place) if person else ("", None)
            topic = f"{_words_of(warning, channel, user)}{_digest(message)[:16]}"
            now = self._clock()
            await self._calls.put(
                session,
                [
                    Call(
                        one.to_channel,
                        one.to_user,
                        topic,
                        HelpWords(Subject.of(row), one.id, place, name, channel, user, now, said, position),
                    )
                    for one in to.values()
                ],
            )
            return _shown(one.shown for one in to.values())

    async def lately(self, channel: str, user: str, since: datetime) -> str | None:
        """The warning in which a person has called for help last, if since then."""
        theirs = (HelpCallRow.channel == channel, HelpCallRow.user == user, HelpCallRow.at >= since)
        query = select(HelpCallRow.warning_id).where(*theirs).order_by(HelpCallRow.at.desc()).limit(1)
        async with self._store.session() as session:
            warning: str | None = await session.scalar(query)
            return warning

    async def answer(self, call: str, channel: str, user: str, answer: HelpAnswer) -> Handled | None:
        """Keep what an officer answers, and tell the person; None for a call that did not go to this very officer."""
        now = self._clock()
        async with self._store.session() as session:
            row = await session.get(HelpCallRow, call, with_for_update=True)
            if row is None or (row.to_channel, row.to_user) != (channel, user):
                return None
            person = await session.get(PersonRow, (row.channel, row.user))
            warning = await session.get_one(WarningRow, row.warning_id)
            handled = Handled(row.answer != answer, person.name if person else "", row.channel, row.user)
            if handled.new:
                row.answer, row.answered_at = answer, now
                about = HelpAnswered(Subject.of(warning), row.shown, answer, now)
                await self._calls.put(session, [Call(row.channel, row.user, f"help-answer:{call}:{answer}", about)])
            return handled

    async def tick(self) -> None:
        """Give on what did not reach those whom it was for."""
        open_ = (HelpCallRow.at > self._clock() - HOLDS, HelpCallRow.answer.is_(None))
        which = select(HelpCallRow.warning_id, HelpCallRow.channel, HelpCallRow.user).where(*open_).distinct()
        async with self._store.session() as session:
            people = [(warning, channel, user) for warning, channel, user in await session.execute(which)]
        for warning, channel, user in people:
            async with self._store.session() as session:
                await self._go_on(session, warning, channel, user)

    async def _go_on(self, session: AsyncSession, warning: str, channel: str, user: str) -> None:
        rows = await _rows(session, warning, channel, user)
        last = [row for row in rows if row.round == rows[-1].round]
        if any(row.answered_at is not None and row.answered_at >= last[0].at for row in rows):
            return
        states: set[str] = set()
        async for some in self._deliveries.of(session, _topic(warning, channel, user, last[0].round)):
            if any(one.sent_at is not None for one in some):
                return
            states.update(one.state for one in some)
        now = self._clock()
        if _WAITING in states and abs(now - last[0].at) < AGAIN:
            return
        row = await session.get_one(WarningRow, warning)
        told = {(one.to_channel, one.to_user) for one in rows}
        _, further = await self._rescuers(session, row, channel, user, told)
        if further:
            await self._tell(session, row, channel, user, around=further, before=told, number=last[0].round + 1)
            return
        for one in rows:
            one.answer, one.answered_at = one.answer or NOBODY, one.answered_at or now
        lost = Call(channel, user, f"help-lost:{last[0].id}", HelpLost(Subject.of(row), now))
        await self._calls.put(session, [lost])

    async def _rescuers(
        self, session: AsyncSession, warning: WarningRow, channel: str, user: str, told: set[Whom]
    ) -> tuple[Sequence[OfficerRow], Sequence[OfficerRow]]:
        """Who of those told is still registered, and the next ones: of the first role, in the narrowest place, that has others."""
        person = await session.get(PersonRow, (channel, user))
        place = person.place if person else None
        # Of whom no place is known, the warning at least has one.
        near = place or next(iter(Territory.of(read_alert(warning.original)).prefixes), "")
        places = [near[:digits] for digits in LEVELS if digits <= len(near)]
        query = select(OfficerRow).where(OfficerRow.role.in_(WHO_HELPS), OfficerRow.place.in_(places))
        everybody = (await session.scalars(query.order_by(OfficerRow.channel, OfficerRow.user))).all()
        others = [one for one in everybody if (one.channel, one.user) not in told]
        known = {(one.channel, one.user): one for one in everybody if (one.channel, one.user) in told}

        def nearness(one: OfficerRow) -> tuple[int, int]:
            return WHO_HELPS.index(Role(one.role)), -len(one.place)

        first = min((nearness(one) for one in others), default=None)
        return list(known.values()), [one for one in others if nearness(one) == first]

    async def _tell(
        self,
        session: AsyncSession,
        warning: WarningRow,
        channel: str,
        user: str,
        *,
        around: Sequence[OfficerRow],
        before: set[Whom],
        number: int,
    ) -> None:
        """Record a round and call; who was called in it by another process is passed over. What was said before goes along."""
        now, new = self._clock(), list[Call]()
        insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        person = await session.get(PersonRow, (channel, user))
        for one in around:
            values = {"id": self._new_id(), "warning_id": warning.id, "channel": channel, "user": user, "at": now}
            values |= {"round": number, "to_channel": one.channel, "to_user": one.user, "shown": one.shown}
            statement = insert(HelpCallRow).values(values).on_conflict_do_nothing().returning(HelpCallRow.id)
            if (id_ := await session.scalar(statement)) is None:
                continue
            position = None
            if person is not None and person.latitude is not None and person.longitude is not None:
                position = (person.latitude, person.longitude)
            place, name = (person.place, person.name) if person else (None, "")
            about = HelpCall(Subject.of(warning), id_, place, name, channel, user, now, position)
            new.append(Call(one.channel, one.user, _topic(warning.id, channel, user, number), about))
        await self._calls.put(session, new)
        to = [(call.channel, call.user) for call in new]
        await self._calls.repeat(session, _words_of(warning.id, channel, user), before, to)


async def _rows(session: AsyncSession, warning: str, channel: str, user: str) -> Sequence[HelpCallRow]:
    """Whom a person's call went to, in order."""
    theirs = (HelpCallRow.warning_id == warning, HelpCallRow.channel == channel, HelpCallRow.user == user)
    query = select(HelpCallRow).where(*theirs).order_by(HelpCallRow.round, HelpCallRow.at, HelpCallRow.id)
    return (await session.scalars(query)).all()


def _topic(warning: str, channel: str, user: str, number: int) -> str:
    return f"help:{warning}:{_digest(f'{channel}:{user}')}:{number}"


def _words_of(warning: str, channel: str, user: str) -> str:
    return f"help-word:{warning}:{_digest(f'{channel}:{user}')}:"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _shown(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
