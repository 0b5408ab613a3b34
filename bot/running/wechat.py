"""The WeChat channel of a running system, as the settings want it."""

from typing import TYPE_CHECKING

from bot.app import System, system_clock
from bot.preferences import StoredPreferences

if TYPE_CHECKING:
    from bot.channels.wechat import WeChatChannel


def wechat_channel(system: System) -> "WeChatChannel | None":
    """A channel; None without an account."""
    settings = system.settings
    if not settings.wechat_app_id:
        return None
    from bot.channels.wechat import WeChatChannel  # noqa: PLC0415 - most counties have none

    return WeChatChannel(
        settings.wechat_app_id,
        settings.wechat_secret.get_secret_value(),
        settings.wechat_token.get_secret_value(),
        settings.wechat_aes_key.get_secret_value(),
        settings.wechat_template,
        store=system.store,
        preferences=StoredPreferences(system.store, "wechat"),
        clock=system_clock,
        mouth=system.mouth,
        pictures=system.pictures.get,
        api_base=settings.wechat_api,
        max_bytes=settings.voice_max_bytes,
        failed=system.metrics.failed,
    )
