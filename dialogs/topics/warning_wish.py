"""What somebody wants about warnings, read from their words by the patterns of warnings.yaml."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict

from knowledge_base.warnings.hazards import hazard_of
from knowledge_base.warnings.models import QUIET_FROM, QUIET_UNTIL, Levels
from nlu.understanding import Understanding

DATA = Path(__file__).with_name("warnings.yaml")
FARM_KINDS = {"crop": "crops", "livestock": "animals"}
MOVING = frozenset({"place", "hazard", "date", "time"})
"""Entities beside which a place is still where somebody is, and not part of another question."""
FIELD = frozenset({"crop", "livestock", "problem", "symptom", "pesticide", "fertiliser"})
"""With one of these a colour is that of a leaf, and a night one in the barn."""
LONGEST = 24
"""Characters of a wish about colours or hours; longer sentences are about something else."""
MOST_FARM = 3
_NUMBERS = {char: number for number, char in enumerate("零一二三四五六七八九十")} | {"两": 2}

What = Literal["ok", "help", "move", "quiet", "levels", "subscribe", "unsubscribe", "now", "colours"]


class Sayings(BaseModel):
    """The words, from warnings.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    patterns: dict[str, re.Pattern[str]]
    say: dict[str, str]
    levels: dict[Levels, str]
    buttons: dict[str, str]

    def has(self, pattern: str, text: str) -> bool:
        """Whether one of the patterns is found."""
        return self.patterns[pattern].search(text) is not None


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted. `quiet` are minutes of the day; `farm` is what is kept: crops and animals."""

    what: What
    levels: Levels | None = None
    quiet: tuple[int, int] | None = None
    crops: tuple[str, ...] = ()
    animals: tuple[str, ...] = ()


@cache
def sayings() -> Sayings:
    """The shipped words."""
    return Sayings.model_validate(yaml.safe_load(DATA.read_text("utf-8")))


def wish_in(said: Understanding) -> Wish | None:
    """The wish of a sentence; None where it is about something else."""
    words, text = sayings(), "".join(char for char in said.normalized if char not in " ，。！？!?,")
    has = words.has
    for answer in ("ok", "help"):
        if has(answer, text):
            return Wish("ok" if answer == "ok" else "help")
    if has("bare_stop", text) or has("bare_start", text):
        return Wish("unsubscribe" if has("bare_stop", text) else "subscribe")
    if has("not_ours", text):
        return None
    about = has("about", text) or said.intent in {"subscribe", "warning"}
    of_its_own = len(text) <= LONGEST and not FIELD & {entity.kind for entity in said.entities}
    return (
        (_quiet(words, text, about=about) or _levels(words, text) if of_its_own else None)
        or _subscription(words, said, text, about=about)
        or _moving(words, said, text)
        or _question(words, said, text)
    )


def clocks(text: str) -> list[int]:
    """The times of day in a text, as minutes."""
    found = []
    for part, hour, minute in sayings().patterns["clock"].findall(text):
        value = int(hour) if hour.isdigit() else _number(hour)
        if value > 24:
            continue
        night = part in {"晚上", "夜里", "夜间", "半夜"}
        if (part == "下午" and value < 12) or (night and 6 <= value <= 12):  # 夜里一点 is after midnight
            value += 12
        minutes = 30 if minute == "半" else int(minute or 0)
        found.append((value % 24 * 60 + minutes) % (24 * 60))
    return found


def _quiet(words: Sayings, text: str, *, about: bool) -> Wish | None:
    if words.has("any_hour", text) and (about or words.has("silence", text) or len(text) <= 12):
        return Wish("quiet", quiet=(0, 0))
    if not words.has("silence", text):
        return None
    times = clocks(text)
    if len(times) >= 2:
        return Wish("quiet", quiet=(times[0], times[1]))
    if len(times) == 1:
        until = words.has("before", text) and not words.has("after", text)
        return Wish("quiet", quiet=(QUIET_FROM, times[0]) if until else (times[0], QUIET_UNTIL))
    return Wish("quiet", quiet=(QUIET_FROM, QUIET_UNTIL)) if words.has("night", text) else None


def _levels(words: Sayings, text: str) -> Wish | None:
    if words.has("question", text):
        return None
    levels = (
        ("only_grave", Levels.ORANGE),
        ("not_blue", Levels.YELLOW),
        ("blue", Levels.BLUE),
        ("yellow", Levels.YELLOW),
    )
    return next((Wish("levels", levels=level) for pattern, level in levels if words.has(pattern, text)), None)


def _subscription(words: Sayings, said: Understanding, text: str, *, about: bool) -> Wish | None:
    danger = hazard_of((), (text,)) is not None or any(e.kind == "hazard" for e in said.entities)
    if words.has("stop", text) and (words.has("about", text) or (said.intent == "subscribe" and not danger)):
        return Wish("unsubscribe")
    if not (danger or words.has("about", text)) or said.intent not in {"subscribe", "warning"}:
        return None
    if not about or not words.has("alarm", text) or words.has("question", text) or words.has("asks", text):
        return None
    farm = {kind: tuple(e.standard for e in said.entities if e.kind == kind)[:MOST_FARM] for kind in FARM_KINDS}
    return Wish("subscribe", crops=farm["crop"], animals=farm["livestock"])


def _moving(words: Sayings, said: Understanding, text: str) -> Wish | None:
    kinds = {entity.kind for entity in said.entities}
    if "place" not in kinds or kinds - MOVING or not words.has("moved", text) or words.has("question", text):
        return None
    named = sum(len(entity.text) for entity in said.entities if entity.kind == "place")
    return Wish("move") if len(text) - named <= 10 and not said.normalized.rstrip().endswith(("?", "？")) else None


def _question(words: Sayings, said: Understanding, text: str) -> Wish | None:
    if said.intent != "warning":
        return None
    if words.has("meaning", text):
        return Wish("colours")
    return Wish("now") if words.has("about", text) and words.has("now", text) else None


def _number(word: str) -> int:
    head, ten, tail = word.partition("十")
    if not ten:
        return _NUMBERS.get(word, 99)
    return (_NUMBERS[head] if head else 1) * 10 + (_NUMBERS[tail] if tail else 0)
