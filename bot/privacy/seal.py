"""Sealed values in a copy or a deletion: opened for the person whose they are."""

import json
from typing import Any

from dialogs.consultation.discreet import SEALED
from dialogs.consultation.vault import SealBroken, Vault


class Opener:
    """Opens what conversations and stories are sealed with."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def open(self, value: Any) -> Any:
        """The value itself; an empty one where the key is lost. What was not sealed is given as it is."""
        sealed = value.get(SEALED) if isinstance(value, dict) else value if isinstance(value, str) else None
        if sealed is None:
            return value
        try:
            return json.loads(self._vault.open(sealed))
        except SealBroken:
            return {}
