"""WeChat's signatures, and the envelope of its safe mode (AES-256-CBC).

Source: developers.weixin.qq.com, message encryption and decryption. The plain text is 16 random bytes, the length of the
message (4 bytes, network order), the message and the app id, padded as in PKCS #7 to a multiple of 32.
"""

import base64
import binascii
import hmac
import re
import secrets
from collections.abc import Callable
from hashlib import sha1

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

KEY_FORM = re.compile(r"[A-Za-z0-9+/]{43}")
BLOCK = 32
HEAD = 20
"""The random bytes and the length."""


class Forged(Exception):
    """What came in was not made by WeChat for this account."""


def signature(*parts: str) -> str:
    """What WeChat signs `parts` with: SHA-1 over them, sorted and joined; the token is one of them."""
    return sha1("".join(sorted(parts)).encode("utf-8", "replace")).hexdigest()  # noqa: S324 the protocol's choice


class Seal:
    """One account's. `aes_key` is EncodingAESKey, 43 characters; empty: plain mode. Raises `ValueError` for another one."""

    def __init__(
        self, token: str, app_id: str, aes_key: str = "", *, random: Callable[[int], bytes] = secrets.token_bytes
    ) -> None:
        self._token = token
        self._app_id = app_id.encode()
        self._random = random
        if aes_key and not KEY_FORM.fullmatch(aes_key):
            raise ValueError("EncodingAESKey has 43 letters, digits, + and /")
        self._key = base64.b64decode(aes_key + "=") if aes_key else b""

    @property
    def closed(self) -> bool:
        """Whether messages must be encrypted."""
        return bool(self._key)

    def signed(self, given: str, *parts: str) -> bool:
        """Whether `given` is WeChat's signature of these."""
        return hmac.compare_digest(signature(self._token, *parts).encode(), given.encode("utf-8", "replace"))

    def sign(self, *parts: str) -> str:
        """Our signature of these."""
        return signature(self._token, *parts)

    def open(self, sealed: str) -> bytes:
        """The message in an `Encrypt` element. Check its signature before. Raises `Forged`."""
        try:
            data = base64.b64decode(sealed, validate=True)
        except (binascii.Error, ValueError):
            raise Forged("not base64") from None
        if not data or len(data) % 16:
            raise Forged("not whole blocks")
        opener = self._cipher().decryptor()
        plain = opener.update(data) + opener.finalize()
        pad = plain[-1]
        if not 1 <= pad <= BLOCK or plain[-pad:] != bytes([pad]) * pad:
            raise Forged("padding")
        plain = plain[:-pad]
        length = int.from_bytes(plain[16:HEAD], "big")
        if len(plain) < HEAD + length or not hmac.compare_digest(plain[HEAD + length :], self._app_id):
            raise Forged("another account")
        return plain[HEAD : HEAD + length]

    def close(self, message: bytes) -> str:
        """A message, encrypted, for an `Encrypt` element."""
        plain = self._random(16) + len(message).to_bytes(4, "big") + message + self._app_id
        pad = BLOCK - len(plain) % BLOCK
        sealer = self._cipher().encryptor()
        return base64.b64encode(sealer.update(plain + bytes([pad]) * pad) + sealer.finalize()).decode()

    def _cipher(self) -> Cipher[CBC]:
        return Cipher(AES(self._key), CBC(self._key[:16]))
