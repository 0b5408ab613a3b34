"""Conversations in the store: each turn is taken in order, and a redelivered message finds its answer waiting."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from weakref import WeakValueDictionary

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from dialogs.messages import Inbound, Turn
from dialogs.models import ConversationRow, HandledRow
from dialogs.session import Session
from knowledge_base.store import Store

_TURN = TypeAdapter(Turn)


class Conversations:
    """Sessions and handled messages of one store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._locks: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def in_order(self, inbound: Inbound) -> AsyncIterator[None]:
        """Hold back a person's next message until this one is done."""
        lock = self._locks.setdefault((inbound.channel, inbound.user), asyncio.Lock())
        async with lock:
            yield

    async def handled(self, inbound: Inbound) -> Turn | None:
        """The turn that this very message led to before, marked as a duplicate."""
        async with self._store.session() as session:
            row = await session.get(HandledRow, (inbound.channel, inbound.user, inbound.external_id))
        try:
            return replace(_TURN.validate_python(row.turn), duplicate=True) if row else None
        except ValidationError:  # kept by another version: answered anew
            return None

    async def load(self, inbound: Inbound) -> Session:
        """The person's conversation, or a new one."""
        async with self._store.session() as session:
            row = await session.get(ConversationRow, (inbound.channel, inbound.user))
        try:
            return Session.model_validate(row.state) if row else Session()
        except ValidationError:  # kept by another version: begun anew, instead of failing this person for ever
            return Session()

    async def save(self, inbound: Inbound, state: Session, turn: Turn, now: datetime) -> Turn:
        """Keep the conversation and the turn in one transaction; returns the turn that stands.

        That is another one where another process has handled the same message in the meantime.
        """
        try:
            await self._save(inbound, state, turn, now)
        except IntegrityError:
            earlier = await self.handled(inbound)
            if earlier is None:
                raise
            return earlier
        return turn

    async def _save(self, inbound: Inbound, state: Session, turn: Turn, now: datetime) -> None:
        key = {"channel": inbound.channel, "user": inbound.user}
        async with self._store.session() as session:
            await session.merge(ConversationRow(**key, state=state.model_dump(mode="json"), updated_at=now))
            dumped = _TURN.dump_python(turn, mode="json")
            session.add(HandledRow(**key, external_id=inbound.external_id, turn=dumped, at=now))

    async def forget_handled(self, before: datetime) -> None:
        """Drop handled messages that are too old to be redelivered."""
        async with self._store.session() as session:
            await session.execute(delete(HandledRow).where(HandledRow.at < before))
