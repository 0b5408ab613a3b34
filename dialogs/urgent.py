"""Danger comes first: words that call for an emergency number at once."""

from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, field_validator

DATA = Path(__file__).parent / "urgent.yaml"


class Danger(BaseModel):
    """One kind of danger: how it is recognised, what is said, and the curated answer that goes with it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    all: tuple[tuple[str, ...], ...] = Field(min_length=1)
    none: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    """Animals and plants: with one of them it is not about a person, unless a person is named too."""
    entry: str | None = None
    say: str
    spoken: str

    @field_validator("others", "none", mode="before")
    @classmethod
    def flat(cls, words: list[str | list[str]]) -> list[str]:
        """A shared list may stand among the words."""
        return [w for word in words for w in ([word] if isinstance(word, str) else word)]

    def in_text(self, text: str, people: tuple[str, ...]) -> bool:
        """Whether the words mean this danger; `people` are words that name a person."""
        return (
            all(_any(group, text) for group in self.all)
            and not _any(self.none, text)
            and (not _any(self.others, text) or _any(people, text))
        )


class Dangers(BaseModel):
    """The data file: words for people and animals, and the dangers, most urgent first."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    people: tuple[str, ...]
    animals: tuple[str, ...]
    dangers: tuple[Danger, ...]


@cache
def _shipped() -> Dangers:
    return Dangers.model_validate(yaml.safe_load(DATA.read_text("utf-8")))


def dangers() -> tuple[Danger, ...]:
    """The shipped list, most urgent first."""
    return _shipped().dangers


def danger_in(*texts: str) -> Danger | None:
    """The first danger that one of the wordings means."""
    shipped = _shipped()
    return next((d for d in dangers() if any(d.in_text(text, shipped.people) for text in texts)), None)


def _any(words: tuple[str, ...], text: str) -> bool:
    return any(word in text for word in words)
