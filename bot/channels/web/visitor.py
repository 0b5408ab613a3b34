"""Who a visitor is: a random id in a signed cookie, nothing else."""

import base64
import hashlib
import hmac
import secrets

from fastapi import Request, Response
from starlette.requests import HTTPConnection

COOKIE = "xiangyin_visitor"
_KEEP_SECONDS = 400 * 24 * 3600
"""Browsers keep no cookie longer than 400 days."""


class WeakSecret(ValueError):
    """The secret that signs visitors' cookies must have at least 16 characters."""


class Signer:
    """Signs strings for one purpose; what is signed for another purpose does not pass."""

    def __init__(self, secret: str, purpose: str) -> None:
        if len(secret) < 16:
            raise WeakSecret(WeakSecret.__doc__)
        self._key = hmac.digest(secret.encode(), purpose.encode(), hashlib.sha256)

    def sign(self, value: str) -> str:
        """32 URL-safe characters that only the holder of the secret can make for `value`."""
        return base64.urlsafe_b64encode(hmac.digest(self._key, value.encode(), hashlib.sha256)[:24]).decode()

    def verify(self, value: str, signature: str) -> bool:
        """Whether `signature` was made for `value`; takes the same time either way."""
        return hmac.compare_digest(self.sign(value).encode(), signature.encode())


class Visitors:
    """Gives visitors their cookie and recognises them by it."""

    def __init__(self, secret: str) -> None:
        self._signer = Signer(secret, "web visitor")

    def recognise(self, connection: HTTPConnection) -> str | None:
        """The visitor's id, or None without a cookie or with one that this server did not sign."""
        visitor, _, signature = connection.cookies.get(COOKIE, "").partition(".")
        return visitor if visitor and self._signer.verify(visitor, signature) else None

    def welcome(self, request: Request, response: Response) -> None:
        """Renew the visitor's cookie, or give a new one."""
        visitor = self.recognise(request) or secrets.token_urlsafe(18)
        response.set_cookie(
            COOKIE,
            f"{visitor}.{self._signer.sign(visitor)}",
            max_age=_KEEP_SECONDS,
            httponly=True,
            samesite="lax",
            secure=request.url.scheme == "https",
        )
