"""What is said in bookings, by both sides: sayings.yaml."""

import re
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

DATA = Path(__file__).with_name("sayings.yaml")
_MARKS = str.maketrans("", "", " ，。！？!?,、；;：:“”\"'~\uff5e…·\u3000")


class Sayings(BaseModel):
    """The words, from sayings.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    patterns: dict[str, re.Pattern[str]]
    assent: frozenset[str]
    assent_by_sound: tuple[str, ...]
    assent_beside: frozenset[str]
    assent_before: frozenset[str]
    assent_after: frozenset[str]
    unwanted: tuple[str, ...]
    digits: dict[str, str]
    counts: dict[str, int]
    acre: str
    other_units: str
    not_acre: str
    half: str
    reap: str
    sow: str
    alike: tuple[str, ...]
    not_alike: frozenset[str]
    notes: dict[str, re.Pattern[str]]
    offered_areas: tuple[int, ...]
    parts: dict[str, str]
    day_names: tuple[str, ...]
    weekdays: tuple[str, ...]
    slots: dict[str, tuple[str, ...]]
    """What each slot is called; the first name is the button's."""
    buttons: dict[str, str]
    say: dict[str, str]

    def find(self, pattern: str, text: str) -> re.Match[str] | None:
        """Where a pattern is found first."""
        return self.patterns[pattern].search(text)

    def has(self, pattern: str, text: str) -> bool:
        """Whether a pattern is found."""
        return self.find(pattern, text) is not None

    def text(self, key: str, **values: str) -> str:
        """A text, filled in. KeyError for a key that is not there."""
        return self.say[key].format(**values)

    def slot_named(self, name: str) -> str | None:
        """The slot of that name."""
        return next((slot for slot, names in self.slots.items() if name in names), None)

    def left_over(self, shape: str) -> str:
        """What a sentence says beside what it names and what means nothing by itself."""
        return self.patterns["filler"].sub("", "".join(char for char in bare(shape) if char not in "CADP"))


@cache
def sayings() -> Sayings:
    """The shipped words."""
    return Sayings.model_validate(yaml.safe_load(DATA.read_text("utf-8")))


def bare(text: str) -> str:
    """A sentence without marks and spaces."""
    return text.translate(_MARKS)
