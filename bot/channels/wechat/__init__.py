"""WeChat official accounts: text, voice, pictures and places, by callback and the customer-service message API."""

from bot.channels.wechat.channel import WeChatChannel
from bot.channels.wechat.pace import Pace

__all__ = ["Pace", "WeChatChannel"]
