"""Conversations that are sealed in the store while somebody tells in confidence what has happened to them."""

from dataclasses import replace
from datetime import datetime

from pydantic import TypeAdapter, ValidationError

from dialogs.consultation.consultant_side import PRIVATE
from dialogs.consultation.phrases import ACTION
from dialogs.consultation.vault import SealBroken, Vault
from dialogs.conversations import Conversations
from dialogs.messages import Inbound, Turn
from dialogs.models import ConversationRow, HandledRow
from dialogs.session import Session
from knowledge_base.store import Store

SEALED = "sealed"
_TURN = TypeAdapter(Turn)


class DiscreetConversations(Conversations):
    """Seals session and turn while the form of a consultation is open, and turns in which a story is shown.

    A sealed one of which the key is lost is begun anew, as one of another version is.
    """

    def __init__(self, store: Store, vault: Vault) -> None:
        super().__init__(store)
        self._vault = vault

    async def handled(self, inbound: Inbound) -> Turn | None:
        """The turn that this very message led to before, marked as a duplicate."""
        async with self._store.session() as session:
            row = await session.get(HandledRow, (inbound.channel, inbound.user, inbound.external_id))
        if row is None or SEALED not in row.turn:
            return await super().handled(inbound)
        try:
            return replace(_TURN.validate_json(self._vault.open(row.turn[SEALED])), duplicate=True)
        except (SealBroken, ValidationError):
            return None

    async def load(self, inbound: Inbound) -> Session:
        """The person's conversation, or a new one."""
        async with self._store.session() as session:
            row = await session.get(ConversationRow, (inbound.channel, inbound.user))
        if row is None or SEALED not in row.state:
            return await super().load(inbound)
        try:
            return Session.model_validate_json(self._vault.open(row.state[SEALED]))
        except (SealBroken, ValidationError):
            return Session()

    async def _save(self, inbound: Inbound, state: Session, turn: Turn, now: datetime) -> None:
        confided = state.form is not None and state.form.service == ACTION
        if not confided and not any(PRIVATE in reply.slots for reply in turn.replies):
            await super()._save(inbound, state, turn, now)
            return
        key = {"channel": inbound.channel, "user": inbound.user}
        kept = {SEALED: self._vault.seal(state.model_dump_json())} if confided else state.model_dump(mode="json")
        sealed = {SEALED: self._vault.seal(_TURN.dump_json(turn).decode())}
        async with self._store.session() as session:
            await session.merge(ConversationRow(**key, state=kept, updated_at=now))
            session.add(HandledRow(**key, external_id=inbound.external_id, turn=sealed, at=now))
