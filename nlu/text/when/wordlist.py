"""The words for dates and times, read from `days.yaml` and `calendar.yaml`."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import time
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Self, get_args

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from nlu.datafile import LOADER
from nlu.text.when.almanac import TERMS
from nlu.wordfile import Region, WordsBroken

FOLDER = Path(__file__).parent


def _bare(said: Any) -> Any:
    """`今儿 north northeast` without its regions. Raises ValueError for an unknown region."""
    words = []
    for entry in said:
        word, *regions = str(entry).split()
        if unknown := set(regions) - set(get_args(Region)):
            raise ValueError(f"{word}: {unknown.pop()} is not a region")
        words.append(word)
    return tuple(words)


Said = Annotated[tuple[str, ...], BeforeValidator(_bare)]


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DayWord(_Data):
    """Words for days counted from today."""

    first: int = Field(alias="from")
    to: int | None = None
    other: tuple[tuple[int, int], ...] = Field((), alias="or")
    vague: bool = False
    part: str | None = None
    """A word of `parts` that it ends in: 明晚."""
    or_part: str | None = None
    """It may mean this part of the day too: 今朝."""
    said: Said


class PartWord(_Data):
    """Words for a part of the day. An end before its start is on the next day."""

    part: str
    first: time = Field(alias="from")
    last: time = Field(alias="to")
    said: Said
    after_day: Said = ()


class YearWord(_Data):
    """Words for a year counted from this one."""

    first: int = Field(alias="from")
    said: Said


class DayWords(_Data):
    """`days.yaml`."""

    keep: tuple[str, ...]
    recurring: tuple[str, ...]
    event_before: tuple[str, ...]
    number_after: tuple[str, ...]
    number_after_crop: tuple[str, ...]
    number_before: tuple[str, ...]
    amount_before: tuple[str, ...]
    done: tuple[str, ...]
    date_before: tuple[str, ...]
    date_after: tuple[str, ...]
    clock_before: tuple[str, ...]
    no_clock_after: tuple[str, ...]
    no_clock_before: tuple[str, ...]
    no_year_after: tuple[str, ...]
    no_step_after: tuple[str, ...]
    no_week_before: tuple[str, ...]
    no_bare_week_before: tuple[str, ...]
    days: tuple[DayWord, ...]
    parts: tuple[PartWord, ...]
    years: tuple[YearWord, ...]
    steps: Mapping[str, int]
    weeks: tuple[str, ...]


class Season(_Data):
    """Words for what comes round once a year; the points are explained in `calendar.yaml`."""

    first: str = Field(alias="from")
    to: str | None = None
    other: tuple[tuple[str, ...], ...] = Field((), alias="or")
    or_year: int | None = None
    vague: bool = False
    cue: bool = False
    tail: bool = False
    """Before it means before its end: 年底前."""
    said: Said


class Cues(_Data):
    """What stands beside a word that is a date only there."""

    before: tuple[str, ...]
    after: tuple[str, ...]
    not_before: tuple[str, ...]
    names: tuple[str, ...]


class TermWords(_Data):
    """Solar terms: which of them need a cue, and other names."""

    cued: tuple[str, ...]
    said: Mapping[str, tuple[str, ...]]


class CalendarWords(_Data):
    """`calendar.yaml`."""

    cues: Cues
    festivals: tuple[Season, ...]
    terms: TermWords
    seasons: tuple[Season, ...]

    def every(self) -> Iterable[Season]:
        """Festivals, terms and seasons alike."""
        yield from self.festivals
        yield from self.seasons
        for name in TERMS:
            cued = name in self.terms.cued
            yield Season.model_validate({"from": name, "cue": cued, "said": [name, *self.terms.said.get(name, ())]})


class Words(_Data):
    """Both files; no word stands in two places."""

    days: DayWords
    calendar: CalendarWords

    @model_validator(mode="after")
    def _said_once(self) -> Self:
        groups: tuple[Iterable[DayWord | PartWord | YearWord | Season], ...] = (
            self.days.days,
            self.days.parts,
            self.days.years,
            self.calendar.every(),
        )
        for group in groups:
            counts = Counter(word for entry in group for word in entry.said)
            if twice := [word for word, times in counts.items() if times > 1]:
                raise ValueError(f"said in two places: {' '.join(twice)}")
        return self


@lru_cache(maxsize=4)
def load(folder: Path = FOLDER) -> Words:
    """Read the files. Raises `WordsBroken`, which names what is wrong."""
    try:
        return Words(
            days=DayWords.model_validate(_yaml(folder / "days.yaml")),
            calendar=CalendarWords.model_validate(_yaml(folder / "calendar.yaml")),
        )
    except ValidationError as error:
        first = error.errors()[0]
        raise WordsBroken(f"{error.title}: {first['loc']}: {first['msg']}") from error


def _yaml(path: Path) -> Any:
    try:
        return yaml.load(path.read_text(encoding="utf-8"), LOADER)  # noqa: S506 - a SafeLoader
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise WordsBroken(f"{path.name}: {error}") from error


def alternation(words: Iterable[str]) -> str:
    """A pattern that matches the longest of `words`."""
    return "|".join(re.escape(word) for word in sorted(set(words), key=lambda word: (-len(word), word)))
