"""The readable training data: nlu/rasa/data/<intent>.yaml, read, checked and normalised."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from nlu.datafile import LOADER
from nlu.rasa_project import PROJECT
from nlu.wordfile import ENTITY_KINDS, Region

Normalise = Callable[[str], str]
"""Turns a sentence, or a part of one, into what the interpreter will hand to an understander."""

DATA = PROJECT / "data"
INTENTS = Path(__file__).parent / "intents.yaml"

MARK = re.compile(r"\[([^\[\]()]+)\]\(([a-z][a-z_]*)\)")


class BadTrainingData(Exception):
    """The training data has a mistake; the message names the file and the sentence."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a sentence; `kind` is the entity that it names, None between entities."""

    text: str
    kind: str | None


@dataclass(frozen=True, slots=True)
class Example:
    """One training sentence, normalised."""

    intent: str
    region: str
    segments: tuple[Segment, ...]

    @property
    def text(self) -> str:
        """The whole sentence."""
        return "".join(segment.text for segment in self.segments)

    @property
    def marked(self) -> str:
        """The sentence with its entities marked as Rasa reads them."""
        return "".join(f"[{s.text}]({s.kind})" if s.kind else s.text for s in self.segments)


_Sentence = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\n\\]+$")
]


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    intent: str
    examples: dict[Region, list[_Sentence]]


def read_intents(path: Path = INTENTS) -> tuple[str, ...]:
    """Read the intents there are, in the order of reports."""
    return tuple(yaml.safe_load(path.read_text(encoding="utf-8")))


def read_training_data(
    normalise: Normalise, folder: Path = DATA, intents: Iterable[str] | None = None
) -> tuple[Example, ...]:
    """Read and check all files of the folder, in the order of their names.

    Two sentences that are the same once normalised count once within an intent, and are a mistake across intents.
    Raises `BadTrainingData`.
    """
    known = set(read_intents() if intents is None else intents)
    found: dict[str, tuple[Example, str]] = {}
    for path in sorted(folder.glob("*.yaml")):
        for example, sentence in _read_file(path, known, normalise):
            first, source = found.setdefault(example.text, (example, f"{path.name}: {sentence}"))
            if first.intent != example.intent:
                raise BadTrainingData(f"{path.name}: “{sentence}” is also an example of {first.intent} ({source})")
    missing = known - {example.intent for example, _ in found.values()}
    if missing:
        raise BadTrainingData(f"{folder.name}: no example of {', '.join(sorted(missing))}")
    return tuple(example for example, _ in found.values())


def _read_file(path: Path, known: set[str], normalise: Normalise) -> Iterable[tuple[Example, str]]:
    try:
        data = _File.model_validate(yaml.load(path.read_text(encoding="utf-8"), LOADER))  # noqa: S506 - a SafeLoader
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadTrainingData(f"{path.name}: not readable as YAML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = " / ".join(str(step) for step in first["loc"])
        raise BadTrainingData(f"{path.name}: {where}: {first['msg']}, found {first['input']!r}") from error
    if data.intent not in known:
        raise BadTrainingData(f"{path.name}: {data.intent} is not an intent of intents.yaml")
    if data.intent != path.stem:
        raise BadTrainingData(f"{path.name}: the file of {data.intent} must be called {data.intent}.yaml")
    for region, sentences in data.examples.items():
        for sentence in sentences:
            segments = tuple(_segments(sentence, path.name, normalise))
            example = Example(data.intent, region, segments)
            if not example.text.strip():
                raise BadTrainingData(f"{path.name}: “{sentence}”: nothing is left once normalised")
            yield example, sentence


def _segments(sentence: str, source: str, normalise: Normalise) -> Iterable[Segment]:
    """Normalise each entity and each gap by itself, so that the marks stay where they belong."""
    position = 0
    for mark in MARK.finditer(sentence):
        yield from _gap(sentence[position : mark.start()], sentence, source, normalise)
        text = normalise(mark[1])
        if not text.strip():
            raise BadTrainingData(f"{source}: “{sentence}”: nothing is left of {mark[1]}")
        if mark[2] not in ENTITY_KINDS:
            raise BadTrainingData(f"{source}: “{sentence}”: {mark[2]} is not a kind of entity")
        yield Segment(text, mark[2])
        position = mark.end()
    yield from _gap(sentence[position:], sentence, source, normalise)


def _gap(text: str, sentence: str, source: str, normalise: Normalise) -> Iterable[Segment]:
    if set("[]") & set(text):
        raise BadTrainingData(f"{source}: “{sentence}”: unbalanced entity mark, write [text](kind)")
    if text:
        yield Segment(normalise(text), None)
