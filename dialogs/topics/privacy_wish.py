"""What somebody wants done with their own data, read from their words by the patterns of privacy.yaml."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict

DATA = Path(__file__).with_name("privacy.yaml")
LONGEST = 40
"""Characters of a wish; longer sentences are about something else."""
_CODE = 6

What = Literal[
    "agree",
    "deny",
    "more",
    "page",
    "copy",
    "erase",
    "voice",
    "keep_voice",
    "position",
    "ask_code",
    "code",
    "part",
]


class PrivacyWords(BaseModel):
    """The words, from privacy.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    patterns: dict[str, re.Pattern[str]]
    digits: dict[str, str]
    channels: dict[str, str]
    orders: dict[str, str]
    say: dict[str, str]
    buttons: dict[str, str]

    def has(self, pattern: str, text: str) -> bool:
        """Whether one of the patterns is found."""
        return self.patterns[pattern].search(text) is not None

    def channel(self, name: str) -> str:
        """What people call a channel."""
        return self.channels.get(name, self.channels["other"])


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted; `code` where one was said."""

    what: What
    code: str = ""


@cache
def privacy_words() -> PrivacyWords:
    """The shipped words."""
    return PrivacyWords.model_validate(yaml.safe_load(DATA.read_text("utf-8")))


def wish_in(*texts: str) -> Wish | None:
    """The wish of a sentence, as said and as normalised; None where it is about something else."""
    for text in texts:
        if wish := _wish(bare(text)):
            return wish
    return None


def bare(text: str) -> str:
    """The text without blanks and punctuation, in small letters."""
    return "".join(char for char in text.casefold() if char.isalnum())


def _wish(text: str) -> Wish | None:
    words = privacy_words()
    has = words.has
    if not text or len(text) > LONGEST:
        return None
    if has("code", text) and (said := _code(words, text)) is not None:
        return Wish("code", said)
    for pattern, what in _ALONE:
        if has(pattern, text):
            return Wish(what)
    if has("not_ours", text):
        return None
    if has("ask_code", text) and not has("not_link", text):
        return Wish("ask_code")
    for pattern, what in _PLAIN:
        if has(pattern, text):
            return Wish(what)
    return _about_data(words, text)


_ALONE: tuple[tuple[str, What], ...] = (
    ("agree", "agree"),
    ("deny", "deny"),
    ("more", "more"),
    ("part", "part"),
    ("whole", "erase"),
)
_PLAIN: tuple[tuple[str, What], ...] = (
    ("keep_what", "page"),
    ("keep_voice", "keep_voice"),
    ("no_position", "position"),
    ("no_voice", "voice"),
)


def _about_data(words: PrivacyWords, text: str) -> Wish | None:
    has = words.has
    if not has("mine", text):
        return None
    if has("erase", text) and has("voice", text):
        return Wish("voice")
    if not has("data", text):
        return None
    if has("erase", text):
        return Wish("erase")
    return Wish("copy") if has("give", text) else None


def _code(words: PrivacyWords, text: str) -> str | None:
    """The six digits behind the word for a code; empty where others are there, None where there are none."""
    behind = words.patterns["code"].split(text, maxsplit=1)[1].removeprefix("是").removeprefix("为")
    said = "".join(words.digits.get(char, char) for char in behind)
    digits = "".join(char for char in said if char in "0123456789")
    if not digits:
        return None
    return digits if len(digits) == _CODE else ""
