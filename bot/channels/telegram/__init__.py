"""Telegram: text, voice, buttons and places, by long polling or webhook."""

from bot.channels.telegram.channel import State, TelegramChannel
from bot.channels.telegram.pace import Pace
from bot.channels.telegram.preferences import Preferences

__all__ = ["Pace", "Preferences", "State", "TelegramChannel"]
