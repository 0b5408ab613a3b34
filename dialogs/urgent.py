"""Danger comes first: words that call for an emergency number at once."""

from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

DATA = Path(__file__).parent / "urgent.yaml"


class Danger(BaseModel):
    """One kind of danger: how it is recognised, what is said, and the curated answer that goes with it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    all: tuple[tuple[str, ...], ...] = Field(min_length=1)
    none: tuple[str, ...] = ()
    entry: str | None = None
    say: str
    spoken: str

    def in_text(self, text: str) -> bool:
        """Whether the words mean this danger."""
        return all(any(word in text for word in group) for group in self.all) and not any(w in text for w in self.none)


@cache
def dangers() -> tuple[Danger, ...]:
    """The shipped list, most urgent first."""
    return TypeAdapter(tuple[Danger, ...]).validate_python(yaml.safe_load(DATA.read_text("utf-8")))


def danger_in(*texts: str) -> Danger | None:
    """The first danger that one of the wordings means."""
    return next((danger for danger in dangers() if any(danger.in_text(text) for text in texts)), None)
