"""What is wrong with an entry, as one plain line for each fault, by field."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from knowledge_base.banned import plain_text
from knowledge_base.check import Fault
from knowledge_base.curation.spelling import Misspelling
from knowledge_base.entry import Entry
from knowledge_base.safety import Violation

DATA = Path(__file__).with_name("problems.yaml")


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault. `field` is a dotted name of `Entry` without positions; `line` is what a person reads."""

    field: str
    line: str


class EntryProblems(Exception):
    """The entry is not in order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(problem.line for problem in self.problems))


def read_entry(content: Mapping[str, Any]) -> Entry:
    """An entry from what was typed. Raises `EntryProblems`."""
    try:
        return Entry.model_validate(content)
    except ValidationError as fault:
        raise EntryProblems(schema_problems(fault)) from None


def telling(fault: ValidationError) -> Iterator[Mapping[str, Any]]:
    """The schema's complaints, without those that a list is too short only because its items are at fault."""
    errors = fault.errors(include_url=False)
    inside = {error["loc"][:end] for error in errors for end in range(1, len(error["loc"]))}
    return (dict(error) for error in errors if error["type"] != "too_short" or error["loc"] not in inside)


def schema_problems(fault: ValidationError) -> Iterator[Problem]:
    """The schema's complaints, one line for each field and fault."""
    seen = set()
    for error in telling(fault):
        problem = _of_schema(error["loc"], error["type"], error.get("ctx", {}))
        if problem not in seen:
            seen.add(problem)
            yield problem


def fault_problem(fault: Fault) -> Problem:
    """A broken rule of the checker."""
    return rule_problem(fault.field, fault.rule, fault.detail)


def rule_problem(field: str, rule: str, detail: str = "") -> Problem:
    """A broken rule, by its name in problems.yaml."""
    return _line(field, None, _texts()["rules"][rule].format(detail=detail))


def spelling_problem(field: str, found: Misspelling) -> Problem:
    """What is to be written otherwise in a field."""
    return _line(field, None, _texts()["rules"][found.rule].format(found=found.found, meant=found.meant))


def required(typed: str, field: str, longest: int) -> str:
    """What was typed into a field that must be filled in. Raises `EntryProblems` where it is blank or too long."""
    text = typed.strip()
    if not text:
        raise EntryProblems([rule_problem(field, field)])
    if len(text) > longest:
        raise EntryProblems([rule_problem(field, "too_long", str(longest))])
    return text


def violation_problem(entry: Entry, violation: Violation) -> Problem:
    """Banned advice, with its sentence, in plain characters, and the field that it stands in."""
    places = {
        "title": (entry.title,),
        "spoken": (entry.spoken,),
        **{f"answer.{part}": getattr(entry.answer, part) for part in type(entry.answer).model_fields},
    }
    sentence = violation.sentence.strip()
    field = next((name for name, texts in places.items() if any(sentence in plain_text(t) for t in texts)), "answer")
    return _line(field, None, _texts()["rules"]["banned"].format(detail=sentence))


def field_name(field: str) -> str:
    """What people call a field."""
    return str(_texts()["fields"].get(field, field))


def _of_schema(where: Sequence[int | str], kind: str, context: Mapping[str, Any]) -> Problem:
    field = ".".join(part for part in where if isinstance(part, str))
    number = next((part + 1 for part in where if isinstance(part, int)), None)
    texts = _texts()
    if kind == "string_pattern_mismatch":
        said = texts["patterns"].get(field, texts["schema"]["other"])
    else:
        said = texts["schema"].get(kind, texts["schema"]["other"])
    return _line(field, number, said.format(**context))


def _line(field: str, number: int | None, said: str) -> Problem:
    form = _texts()["plain" if number is None else "line"]
    return Problem(field, form.format(field=field_name(field), number=number, said=said))


@cache
def _texts() -> Mapping[str, Any]:
    texts: Mapping[str, Any] = yaml.safe_load(DATA.read_text("utf-8"))
    return texts
