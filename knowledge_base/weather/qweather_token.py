"""Telling QWeather who asks: an API key, or a token signed with Ed25519 as its documents ask for."""

import base64
import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

_VALID = timedelta(minutes=15)
_EARLIER = timedelta(seconds=30)
"""The service asks for this, as clocks differ."""


class KeyBroken(Exception):
    """The private key for the weather service cannot be used."""


def api_key(key: str) -> Callable[[], Mapping[str, str]]:
    """Headers with an API key."""
    return lambda: {"X-QW-Api-Key": key}


class Token:
    """Headers with a token that is valid for 15 minutes and made anew when 5 of them are left."""

    def __init__(
        self, private: Ed25519PrivateKey, credential: str, project: str, clock: Callable[[], datetime]
    ) -> None:
        self._private = private
        self._head = {"alg": "EdDSA", "kid": credential}
        self._project = project
        self._clock = clock
        self._token = ""
        self._until: datetime | None = None

    def __call__(self) -> Mapping[str, str]:
        """The headers of a call now."""
        now = self._clock()
        if self._until is None or now >= self._until - _VALID / 3:
            self._until = now + _VALID
            claims = {
                "sub": self._project,
                "iat": int((now - _EARLIER).timestamp()),
                "exp": int(self._until.timestamp()),
            }
            said = f"{_encoded(self._head)}.{_encoded(claims)}"
            self._token = f"{said}.{_text(self._private.sign(said.encode()))}"
        return {"Authorization": f"Bearer {self._token}"}


def read_private_key(path: Path) -> Ed25519PrivateKey:
    """The key of a PEM file. Raises `KeyBroken`."""
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyBroken(f"{path.name}: {type(error).__name__}") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyBroken(f"{path.name}: not an Ed25519 key")
    return key


def _encoded(value: Mapping[str, object]) -> str:
    return _text(json.dumps(value, separators=(",", ":")).encode())


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
