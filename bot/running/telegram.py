"""The Telegram channel of a running system, as the settings want it."""

from typing import TYPE_CHECKING

from bot.app import System, system_clock
from bot.preferences import StoredPreferences

if TYPE_CHECKING:
    from bot.channels.telegram.channel import TelegramChannel


def telegram_channel(system: System) -> "TelegramChannel | None":
    """A channel; None without a token."""
    settings = system.settings
    token = settings.telegram_token.get_secret_value()
    if not token:
        return None
    from bot.channels.telegram import Pace  # noqa: PLC0415 - aiogram takes seconds to load
    from bot.channels.telegram.channel import TelegramChannel  # noqa: PLC0415

    return TelegramChannel(
        token,
        preferences=StoredPreferences(system.store, "telegram"),
        clock=system_clock,
        mouth=system.mouth,
        pictures=system.pictures.get,
        api_base=settings.telegram_api,
        webhook_url=settings.telegram_webhook_url,
        webhook_secret=settings.telegram_webhook_secret.get_secret_value(),
        max_bytes=settings.voice_max_bytes,
        pace=Pace().shared_by(system.shared.senders),
        slots=system.shared.slots,
    )
