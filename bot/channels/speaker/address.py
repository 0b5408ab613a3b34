"""Addresses of speech files: signed for one device, good until the job expires."""

from datetime import datetime
from urllib.parse import urlencode

from bot.channels.web.visitor import Signer

PATH = "/speaker/audio"


class Addresses:
    """Makes and checks addresses. `base` is the server as devices reach it, `secret` as for `Signer`."""

    def __init__(self, base: str, secret: str) -> None:
        self._base = base.rstrip("/")
        self._signer = Signer(secret, "speaker audio")

    def make(self, speaker: str, file: str, until: datetime) -> str:
        """The address of `file` for one device; the same arguments give the same address."""
        moment = int(until.timestamp())
        query = {"speaker": speaker, "until": moment, "sign": self._signer.sign(_named(speaker, file, moment))}
        return f"{self._base}{PATH}/{file}?{urlencode(query)}"

    def good(self, speaker: str, file: str, until: int, sign: str, now: datetime) -> bool:
        """Whether an address was made here and has not expired; takes the same time for any wrong signature."""
        return self._signer.verify(_named(speaker, file, until), sign) and now.timestamp() < until


def _named(speaker: str, file: str, until: int) -> str:
    return f"{speaker}\n{file}\n{until}"
