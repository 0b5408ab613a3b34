"""The form of an entry: what was typed, kept as it was typed, and what the entry would be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from starlette.datastructures import FormData

from knowledge_base.curation.problems import EntryProblems, Problem, read_entry, rule_problem
from knowledge_base.entry import Answer, Entry, Kind, Source

PLAIN = ("key", "title", "kind", "crop", "problem", "spoken", "valid_until", "needs_review")
LISTS = (
    "also_crops",
    "aliases",
    "symptoms",
    "regions",
    "months",
    "asks",
    "follow_ups",
    *(f"answer.{part}" for part in Answer.model_fields),
)
SOURCE = tuple(Source.model_fields)
MOST_LINES = 100
MOST_SOURCES = 20


@dataclass(frozen=True, slots=True)
class Typed:
    """The fields as text, a list with a line for each item; the sources row by row; and the version that was seen."""

    values: Mapping[str, str] = field(default_factory=dict)
    sources: tuple[Mapping[str, str], ...] = ()
    based_on: int | None = None
    revision: int | None = None
    answer: str = ""
    """The answer to waiting questions that it is written for."""

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")

    def seeing(self, based_on: int | None, revision: int | None) -> "Typed":
        """The same, with another version before one's eyes."""
        return replace(self, based_on=based_on, revision=revision)

    def with_room(self) -> "Typed":
        """With one more empty row for a source."""
        return replace(self, sources=(*self.sources, {}))

    def content(self) -> dict[str, Any]:
        """What `Entry` is made of: blank lines and blank rows left out."""
        content: dict[str, Any] = {name: self[name].strip() or None for name in PLAIN if self[name].strip()}
        content["spoken"] = self["spoken"].strip()
        lists = {name: [line.strip() for line in self[name].splitlines() if line.strip()] for name in LISTS}
        content |= {name: lines for name, lines in lists.items() if "." not in name}
        content["answer"] = {part: lists[f"answer.{part}"] for part in Answer.model_fields}
        content["sources"] = [
            {name: text.strip() for name, text in row.items() if text.strip()}
            for row in self.sources
            if any(text.strip() for text in row.values())
        ]
        return content

    def entry(self) -> Entry:
        """The entry that was typed. Raises `EntryProblems`."""
        long = [name for name in LISTS if self[name].count("\n") >= MOST_LINES]
        if long or len(self.sources) > MOST_SOURCES:
            raise EntryProblems(rule_problem(name, "many", str(MOST_LINES)) for name in long or ["sources"])
        return read_entry({**self.content(), "sample": self["sample"] == "on", "written_by": "-"})


def typed_for(asks: Sequence[str], answer: str) -> Typed:
    """An empty form, or one that has what the farmers who wait for it have asked; the shortest is its title for now."""
    lines = list(dict.fromkeys(" ".join(ask.split()) for ask in asks))[:MOST_LINES]
    values = {"kind": Kind.AGRONOMY, "asks": "\n".join(lines), "title": min(lines, key=len, default="")}
    return Typed(values, answer=answer).with_room()


def typed_of(entry: Entry, based_on: int | None = None, revision: int | None = None) -> Typed:
    """An entry as the form shows it."""
    content = entry.model_dump(mode="json")
    values = {name: str(content[name] or "") for name in PLAIN}
    values |= {name: "\n".join(map(str, content[name])) for name in LISTS if "." not in name}
    values |= {f"answer.{part}": "\n".join(content["answer"][part]) for part in Answer.model_fields}
    values["sample"] = "on" if entry.sample else ""
    sources = tuple({name: str(row[name] or "") for name in SOURCE} for row in content["sources"])
    return Typed(values, sources, based_on, revision)


def typed_from(form: FormData, key: str = "") -> Typed:
    """A form as it came; a `key` given stands for the one in the form."""
    values = {name: _text(form, name) for name in (*PLAIN, *LISTS, "sample")}
    if key:
        values["key"] = key
    rows = sorted({int(part) for name in form if (part := _row(name)).isdecimal() and len(part) < 4})
    sources = tuple({name: _text(form, f"sources-{row}-{name}") for name in SOURCE} for row in rows)
    return Typed(values, sources, _number(form, "based_on"), _number(form, "revision"), _text(form, "answer"))


def by_field(problems: "tuple[Problem, ...] | list[Problem]") -> dict[str, str]:
    """The lines under the fields that the form has, several on one field together."""
    found: dict[str, str] = {}
    for problem in problems:
        name = "sources" if problem.field.startswith("sources") else problem.field
        found[name] = f"{found[name]} {problem.line}" if name in found else problem.line
    return found


def _row(name: str) -> str:
    parts = name.split("-")
    return parts[1] if len(parts) == 3 and parts[0] == "sources" else ""


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value.replace("\r\n", "\n") if isinstance(value, str) else ""


def _number(form: FormData, name: str) -> int | None:
    text = _text(form, name)
    return int(text) if text.isdecimal() and len(text) < 10 else None
