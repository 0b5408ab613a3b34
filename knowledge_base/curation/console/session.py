"""Signed cookies of the console: who is signed in, and what the next page should say."""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import Request, Response
from itsdangerous import BadSignature, URLSafeSerializer

from knowledge_base.curation.accounts import Account

COOKIE = "xiangyin_console"
NOTICE = "xiangyin_notice"
PATH = "/console"
LIFE = timedelta(hours=12)
_NOTICE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Session:
    """What the cookie says: an account as it was when it signed in. Whether that still holds, the store knows."""

    name: str
    epoch: int
    id: str


class Sessions:
    """Makes and reads the cookies. A new secret ends every session."""

    def __init__(self, secret: str, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._sessions = URLSafeSerializer(secret, salt="xiangyin console session")
        self._notices = URLSafeSerializer(secret, salt="xiangyin console notice")
        self._key = hmac.digest(secret.encode(), b"xiangyin console form", hashlib.sha256)

    def begin(self, request: Request, response: Response, account: Account) -> None:
        """Sign `account` in on this browser, for `LIFE`."""
        begun = int(self._clock().timestamp())
        value = self._sessions.dumps([account.name, account.epoch, secrets.token_urlsafe(12), begun])
        self._set(request, response, COOKIE, str(value), int(LIFE.total_seconds()))

    def end(self, response: Response) -> None:
        """Take the cookie away."""
        response.delete_cookie(COOKIE, path=PATH, httponly=True, samesite="lax")

    def read(self, request: Request) -> Session | None:
        """The session of a request; None without one, with one that was not signed here, or after `LIFE`."""
        try:
            name, epoch, id_, begun = self._sessions.loads(request.cookies.get(COOKIE, ""))
        except (BadSignature, ValueError, TypeError):
            return None
        age = self._clock() - datetime.fromtimestamp(begun, UTC)
        return Session(name, epoch, id_) if age < LIFE else None

    def token(self, session: Session) -> str:
        """What every form of this session, and of no other, must carry."""
        said = f"{session.id}\0{session.epoch}\0{session.name}"
        return hmac.digest(self._key, said.encode(), hashlib.sha256).hex()

    def token_fits(self, session: Session, token: str) -> bool:
        """Whether a form's token is this session's; takes the same time either way."""
        return hmac.compare_digest(self.token(session).encode(), token.encode())

    def leave_notice(self, request: Request, response: Response, key: str, values: dict[str, Any]) -> None:
        """Let the next page say the text `key`."""
        value = str(self._notices.dumps([key, values]))
        self._set(request, response, NOTICE, value, _NOTICE_SECONDS)

    def take_notice(self, request: Request) -> tuple[str, dict[str, Any]] | None:
        """What this page should say."""
        try:
            key, values = self._notices.loads(request.cookies.get(NOTICE, ""))
        except (BadSignature, ValueError, TypeError):
            return None
        return key, values

    def forget_notice(self, response: Response) -> None:
        """Not to be said again."""
        response.delete_cookie(NOTICE, path=PATH, httponly=True, samesite="lax")

    def _set(self, request: Request, response: Response, name: str, value: str, seconds: int) -> None:
        response.set_cookie(
            name,
            value,
            max_age=seconds,
            path=PATH,
            httponly=True,
            samesite="lax",
            secure=request.url.scheme == "https",
        )
