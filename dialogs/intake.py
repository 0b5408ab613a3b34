"""What may come in as text: bounded, without control characters, with at least one word in it."""

import unicodedata

MAX_CHARACTERS = 1000
"""More than three minutes of speech: longer texts are pasted, not asked."""

_KEPT_CONTROLS = "\n\t"
_WORDS = ("L", "N")
"""Unicode categories that a text must have at least one of: letters and numbers."""


class TextRefused(Exception):
    """The text cannot be worked on; `reply` is the key of the sentence that says why."""

    def __init__(self, reply: str) -> None:
        super().__init__(reply)
        self.reply = reply


def clean(text: str) -> str:
    """The text without control characters and outer space. Raises `TextRefused`."""
    if len(text) > MAX_CHARACTERS:
        raise TextRefused("bad_input.too_long")
    kept = "".join(c for c in text if c in _KEPT_CONTROLS or unicodedata.category(c)[0] != "C").strip()
    if not kept:
        raise TextRefused("bad_input.empty")
    if not any(unicodedata.category(c)[0] in _WORDS for c in kept):
        raise TextRefused("bad_input.no_words")
    return kept
