"""What is told in confidence is sealed before it is stored, with keys that can be changed."""

from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class SealBroken(Exception):
    """A sealed text cannot be opened: none of the keys fits. Carries no text."""


class KeysUnusable(ValueError):
    """A key is no key: 32 random bytes in URL-safe base64 are, as `new_key` makes them. Carries no key."""


class Vault:
    """Seals and opens texts. The first key seals, any of them opens: a new one is put before the old ones."""

    def __init__(self, keys: Sequence[str]) -> None:
        """Raises `KeysUnusable`, also for no key at all."""
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except ValueError:
            raise KeysUnusable("no usable key") from None

    def seal(self, text: str) -> str:
        """The text as it may be stored."""
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """The text. Raises `SealBroken`."""
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken:
            raise SealBroken from None

    def renew(self, sealed: str) -> str:
        """The same, sealed with the first key. Raises `SealBroken`."""
        try:
            return self._fernet.rotate(sealed).decode()
        except InvalidToken:
            raise SealBroken from None


def new_key() -> str:
    """A key at random."""
    return Fernet.generate_key().decode()
