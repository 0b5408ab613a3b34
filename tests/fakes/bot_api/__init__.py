"""A Bot API server on 127.0.0.1 that behaves as documented, and its users, to be scripted from tests.

Sources: the Bot API reference (core.telegram.org/bots/api), its FAQ for the rate ceilings, and for what those leave
open (wording of errors, conflicts, order and repetition of webhook calls) the server itself, tdlib/telegram-bot-api.
"""

from tests.fakes.bot_api.ceilings import Ceilings
from tests.fakes.bot_api.chats import Sent
from tests.fakes.bot_api.server import BotApi

__all__ = ["BotApi", "Ceilings", "Sent"]
