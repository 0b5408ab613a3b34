"""What is said in legal consultations, by both sides: sayings.yaml."""

import re
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from dialogs.consultation.terms import Role, Way

DATA = Path(__file__).with_name("sayings.yaml")


class Aside(BaseModel):
    """A question in the middle of an appointment in the making, and its answer."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    asked: re.Pattern[str]
    say: str
    spoken: str = ""


class Sayings(BaseModel):
    """The words, from sayings.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    patterns: dict[str, re.Pattern[str]]
    numbers: dict[str, int]
    recent: tuple[str, ...]
    asides: tuple[Aside, ...]
    ways: dict[Way, str]
    roles: dict[Role, str]
    fix: dict[str, str]
    """What may be changed before it is booked, and what its button says."""
    buttons: dict[str, str]
    say: dict[str, str]

    def find(self, pattern: str, *texts: str) -> re.Match[str] | None:
        """Where a pattern is found first, in the first wording that has it."""
        return next((found for text in texts if (found := self.patterns[pattern].search(text))), None)

    def has(self, pattern: str, *texts: str) -> bool:
        """Whether a pattern is found in one of the wordings."""
        return self.find(pattern, *texts) is not None

    def lawyers(self, text: str) -> str:
        """A sentence with the lawyer who was misheard in it."""
        return self.patterns["lawyer_heard"].sub(self.roles[Role.LAWYER], text)

    def aside(self, text: str) -> Aside | None:
        """The question that is asked."""
        return next((one for one in self.asides if one.asked.search(text)), None)

    def text(self, key: str, **values: str) -> str:
        """A text, filled in. KeyError for a key that is not there."""
        return self.say[key].format(**values)

    def spoken(self, key: str, **values: str) -> str:
        """The same as it is read aloud."""
        return self.text(f"{key}_spoken" if f"{key}_spoken" in self.say else key, **values)


@cache
def sayings() -> Sayings:
    """The shipped words."""
    return Sayings.model_validate(yaml.safe_load(DATA.read_text("utf-8")))
