"""The signing secret of a running system."""

import secrets

from bot.kept_secret import kept_secret
from bot.settings import Settings


def signing_secret(settings: Settings) -> str:
    """As set, else made once and kept where only the owner can read it."""
    given = settings.secret.get_secret_value()
    return given or kept_secret(settings.home / "secret", lambda: secrets.token_urlsafe(32))
