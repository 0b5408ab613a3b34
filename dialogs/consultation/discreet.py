"""Conversations that are sealed in the store while somebody tells in confidence what has happened to them."""

from typing import Any

from pydantic import TypeAdapter

from dialogs.consultation.consultant_side import PRIVATE
from dialogs.consultation.phrases import ACTION
from dialogs.consultation.vault import SealBroken, Vault
from dialogs.conversations import Conversations
from dialogs.messages import Inbound, Turn
from dialogs.session import Session
from dialogs.turn_order import TurnOrder
from knowledge_base.store import Store

SEALED = "sealed"
_TURN = TypeAdapter(Turn)


class DiscreetConversations(Conversations):
    """Seals session and turn while the form of a consultation is open, and turns in which a story is shown.

    A sealed one of which the key is lost is begun anew, as one of another version is.
    """

    def __init__(self, store: Store, vault: Vault, order: TurnOrder | None = None) -> None:
        super().__init__(store, order)
        self._vault = vault

    def _session(self, state: dict[str, Any]) -> Session:
        if SEALED not in state:
            return super()._session(state)
        try:
            return Session.model_validate_json(self._vault.open(state[SEALED]))
        except SealBroken:
            return Session()

    async def handled(self, inbound: Inbound) -> Turn | None:
        """The turn that this very message led to before, marked as a duplicate."""
        try:
            return await super().handled(inbound)
        except SealBroken:
            return None

    def _turn(self, turn: dict[str, Any]) -> Turn:
        return _TURN.validate_json(self._vault.open(turn[SEALED])) if SEALED in turn else super()._turn(turn)

    def _kept(self, state: Session, turn: Turn) -> tuple[dict[str, Any], dict[str, Any]]:
        confided = state.form is not None and state.form.service == ACTION
        kept, told = super()._kept(state, turn)
        if confided:
            kept = {SEALED: self._vault.seal(state.model_dump_json())}
        if confided or any(PRIVATE in reply.slots for reply in turn.replies):
            told = {SEALED: self._vault.seal(_TURN.dump_json(turn).decode())}
        return kept, told
