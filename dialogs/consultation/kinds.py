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

    def standing(self, months: int | None) -> Literal["over", "near"] | None:
        """What may have become of it after so many months."""
        if months is None or self.months is None or months < self.months - NEAR:
            return None
        return "over" if months >= self.months else "near"


class Kind(BaseModel):
    """A kind of matter, from kinds.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: str
    words: tuple[str, ...]
    """By which it is known, in writing and by their sound."""
    also: tuple[str, ...] = ()
    """By which it is known in writing."""
    told: re.Pattern[str] | None = None
    """How it is told of without its words."""
    questions: dict[Question, str]
    limit: Limit
    papers: tuple[str, ...]
    answer: str
    instead: dict[str, tuple[str, ...]] = {}
    limits: dict[str, Limit] = {}
    """Another limit where that entry gives the first answer."""

    def entry(self, told: str) -> str:
        """The key of the entry that gives the first answer to what was told."""
        return next((key for key, words in self.instead.items() if any(word in told for word in words)), self.answer)

    def limit_of(self, entry: str) -> Limit:
        """The time limit of the matter that the entry answers."""
        return self.limits.get(entry, self.limit)


class Danger(BaseModel):
    """Words that call for a number and a person at once; `none`: what only sounds like them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    words: tuple[str, ...]
    none: tuple[str, ...] = ()
    say: str
    spoken: str

    def in_text(self, text: str) -> bool:
        """Whether it is told of."""
        for harmless in self.none:
            text = text.replace(harmless, "")
        return any(word in text for word in self.words)


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
    return next((one for one in catalogue().danger if any(one.in_text(text) for text in texts)), None)


def kind_in(*texts: str) -> str | None:
    """The kind of matter that is named in one of the wordings, or told of; else by sound. None for none."""
    return kind_told(*texts) or kind_by_sound(texts[0])


def kind_of(entry: str | None) -> str | None:
    """The kind of matter of which an entry answers; None for another one."""
    return next((key for key, one in kinds().items() if key != OTHER and entry in {one.answer, *one.instead}), None)


def kind_told(*texts: str) -> str | None:
    """The same, but not by sound."""
    told = ((key, one.told) for key, one in kinds().items() if one.told)
    return _named(texts) or next((key for key, pattern in told if any(pattern.search(text) for text in texts)), None)


def _named(texts: tuple[str, ...]) -> str | None:
    weight = {
        key: max((len(word) for word in (*one.words, *one.also) for text in texts if word in text), default=0)
        for key, one in kinds().items()
    }
    best = max(weight, key=lambda key: weight[key])
    return best if weight[best] else None


def entry_by_sound(kind: str, text: str) -> str:
    """The key of the entry that gives the first answer to a few words, which may be misheard."""
    one, sound = kinds()[kind], "".join(f"{syllable}|" for syllable in fold(text))
    if (found := one.entry(text)) != one.answer:
        return found
    folded = {
        key: ["".join(f"{syllable}|" for syllable in fold(word)) for word in words if len(word) > 1]
        for key, words in one.instead.items()
    }
    return next((key for key, words in folded.items() if any(word in sound for word in words)), found)


def kind_by_sound(text: str) -> str | None:
    """The kind of matter one of whose words sounds like something in the text."""
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
