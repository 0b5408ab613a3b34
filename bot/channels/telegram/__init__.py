"""Telegram: text, voice, buttons and places, by long polling or webhook."""

from bot.channels.preferences import Preferences
from bot.channels.telegram.channel import State, TelegramChannel
from bot.channels.telegram.pace import Pace

__all__ = ["Pace", "Preferences", "State", "TelegramChannel"]
