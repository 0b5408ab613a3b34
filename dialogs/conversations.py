"""Conversations in the store: each turn is taken in order, and a redelivered message finds its answer waiting."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, cast

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import CursorResult, delete, exists, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from dialogs.messages import Inbound, Turn
from dialogs.models import ConversationRow, HandledRow
from dialogs.session import Session
from dialogs.tally import tally
from dialogs.turn_order import InProcessOrder, TurnOrder
from knowledge_base.statistics.models import TallyRow
from knowledge_base.statistics.terms import county_day
from knowledge_base.store import Store

TRIES = 3
"""How often one message is taken up while other turns of the person come in between."""
_TURN = TypeAdapter(Turn)
_LEAST = timedelta(microseconds=1)


class Overtaken(Exception):
    """Another turn of this person was kept while this one was taken: it rests on what holds no longer."""


@dataclass(slots=True)
class _Read:
    """What a turn rests on: the person's conversation as it was kept at `at`, None if there was none."""

    key: tuple[str, str]
    loaded: bool = False
    at: datetime | None = None


_READ: ContextVar[_Read | None] = ContextVar("read", default=None)


class Conversations:
    """Sessions and handled messages of one store. `order`: that of all processes, where there are several."""

    def __init__(self, store: Store, order: TurnOrder | None = None) -> None:
        self._store = store
        self._order = order or InProcessOrder()

    def in_order(self, inbound: Inbound) -> AbstractAsyncContextManager[None]:
        """Hold back a person's next message until this one is done."""
        return self._order.hold(inbound.channel, inbound.user)

    async def once(self, inbound: Inbound, take: Callable[[], Awaitable[Turn]]) -> Turn:
        """The turn of a message: what it led to before, or else what `take` makes of it with `load` and `save`.

        The order of turns can break: Redis restarts, or a process is held up for longer than its lease. Then a turn
        that is about to overwrite another one is taken again, on what is kept by then. What it has done meanwhile is
        recognised by the message's id, as when a message is redelivered after a crash. Raises `Overtaken` after `TRIES`.
        """
        for left in reversed(range(TRIES)):
            earlier = await self.handled(inbound)
            if earlier is not None:
                return earlier
            token = _READ.set(_Read((inbound.channel, inbound.user)))
            try:
                return await take()
            except Overtaken:
                if not left:
                    raise
            finally:
                _READ.reset(token)
        raise AssertionError

    async def handled(self, inbound: Inbound) -> Turn | None:
        """The turn that this very message led to before, marked as a duplicate."""
        async with self._store.session() as session:
            row = await session.get(HandledRow, (inbound.channel, inbound.user, inbound.external_id))
        try:
            return replace(self._turn(row.turn), duplicate=True) if row else None
        except ValidationError:  # kept by another version: answered anew
            return None

    async def load(self, inbound: Inbound) -> Session:
        """The person's conversation, or a new one."""
        async with self._store.session() as session:
            row = await session.get(ConversationRow, (inbound.channel, inbound.user))
        read = _READ.get()
        if read is not None and read.key == (inbound.channel, inbound.user):
            read.loaded, read.at = True, row.updated_at if row else None
        try:
            return self._session(row.state) if row else Session()
        except ValidationError:  # kept by another version: begun anew, instead of failing this person for ever
            return Session()

    async def save(self, inbound: Inbound, state: Session, turn: Turn, now: datetime) -> Turn:
        """Keep the conversation and the turn in one transaction; returns the turn that stands.

        That is another one where another process has handled the same message in the meantime. Raises `Overtaken`
        where it has handled another message of the person, within `once`.
        """
        try:
            counted = tally(inbound, state, turn, now, first=_first_of_day(inbound, now))
            await self._save(inbound, *self._kept(state, turn), counted, now)
        except (IntegrityError, Overtaken) as error:
            earlier = await self.handled(inbound)
            if earlier is None:
                raise Overtaken from error
            return earlier
        return turn

    async def _save(
        self, inbound: Inbound, state: dict[str, Any], turn: dict[str, Any], counted: TallyRow, now: datetime
    ) -> None:
        key = {"channel": inbound.channel, "user": inbound.user}
        read = _READ.get()
        async with self._store.session() as session:
            if read is None or not read.loaded or read.key != (inbound.channel, inbound.user):
                await session.merge(ConversationRow(**key, state=state, updated_at=now))
            elif read.at is None or not await _replace(session, inbound, read.at, state, now):
                session.add(ConversationRow(**key, state=state, updated_at=now))
            session.add(HandledRow(**key, external_id=inbound.external_id, turn=turn, at=now))
            session.add(counted)

    async def forget_handled(self, before: datetime) -> None:
        """Drop handled messages that are too old to be redelivered."""
        async with self._store.session() as session:
            await session.execute(delete(HandledRow).where(HandledRow.at < before))

    def _kept(self, state: Session, turn: Turn) -> tuple[dict[str, Any], dict[str, Any]]:
        """A conversation and a turn as they are kept."""
        return state.model_dump(mode="json"), _TURN.dump_python(turn, mode="json")

    def _session(self, state: dict[str, Any]) -> Session:
        """What was kept of a conversation. Raises `pydantic.ValidationError` for what this version cannot read."""
        return Session.model_validate(state)

    def _turn(self, turn: dict[str, Any]) -> Turn:
        """What was kept of a turn. Raises `pydantic.ValidationError` for what this version cannot read."""
        return _TURN.validate_python(turn)


async def _replace(
    session: AsyncSession, inbound: Inbound, read: datetime, state: dict[str, Any], now: datetime
) -> bool:
    """Keep a state in place of the one of `read`; False where there is none any more. Raises `Overtaken` for a later one."""
    mine = (ConversationRow.channel == inbound.channel, ConversationRow.user == inbound.user)
    # Later than what was read, whatever the clock says: no two states are of the same moment.
    changed = await session.execute(
        update(ConversationRow)
        .where(*mine, ConversationRow.updated_at == read)
        .values(state=state, updated_at=max(now, read + _LEAST))
        .execution_options(synchronize_session=False)
    )
    if cast("CursorResult[Any]", changed).rowcount:
        return True
    if await session.scalar(select(exists().where(*mine))):
        raise Overtaken
    return False


def _first_of_day(inbound: Inbound, now: datetime) -> bool:
    """Whether the person had not said anything yet on this day, as far as the turn has looked."""
    read = _READ.get()
    if read is None or not read.loaded or read.key != (inbound.channel, inbound.user):
        return False
    return read.at is None or county_day(read.at) < county_day(now)
