"""The colour of a warning, from what issuers write; in doubt the graver one.

In this order: a parameter or event code named in signs.yaml (`alertLevel`, 预警级别 ...); the headline and the event (暴雨橙色预警,
[Ⅱ级/重大], "orange warning"), where a colour that is lifted (解除) or was before (橙色升级为红色) does not count; CAP's severity
(Extreme red, Severe orange, Moderate yellow, Minor blue). Nothing of these: unknown.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from knowledge_base.warnings.codes import plain
from knowledge_base.warnings.terms import Colour, Severity

DATA = Path(__file__).with_name("signs.yaml")
BY_SEVERITY = {
    Severity.EXTREME: Colour.RED,
    Severity.SEVERE: Colour.ORANGE,
    Severity.MODERATE: Colour.YELLOW,
    Severity.MINOR: Colour.BLUE,
}
_PARTS = re.compile(r"[\s;；,，/、()\[\]【】]+")
_BRACKETS = re.compile(r"[\[(【]([^\[\]()【】]*)[\])】]")
_ENGLISH = re.compile(
    r"\b(red|orange|yellow|blue)\b(?=(?:\W+\w+){0,3}\W+(?:warning|alert|signal)\b)"
    r"|(?<=level )(red|orange|yellow|blue)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Signs:
    """Where a colour may stand: named values, lines of text in order of weight, and the severity."""

    named: tuple[tuple[str, str], ...]
    lines: tuple[str | None, ...]
    severity: Severity


class _Words(BaseModel):
    model_config = ConfigDict(frozen=True)

    level_names: tuple[str, ...]
    levels: dict[str, tuple[str, ...]]
    headline_colours: dict[str, str]
    announced: tuple[str, ...]
    changed: tuple[str, ...]
    lifted: tuple[str, ...]


def colour_of(signs: Signs) -> Colour | None:
    """The colour, None when nothing says."""
    names = _level_names()
    stated = [level for name, value in signs.named if plain(name) in names and (level := _level(value)) is not None]
    if stated:
        return min(stated)
    written = next((colour for line in signs.lines if line and (colour := _written(line)) is not None), None)
    return written if written is not None else BY_SEVERITY.get(signs.severity)


def _level(value: str) -> Colour | None:
    """A level value: a whole one, or the gravest of its parts, or of the colour words in it."""
    known = _levels()
    text = _fold(value)
    pattern, colours = _colour_words()
    parts = [known[part] for part in (text, *_PARTS.split(text)) if part in known]
    return min(parts or (colours[match["colour"]] for match in pattern.finditer(text)), default=None)


def _written(line: str) -> Colour | None:
    """The colour that a headline announces."""
    text = unicodedata.normalize("NFKC", line)
    pattern, colours = _colour_words()
    found = [(match.start(), colours[match["colour"]]) for match in pattern.finditer(text)]
    if found:
        standing = _standing(text, found)
        return min(standing or [colour for _, colour in found])
    bracketed = [level for inner in _BRACKETS.findall(text) if (level := _level(inner)) is not None]
    english = [Colour[word.upper()] for pair in _ENGLISH.findall(text) for word in pair if word]
    return min(bracketed + english, default=None)


def _standing(text: str, found: list[tuple[int, Colour]]) -> list[Colour]:
    """The colours that are neither lifted nor changed into another."""
    words = [(match.start(), match.lastgroup) for match in _turns().finditer(text)]
    changed = {max((at for at, _ in found if at < turn), default=-1) for turn, kind in words if kind == "changed"}
    lifted = {at for at, _ in found if next((kind for turn, kind in reversed(words) if turn < at), None) == "lifted"}
    return [colour for at, colour in found if at not in changed | lifted]


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()


@cache
def _words() -> _Words:
    return _Words.model_validate(yaml.safe_load(DATA.read_text(encoding="utf-8")))


@cache
def _level_names() -> frozenset[str]:
    return frozenset(plain(name) for name in _words().level_names)


@cache
def _levels() -> dict[str, Colour]:
    return {_fold(word): Colour[name.upper()] for name, words in _words().levels.items() for word in words}


@cache
def _colour_words() -> tuple[re.Pattern[str], dict[str, Colour]]:
    colours = {word: Colour[name.upper()] for word, name in _words().headline_colours.items()}
    return re.compile(rf"(?P<colour>[{''.join(colours)}])(?:色|预警|預警|警告|警报|信号)"), colours


@cache
def _turns() -> re.Pattern[str]:
    words = _words()
    kinds = {"announced": words.announced, "changed": words.changed, "lifted": words.lifted}
    return re.compile("|".join(f"(?P<{kind}>{'|'.join(map(re.escape, each))})" for kind, each in kinds.items()))
