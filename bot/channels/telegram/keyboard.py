"""Buttons under a message: choices, the one that was pressed, and the settings."""

from collections.abc import Sequence

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from bot.channels.preferences import VoiceMode
from bot.channels.telegram.texts import Texts
from dialogs.messages import Choice

OWN = "telegram:"
"""Begins the ids of the channel's own buttons; the dialogue never sees them."""
DONE = OWN + "done"
VOICE_BUTTON = OWN + "voice:"
ROW_WIDTH = 14
"""Characters that fit side by side on a small phone in large type."""
ROW_BUTTONS = 3


def choices(offered: Sequence[Choice]) -> InlineKeyboardMarkup | None:
    """Buttons for an answer; short labels stand side by side, long ones have a row each."""
    rows: list[list[Choice]] = []
    for choice in offered:
        row = rows[-1] if rows else None
        if row is None or len(row) >= ROW_BUTTONS or sum(len(c.label) + 2 for c in (*row, choice)) > ROW_WIDTH:
            rows.append([choice])
        else:
            row.append(choice)
    return _markup([[(choice.label, choice.id) for choice in row] for row in rows])


def pressed(label: str, texts: Texts) -> InlineKeyboardMarkup | None:
    """What is left of the buttons after one was pressed: it alone, marked, without effect."""
    return _markup([[(texts.pressed.format(label=label), DONE)]]) if label else None


def settings(mode: VoiceMode, texts: Texts) -> InlineKeyboardMarkup | None:
    """The settings page's buttons, the one in force marked."""
    words = texts.settings
    return _markup(
        [
            [(words.chosen.format(label=label) if option is mode else label, VOICE_BUTTON + option)]
            for option, label in words.modes.items()
        ]
    )


def _markup(rows: list[list[tuple[str, str]]]) -> InlineKeyboardMarkup | None:
    if not rows:
        return None
    return InlineKeyboardMarkup(
        inline_keyboard=[[InlineKeyboardButton(text=text, callback_data=data) for text, data in row] for row in rows]
    )
