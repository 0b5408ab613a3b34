"""Passwords: what one must be like, and how it is kept (argon2id)."""

import asyncio
import secrets
import unicodedata
from functools import cache
from pathlib import Path

import yaml
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 10
LONGEST = 200
_COMMON = Path(__file__).with_name("common_passwords.yaml")
_AT_ONCE = 2
_UNMISTAKABLE = "abcdefghjkmnpqrstuvwxyz23456789"


class WeakPassword(ValueError):
    """The password is not accepted; `reason` is `short`, `long`, `name`, `same` or `common`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Passwords:
    """Makes and checks hashes, off the event loop. Each takes 64 MB for a moment, so that few run at once."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._nobody: str | None = None

    async def hashed(self, password: str) -> str:
        """The hash to keep."""
        async with self._slots:
            return await asyncio.to_thread(self._hasher.hash, _plain(password))

    async def verify(self, kept: str | None, password: str) -> bool:
        """Whether `password` made the hash `kept`. Without one it takes the same time, and is false."""
        if kept is None and self._nobody is None:
            self._nobody = await self.hashed(secrets.token_urlsafe())
        async with self._slots:
            right = await asyncio.to_thread(self._matches, kept or self._nobody or "", _plain(password))
        return right and kept is not None

    def outdated(self, kept: str) -> bool:
        """Whether the hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(kept)

    def _matches(self, kept: str, password: str) -> bool:
        try:
            return self._hasher.verify(kept, password)
        except (VerificationError, InvalidHashError):
            return False


def check_password(password: str, *names: str, present: str = "") -> None:
    """Raise `WeakPassword` for one that is too short, a name of its owner, the present one, or tried by everybody."""
    plain = _plain(password).casefold()
    if len(plain) < SHORTEST:
        raise WeakPassword("short")
    if len(plain) > LONGEST:
        raise WeakPassword("long")
    if any(name and not plain.replace(_plain(name).casefold(), "") for name in names):
        raise WeakPassword("name")
    if present and _plain(password) == _plain(present):
        raise WeakPassword("same")
    if plain in _common() or len(set(plain)) < 4:
        raise WeakPassword("common")


def start_password() -> str:
    """A password to be read out or written down: twelve letters and figures that are not mistaken for each other."""
    return "-".join("".join(secrets.choice(_UNMISTAKABLE) for _ in range(4)) for _ in range(3))


def _plain(password: str) -> str:
    """The same characters however they were typed: full-width letters are what many keyboards give."""
    return unicodedata.normalize("NFKC", password)


@cache
def _common() -> frozenset[str]:
    return frozenset(yaml.safe_load(_COMMON.read_text("utf-8")))
