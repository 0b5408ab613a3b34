"""The words for issuing warnings in the chat, and what is read from an officer's sentence."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict

from dialogs.plain_time import COUNTY_TIME
from knowledge_base.warnings.hazards import hazard_of
from knowledge_base.warnings.terms import Colour
from nlu.text.when import DateFinder, When
from nlu.text.when.numerals import number

DATA = Path(__file__).parent / "topics" / "warning_typing.yaml"
_COLOURS = {"red": Colour.RED, "orange": Colour.ORANGE, "yellow": Colour.YELLOW, "blue": Colour.BLUE}


class TypingWords(BaseModel):
    """The words, from warning_typing.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    patterns: dict[str, re.Pattern[str]]
    common: tuple[str, ...]
    hours: tuple[int, ...]
    colours: dict[Colour, str]
    say: dict[str, str]
    buttons: dict[str, str]

    def has(self, pattern: str, text: str) -> bool:
        """Whether a pattern is found."""
        return self.patterns[pattern].search(text) is not None


@cache
def typing_words() -> TypingWords:
    """The shipped words."""
    return TypingWords.model_validate(yaml.safe_load(DATA.read_text("utf-8")))


@cache
def _dates() -> DateFinder:
    return DateFinder()


def slots_in(text: str, now: datetime, asking: str | None, slots: Mapping[str, Any]) -> dict[str, Any]:
    """What a sentence says of hazard, colour, onset and expires, as JSON values. `asking` is what was asked for, `slots` is known."""
    words = typing_words()
    found: dict[str, Any] = {}
    if (hazard := hazard_of((), (text,))) is not None:
        found["hazard"] = hazard
    colour = next((value for name, value in _COLOURS.items() if words.has(name, text)), None)
    if colour is not None:
        found["colour"] = int(colour)
    return found | _times(text, now, asking, slots)


def _times(text: str, now: datetime, asking: str | None, slots: Mapping[str, Any]) -> dict[str, str]:
    words, dates = typing_words(), _dates().find(text, now)
    found: dict[str, datetime] = {}
    if words.has("now", text):
        found["onset"] = now
    if len(dates) > 1:
        found = {"onset": _first(dates[0]), "expires": _last(dates[1])}
    elif dates and words.has("joined", dates[0].text) and _ranged(dates[0]):
        found = {"onset": _first(dates[0]), "expires": _last(dates[0])}
    elif dates:
        until = words.has("until", text[: dates[0].start]) or "onset" in found or asking == "expires"
        ends = until or (asking != "onset" and "onset" in slots)
        found |= {"expires": _last(dates[0])} if ends else {"onset": _first(dates[0])}
    if (hours := words.patterns["hours"].search(text)) is not None and (long := number(hours[1])):
        since = found.get("onset") or _moment(slots.get("onset")) or now
        found["expires"] = max(since, now) + timedelta(hours=long)
    return {name: when.isoformat() for name, when in found.items()}


def _ranged(when: When) -> bool:
    return when.first != when.last or when.first_time != when.last_time


def _first(when: When) -> datetime:
    return datetime.combine(when.first, when.first_time or time.min, COUNTY_TIME).astimezone(UTC)


def _last(when: When) -> datetime:
    if when.last_time is None:  # the whole day
        return datetime.combine(when.last + timedelta(days=1), time.min, COUNTY_TIME).astimezone(UTC)
    past = when.first == when.last and when.first_time is not None and when.last_time < when.first_time
    day = when.last + timedelta(days=1) if past else when.last
    return datetime.combine(day, when.last_time, COUNTY_TIME).astimezone(UTC)


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
