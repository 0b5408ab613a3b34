"""Golden questions before publishing: which of them a new text would break."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from knowledge_base.entry import Entry

ADMITTED = frozenset({"out_of_scope", "handoff"})
"""What is expected of questions that no entry answers; a new text may wrongly draw them."""


class GoldenUnreadable(Exception):
    """A file of golden questions is not what it should be."""


class Question(BaseModel):
    """A golden question: the key that has to answer it, or without one what should happen instead."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    text: str = Field(min_length=1, max_length=500)
    subject: str | None
    expect: str | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """What the assistant would say: the kind of its reply, the entry it gives, and the keys among its choices."""

    kind: str
    subject: str | None = None
    offered: tuple[str, ...] = ()
    intent: str = ""


Asker = Callable[[str], Awaitable[Said]]


class Judge(Protocol):
    """Asks the assistant without leaving a trace."""

    def asking(self, trial: Entry | None) -> Asker:
        """What it would say with `trial` in place of the published entry; None: as it stands."""


class Outcome(StrEnum):
    """How a question fares."""

    RIGHT = "right"
    ASKED = "asked"
    MISSED = "missed"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Broken:
    """A question that fares worse with the new text, and what would be said then."""

    question: Question
    before: Outcome
    after: Outcome
    said: Said


@dataclass(frozen=True, slots=True)
class Report:
    """What a version would break and mend among `total` questions; `own_asks`: for want of others, its own were asked."""

    total: int
    broken: tuple[Broken, ...]
    mended: int
    own_asks: bool


def read_golden(*folders: Path) -> tuple[Question, ...]:
    """The questions of every folder's `questions*.yaml`; none where there are none. Raises `GoldenUnreadable`."""
    files = [file for folder in folders for file in sorted(folder.glob("questions*.yaml"))]
    return tuple(question for file in files for question in _read(file))


def outcome(question: Question, said: Said) -> Outcome:
    """How a question fares with what is said to it."""
    if said.kind == "answer":
        return Outcome.RIGHT if question.subject and said.subject == question.subject else Outcome.WRONG
    if question.subject:
        return Outcome.ASKED if said.kind == "ask" and question.subject in said.offered else Outcome.MISSED
    if question.expect in ADMITTED:
        return Outcome.RIGHT if said.kind in {"handoff", "refuse"} else Outcome.ASKED
    if question.expect == "ask":
        return Outcome.RIGHT if said.kind == "ask" else Outcome.MISSED
    return Outcome.RIGHT if said.intent == question.expect else Outcome.MISSED


def worse(before: Outcome, after: Outcome) -> bool:
    """Right before and not after, or not wrong before and wrong after."""
    return (before is Outcome.RIGHT and after is not before) or (after is Outcome.WRONG and before is not after)


def affected(questions: Iterable[Question], entry: Entry, published: Mapping[str, Entry]) -> list[Question]:
    """The questions of the entry itself, of those about the same crop or sort of matter, and those that none answers."""
    about = [entry, *(published[entry.key],)] if entry.key in published else [entry]
    near = {key for key, other in published.items() if any(_near(one, other) for one in about)} | {entry.key}
    return [
        question
        for question in questions
        if (question.subject in near if question.subject else question.expect in ADMITTED)
    ]


async def examine(
    entry: Entry, questions: Sequence[Question], judge: Judge, progress: Callable[[int, int], None]
) -> Report:
    """Ask every question with the published text and with the new one; `progress` is told how many of how many are done."""
    own_asks = not questions
    asked = questions or [Question(text=ask, subject=entry.key) for ask in entry.asks]
    before, after = judge.asking(None), judge.asking(entry)
    broken, mended = [], 0
    for number, question in enumerate(asked):
        progress(number, len(asked))
        was = outcome(question, await before(question.text))
        said = await after(question.text)
        now = outcome(question, said)
        if worse(was, now):
            broken.append(Broken(question, was, now, said))
        mended += worse(now, was)
    progress(len(asked), len(asked))
    return Report(len(asked), tuple(broken), mended, own_asks)


def _near(one: Entry, other: Entry) -> bool:
    if one.crops:
        return bool(one.crops & other.crops)
    same_group = one.key.partition(".")[0] == other.key.partition(".")[0]
    return not other.crops and one.kind == other.kind and same_group


_QUESTIONS = TypeAdapter(list[Question])


def _read(file: Path) -> list[Question]:
    try:
        return _QUESTIONS.validate_python(yaml.safe_load(file.read_text("utf-8")) or [])
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as fault:
        raise GoldenUnreadable(f"{file.name}: {fault}") from None
    except ValidationError as fault:
        first = fault.errors()[0]
        raise GoldenUnreadable(f"{file.name}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
