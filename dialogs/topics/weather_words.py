"""The words of weather questions and answers, from weather.yaml and work_words.yaml."""

import re
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from knowledge_base.weather.rain import Strength
from knowledge_base.weather.terms import Sky

DATA = Path(__file__).with_name("weather.yaml")
WORKS = Path(__file__).with_name("work_words.yaml")


class WeatherWords(BaseModel):
    """The words, from weather.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    patterns: dict[str, re.Pattern[str]]
    spans: dict[str, int]
    works: dict[str, re.Pattern[str]]
    say: dict[str, str]
    degrees: dict[str, str]
    skies: dict[Sky, str]
    falls: "FallWords"
    things: dict[str, str]
    sources: dict[str, str]
    days: tuple[str, ...]
    weekdays: tuple[str, ...]
    day: str
    named_day: str
    near_day: str
    from_to: str
    from_now: str
    joiner: str
    also: str
    hours_ago: str
    days_ago: str
    half_hour: str

    def has(self, pattern: str, text: str) -> bool:
        """Whether one of the patterns is found."""
        return self.patterns[pattern].search(text) is not None

    def text(self, key: str, **values: str) -> str:
        """What is said under a key, with the values filled in."""
        return self.say[key].format(**values)


class FallWords(BaseModel):
    """What rain and snow are called by how heavy they are, and what is called otherwise."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rain: dict[Strength, str]
    snow: dict[Strength, str]
    special: dict[Sky, str]


class WorkWords(BaseModel):
    """The words, from work_words.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    works: dict[str, str]
    short: dict[str, str]
    reasons: dict[str, str]
    implied: dict[str, frozenset[str]]
    of_work: dict[str, dict[str, str]]
    say: dict[str, str]

    def reason(self, work: str, reason: str) -> str:
        """What stands against a work."""
        return self.of_work.get(work, {}).get(reason) or self.reasons[reason]

    def text(self, key: str, **values: str) -> str:
        """What is said under a key, with the values filled in."""
        return self.say[key].format(**values)


@cache
def weather_words() -> WeatherWords:
    """The shipped words."""
    return WeatherWords.model_validate(yaml.safe_load(DATA.read_text("utf-8")))


@cache
def work_words() -> WorkWords:
    """The shipped words."""
    return WorkWords.model_validate(yaml.safe_load(WORKS.read_text("utf-8")))
