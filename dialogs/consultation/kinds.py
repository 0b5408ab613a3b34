"""Kinds of legal matters: how one is known, what is asked, which time limit is watched, which papers to bring."""

import re
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict

from nlu.text.pinyin import fold

DATA = Path(__file__).with_name("kinds.yaml")
OTHER = "other"
NEAR = 3
"""Months before a limit from which on it is called near."""
_HAN = re.compile("[\u3400-\u9fff]+")

Question = Literal["what", "when", "papers"]


class Limit(BaseModel):
    """A time limit: months, None where none is watched; the law it stands in; what is said of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    months: int | None
    law: str
    say: str


class Kind(BaseModel):
    """A kind of matter, from kinds.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: str
    words: tuple[str, ...]
    questions: dict[Question, str]
    limit: Limit
    papers: tuple[str, ...]
    answer: str
    instead: dict[str, tuple[str, ...]] = {}

    def entry(self, told: str) -> str:
        """The key of the entry that gives the first answer to what was told."""
        return next((key for key, words in self.instead.items() if any(word in told for word in words)), self.answer)

    def standing(self, months: int | None) -> Literal["over", "near"] | None:
        """What may have become of the time limit after so many months."""
        if months is None or self.limit.months is None or months < self.limit.months - NEAR:
            return None
        return "over" if months >= self.limit.months else "near"


class Danger(BaseModel):
    """Words that call for a number and a person at once."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    words: tuple[str, ...]
    say: str
    spoken: str


class Catalogue(BaseModel):
    """The data file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kinds: dict[str, Kind]
    danger: tuple[Danger, ...]


@cache
def catalogue() -> Catalogue:
    """The shipped kinds."""
    return Catalogue.model_validate(yaml.safe_load(DATA.read_text("utf-8")))


def kinds() -> dict[str, Kind]:
    """The kinds by key, in the order in which they are offered."""
    return catalogue().kinds


def danger(*texts: str) -> Danger | None:
    """The danger that one of the wordings tells of."""
    return next((one for one in catalogue().danger if any(word in text for word in one.words for text in texts)), None)


def kind_in(*texts: str) -> str | None:
    """The kind of matter that is named in one of the wordings; by sound where no word is found. None for none."""
    return _named(texts) or _sounding(texts[0])


def _named(texts: tuple[str, ...]) -> str | None:
    weight = {
        key: max((len(word) for word in one.words for text in texts if word in text), default=0)
        for key, one in kinds().items()
    }
    best = max(weight, key=lambda key: weight[key])
    return best if weight[best] else None


def _sounding(text: str) -> str | None:
    sounds = _by_sound()
    for run in _HAN.findall(text):
        for length in (4, 3, 2):
            for at in range(len(run) - length + 1):
                if key := sounds.get(fold(run[at : at + length])):
                    return key
    return None


@cache
def _by_sound() -> dict[tuple[str, ...], str]:
    found: dict[tuple[str, ...], str] = {}
    for key, one in kinds().items():
        for word in one.words:
            found.setdefault(fold(word), key)
    return found
